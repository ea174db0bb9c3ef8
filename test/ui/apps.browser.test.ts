import { createWebSocketInspector } from '@statelyai/inspect'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { createActor, createMachine, sendTo } from 'xstate'
import { memoryStore } from '../../src/store/index.ts'
import { serveInspector } from '../../src/ui/index.ts'
import { closeBrowser, openInspector, openPage } from './browser.ts'
import { supportAgent } from './support-agent.ts'

afterAll(closeBrowser)

const lamp = createMachine({
  id: 'lamp',
  initial: 'off',
  states: {
    off: { on: { press: 'on' } },
    on: {
      initial: 'dim',
      on: { press: 'off' },
      states: { dim: { on: { turn: 'bright' } }, bright: { on: { turn: 'dim' } } },
    },
  },
})
const room = createMachine({
  id: 'room',
  initial: 'empty',
  invoke: { id: 'ceiling', src: lamp },
  states: {
    empty: { on: { enter: { target: 'used', actions: sendTo('ceiling', { type: 'press' }) } } },
    used: { on: { leave: 'empty' } },
  },
})

it('shows the charts of any XState app that connects, those of its children too', async () => {
  const inspector = await serveInspector({})
  onTestFinished(() => inspector.close())
  const stately = createWebSocketInspector({ url: inspector.inspectUrl })
  onTestFinished(() => stately.stop())
  const { page, problems } = await openPage(inspector.url)
  const actor = createActor(room, { inspect: stately.inspect }).start()
  await page.locator('.state.active[data-state="empty"]').waitFor()
  actor.send({ type: 'enter' })
  await page.locator('.state.active[data-state="used"]').waitFor()
  expect(await page.locator('.edge-last').count()).toBe(1)
  await page.getByRole('tab', { name: 'Actors' }).click()
  await page.getByRole('button', { name: /^ceiling/ }).click()
  await page.locator('.state.active[data-state="on.dim"]').waitFor()
  expect(problems).toEqual([])
})

it('shows the chart of a tool call as that of an actor', async () => {
  const { page } = await openInspector({ agents: [supportAgent()] })
  await page.getByLabel('Prompt', { exact: true }).fill('The lamp came back.')
  await page.getByRole('button', { name: 'Start' }).click()
  const card = page.getByLabel('Tool call ask_customer')
  await card.getByText('awaits an answer').waitFor()
  await card.getByRole('button', { name: 'Chart' }).click()
  await page.locator('.state.active[data-state="awaitingAnswer"]').waitFor()
  await page.getByLabel('Answer for ask_customer').fill('It was broken.')
  await page.getByRole('button', { name: 'Answer', exact: true }).click()
  await page.locator('.state.active[data-state="returned"]').waitFor()
  expect(await page.locator('.crumbs').textContent()).toContain('call-1')
})

it('finds runs of a store, shows them, and takes one up', async () => {
  const store = memoryStore()
  const agent = supportAgent()
  const run = agent.iter('A question from yesterday.', { store, deferred: 'wait' })
  await run.next(run.nextNode)
  await run.dispose()
  const { page } = await openInspector({ agents: [agent], store })
  await page.getByRole('searchbox').fill('yesterday')
  await page.keyboard.press('Enter')
  await page.locator('.run-row', { hasText: 'yesterday' }).click()
  await page.getByText('A question from yesterday.').last().waitFor()
  await page.getByRole('toolbar').getByRole('button', { name: 'Run', exact: true }).click()
  await page.getByLabel('Answer for ask_customer').waitFor()
  expect(await page.locator('.run-row').count()).toBe(1)
})
