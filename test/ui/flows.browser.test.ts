import { afterAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { closeBrowser, openInspector } from './browser.ts'
import { supportAgent } from './support-agent.ts'

afterAll(closeBrowser)

const prompt = 'Order A-1093: the lamp came back, please refund it.'

async function start(page: Page, how: 'Start' | 'Step through'): Promise<void> {
  await page.getByLabel('Prompt', { exact: true }).fill(prompt)
  await page.getByRole('button', { name: how }).click()
}

async function expectStatus(page: Page, status: string): Promise<void> {
  await page.getByLabel('Status of the run').getByText(status, { exact: true }).waitFor()
}

const tool = (page: Page, button: string) =>
  page.getByRole('toolbar', { name: 'Run' }).getByRole('button', { name: button, exact: true })

/** Answers the first call that waits and approves the second. */
async function answer(page: Page, text: string): Promise<void> {
  await page.getByLabel('Answer for ask_customer').fill(text)
  await page.getByRole('button', { name: 'Answer', exact: true }).click()
}

describe('the inspector', () => {
  it('starts a run, shows its calls and takes an answer and an approval with other arguments', async () => {
    const { page, problems } = await openInspector({ agents: [supportAgent()] })
    await start(page, 'Start')
    await expectStatus(page, 'waiting')
    await answer(page, '"It was broken."')
    await page.getByLabel('Arguments of refund').fill('{"order": "A-1093", "amount": "40.00"}')
    await page.getByRole('button', { name: 'Approve with changes' }).click()
    await expectStatus(page, 'done')
    const refund = page.getByLabel('Tool call refund')
    await refund.getByText('"paid": "40.00"').waitFor()
    expect(await refund.locator('.chip').textContent()).toBe('returned')
    await page.getByText('Done. Ada Holm gets her money back').first().waitFor()
    expect(problems).toEqual([])
  })

  it('steps node by node, and the chart shows the state', async () => {
    const { page } = await openInspector({ agents: [supportAgent()] })
    await start(page, 'Step through')
    await expectStatus(page, 'ready')
    const lit = async (): Promise<string | null> =>
      page.locator('.state.active:not(.open)').first().getAttribute('data-state')
    await page.locator('.state.active').first().waitFor()
    expect(await lit()).toBe('UserPrompt.ready')
    await tool(page, 'Step').click()
    await page.locator('.state.active[data-state="ModelRequest.ready"]').waitFor()
    await page.getByText(prompt).first().waitFor()
    await tool(page, 'Step').click()
    await page.locator('.state.active[data-state="CallTools.ready"]').waitFor()
    await page.getByText('I will look the order up').first().waitFor()
    expect(await page.locator('.edge-taken, .edge-last').count()).toBeGreaterThan(2)
  })

  it('edits the pending node, and says what is wrong with one that is none', async () => {
    const { page } = await openInspector({ agents: [supportAgent()] })
    await start(page, 'Step through')
    await expectStatus(page, 'ready')
    await page.getByRole('button', { name: 'Edit' }).click()
    const text = page.getByLabel('Pending node as JSON')
    await text.fill('{"kind": "nonsense"}')
    await page.getByRole('button', { name: 'Run edited node' }).click()
    await page.locator('.details [role=alert]').waitFor()
    expect(await text.inputValue()).toBe('{"kind": "nonsense"}')
    const node = { kind: 'user-prompt', userPrompt: 'Something else entirely.' }
    await text.fill(JSON.stringify(node))
    await page.getByRole('button', { name: 'Run edited node' }).click()
    await page
      .getByLabel('Conversation', { exact: true })
      .first()
      .getByText('Something else entirely.')
      .waitFor()
  })

  it('denies a call with a message, which the model reads', async () => {
    const { page } = await openInspector({ agents: [supportAgent()] })
    await start(page, 'Start')
    await answer(page, 'It was broken.')
    await page.getByLabel('Message for a denial').fill('Only after an inspection.')
    await page.getByRole('button', { name: 'Deny' }).click()
    await expectStatus(page, 'done')
    const refund = page.getByLabel('Tool call refund')
    expect(await refund.locator('.chip').textContent()).toBe('denied')
    await refund.getByText('Only after an inspection.').waitFor()
  })

  it('pauses, goes on and cancels', async () => {
    const model = Promise.withResolvers<void>()
    const { page } = await openInspector({ agents: [supportAgent(() => model.promise)] })
    await start(page, 'Start')
    await tool(page, 'Pause').click()
    await page.getByRole('button', { name: 'Pause', disabled: true }).waitFor()
    model.resolve()
    await expectStatus(page, 'ready')
    await tool(page, 'Run').click()
    await expectStatus(page, 'waiting')
    await tool(page, 'Cancel').click()
    await page.locator('.failure').getByText('RunCancelledError').waitFor()
  })

  it('forks from before a step, and shows both runs side by side', async () => {
    const { page } = await openInspector({ agents: [supportAgent()] })
    await start(page, 'Start')
    await answer(page, 'It was broken.')
    await page.getByRole('button', { name: 'Approve' }).click()
    await expectStatus(page, 'done')
    await page.getByRole('button', { name: 'Fork before step 3' }).first().click()
    await expectStatus(page, 'ready')
    expect(await page.locator('.run-row').count()).toBe(2)
    await page.getByLabel('Compare with').selectOption({ index: 1 })
    const other = page.getByLabel('Run compared with').first()
    await other.getByText('Done. Ada Holm').waitFor()
    const own = page.getByLabel('Conversation', { exact: true }).first()
    expect(await own.getByText('Done. Ada Holm').count()).toBe(0)
    await page.getByRole('button', { name: 'Stop comparing' }).click()
    await page.locator('.chart svg').waitFor()
  })

  it('leaves what a person presses where it is when calls begin and end', async () => {
    const model = Promise.withResolvers<void>()
    const { page } = await openInspector({ agents: [supportAgent(() => model.promise)] })
    await start(page, 'Start')
    const send = page.getByRole('button', { name: 'Send' })
    await send.waitFor()
    const before = await send.boundingBox()
    model.resolve()
    await expectStatus(page, 'waiting')
    await page.getByLabel('Spans, 3').waitFor()
    expect(await send.boundingBox()).toEqual(before)
  })

  it('streams the text of a response as it comes', async () => {
    const text = Promise.withResolvers<void>()
    const call = Promise.withResolvers<void>()
    const gates = new Map([
      ['text', text.promise],
      ['tool-call', call.promise],
    ])
    const { page } = await openInspector({ agents: [supportAgent(({ kind }) => gates.get(kind))] })
    await start(page, 'Start')
    const live = page.getByLabel('Model, streaming')
    await live.getByText('I need the order first.').waitFor()
    expect(await live.textContent()).not.toContain('came back')
    text.resolve()
    await live.getByText('which item came back.').waitFor()
    call.resolve()
    await expectStatus(page, 'waiting')
    expect(await live.count()).toBe(0)
  })
})
