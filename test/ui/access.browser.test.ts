import axe from 'axe-core'
import { afterAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { closeBrowser, openInspector } from './browser.ts'
import { supportAgent } from './support-agent.ts'

afterAll(closeBrowser)

/** What axe finds wrong with the page as it is. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const found: unknown = await page.evaluate(
    `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => [id, html.slice(0, 160), any[0]?.message].join(' | '))))`,
  )
  return Array.isArray(found) ? found.map(String) : [String(found)]
}

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  it.each([
    { width: 1400, height: 900 },
    { width: 900, height: 700 },
    { width: 360, height: 740 },
  ])('axe finds nothing wrong at $width by $height', async (viewport) => {
    const { page } = await openInspector({ agents: [supportAgent()] }, { colorScheme, viewport })
    if (viewport.width < 1080) await page.getByRole('button', { name: 'Runs', exact: true }).click()
    expect(await violations(page)).toEqual([])
    await page.getByLabel('Prompt', { exact: true }).fill('The lamp came back.')
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByLabel('Answer for ask_customer').fill('It was broken.')
    await page.getByRole('button', { name: 'Answer', exact: true }).click()
    await page.getByLabel('Arguments of refund').waitFor()
    expect(await violations(page)).toEqual([])
    for (const tab of ['Steps', 'Actors', 'JSON']) {
      if (viewport.width < 760) await page.getByRole('button', { name: 'Details' }).click()
      await page.getByRole('tab', { name: tab }).click()
      expect(await violations(page)).toEqual([])
    }
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    expect(await violations(page)).toEqual([])
  })
})

it('is no wider than a window of 360 pixels', async () => {
  const { page } = await openInspector(
    { agents: [supportAgent()] },
    { viewport: { width: 360, height: 740 } },
  )
  await page.getByRole('button', { name: 'Runs', exact: true }).click()
  await page.getByLabel('Prompt', { exact: true }).fill('The lamp came back.')
  await page.getByRole('button', { name: 'Start' }).click()
  await page.getByLabel('Answer for ask_customer').waitFor()
  for (const pane of ['Runs', 'Conversation', 'Chart', 'Details']) {
    const parts = page.getByRole('navigation', { name: 'Shown part' })
    await parts.getByRole('button', { name: pane, exact: true }).click()
    expect(await page.evaluate(`document.documentElement.scrollWidth`)).toBe(360)
  }
})

it('is used without a mouse: start, step, edit, answer, approve, fork', async () => {
  const { page } = await openInspector({ agents: [supportAgent()] })
  const { keyboard } = page
  const expectStatus = (word: string) =>
    page.getByLabel('Status of the run').getByText(word, { exact: true }).waitFor()
  await page.getByText('connected').waitFor()
  await keyboard.press('n')
  await page.locator('#prompt:focus').waitFor()
  await keyboard.type('The lamp came back.')
  await keyboard.press('Control+Shift+Enter')
  await expectStatus('ready')
  await keyboard.press('Tab')
  await keyboard.press('e')
  await page.locator('.node-text:focus').waitFor()
  await keyboard.press('Control+A')
  await keyboard.insertText(JSON.stringify({ kind: 'user-prompt', userPrompt: 'Typed by hand.' }))
  await keyboard.press('Shift+Tab')
  await keyboard.press('Enter')
  await page.getByText('Typed by hand.').first().waitFor()
  await keyboard.press('s')
  await page.locator('.state.active[data-state="CallTools.ready"]').waitFor()
  await keyboard.press('r')
  await expectStatus('waiting')
  await keyboard.press('a')
  await page.locator('[data-action=answer]:focus').waitFor()
  await keyboard.press('Shift+Tab')
  await keyboard.type('broken')
  await keyboard.press('Tab')
  await keyboard.press('Enter')
  await page.getByLabel('Arguments of refund').waitFor()
  await keyboard.press('a')
  await page.locator('[data-action=approve]:focus').waitFor()
  await keyboard.press('Enter')
  await expectStatus('done')
  await keyboard.press('f')
  await expectStatus('ready')
  await keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  await keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
})
