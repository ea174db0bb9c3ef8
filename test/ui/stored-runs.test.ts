import { afterEach, describe, expect, it } from 'vitest'
import { memoryStore, type Store } from '../../src/store/index.ts'
import { type InspectorOptions, serveInspector } from '../../src/ui/index.ts'
import { clerk } from './agents.ts'
import { all, conversation, latest, visit, type Visitor } from './visitor.ts'

const closing: (() => Promise<void>)[] = []
afterEach(() => Promise.all(closing.splice(0).map((close) => close())))

async function inspected(options: InspectorOptions): Promise<Visitor> {
  const inspector = await serveInspector(options)
  const visitor = await visit(inspector)
  closing.push(() => {
    visitor.leave()
    return inspector.close()
  })
  return visitor
}

/** A run that somebody else has driven until it waits. */
async function waitingRun(store: Store): Promise<string> {
  const run = clerk().iter('Oslo', { store, deferred: 'wait' })
  await run.proceed()
  await run.dispose()
  return run.runId
}

describe('runs of a store', () => {
  it('are found by their words and their status', async () => {
    const store = memoryStore()
    const runId = await waitingRun(store)
    const page = await inspected({ store })
    const search = { type: 'search', status: null, limit: 10 } as const
    expect(await page.send({ ...search, text: 'oslo' })).toMatchObject({
      ok: true,
      sessions: [
        { id: runId, kind: 'stored', title: 'Oslo', agentName: 'clerk', status: 'waiting' },
      ],
    })
    expect(await page.send({ ...search, text: 'Rome' })).toMatchObject({ sessions: [] })
    expect(await page.send({ ...search, text: '', status: 'done' })).toMatchObject({ sessions: [] })
    expect(await page.send({ ...search, text: '', status: 'lost' })).toMatchObject({ ok: false })
  })

  it('show where they have been, what was said and what they wait for', async () => {
    const store = memoryStore({ retention: { keepSteps: 100 } })
    const runId = await waitingRun(store)
    const page = await inspected({ store })
    const session = await page.done({ type: 'open', runId })
    const run = await page.run(session, ({ waitingFor }) => waitingFor.length > 0)
    expect(run).toMatchObject({ visit: 4, waitingFor: [{ toolCallId: 'payment' }] })
    expect(run.stepUsage.map((step) => step.visit)).toEqual([1, 3])
    const visits = all(page.told, 'visit', session).map((told) => told.visit)
    expect(visits.map(({ visit: number, kind }) => `${number} ${kind}`)).toEqual([
      '0 user-prompt',
      '1 model-request',
      '2 call-tools',
      '3 model-request',
      '4 call-tools',
    ])
    expect(all(page.told, 'span', session).map(({ span }) => [span.name, span.state])).toEqual([
      ['function::', 'ok'],
      ['look_up', 'ok'],
      ['function::', 'ok'],
      ['pay', 'waiting'],
    ])
    expect(JSON.stringify(conversation(page.told, session))).toContain('rain in Oslo')
    expect(JSON.stringify(page.told)).not.toContain('hush')
  })

  it('are told what people say, without an agent, and shown anew', async () => {
    const store = memoryStore()
    const runId = await waitingRun(store)
    const page = await inspected({ store })
    const session = await page.done({ type: 'open', runId })
    await page.run(session, ({ waitingFor }) => waitingFor.length > 0)
    expect(latest(page.told, 'session', session)?.session.can).toEqual([
      'approve',
      'deny',
      'answer',
      'cancel',
      'enqueue',
    ])
    const overrideArgs = { amount: 3, apiKey: '[hidden]' }
    await page.done({ type: 'approve', session, toolCallId: 'payment', overrideArgs })
    const args = { amount: 3, apiKey: 'hush-hush-hush' }
    expect(await store.inbox(runId)).toMatchObject([
      { event: { type: 'tool-call-approved', overrideArgs: args } },
    ])
    const driven = await page.send({ type: 'next', session })
    expect(driven).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('Resume') },
    })
  })

  it('are taken up here, and go on under the same name', async () => {
    const store = memoryStore()
    const runId = await waitingRun(store)
    const page = await inspected({ store, agents: [clerk()] })
    await page.done({ type: 'open', runId })
    const session = await page.done({ type: 'resume', runId, drive: 'auto' })
    expect(session).toBe(runId)
    await page.until((told) => latest(told, 'session', session)?.session.status === 'waiting')
    await page.done({ type: 'approve', session, toolCallId: 'payment' })
    const { output } = await page.run(session, ({ node }) => node.kind === 'end')
    expect(output).toContain('paid 5')
    expect((await store.record(runId)).status).toBe('done')
    const visits = all(page.told, 'visit', session).map((told) => told.visit.visit)
    expect([...new Set(visits)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('stay as they were when somebody else drives them', async () => {
    const store = memoryStore()
    const runId = await waitingRun(store)
    const lease = await store.acquire(runId, { owner: 'somebody else' })
    const page = await inspected({ store, agents: [clerk()] })
    await page.done({ type: 'open', runId })
    const refused = await page.send({ type: 'resume', runId, drive: 'auto' })
    expect(refused).toMatchObject({ ok: false, error: { name: 'RunLockedError' } })
    await page.run(runId, ({ waitingFor }) => waitingFor.length > 0)
    expect(latest(page.told, 'session', runId)?.session.kind).toBe('stored')
    await store.release(lease)
    const [first, second] = await Promise.all(
      [1, 2].map(() => page.send({ type: 'resume', runId, drive: 'step' })),
    )
    expect(new Set([first?.ok, second?.ok])).toEqual(new Set([false, true]))
  })

  it('are forked where their steps are kept', async () => {
    const store = memoryStore({ retention: { keepSteps: 100 } })
    const runId = await waitingRun(store)
    const page = await inspected({ store, agents: [clerk()] })
    const node = { kind: 'user-prompt', userPrompt: 'Rome' }
    const fork = await page.done({ type: 'fork', session: runId, visit: 0, node, drive: 'auto' })
    await page.run(fork, ({ waitingFor }) => waitingFor.length > 0)
    expect(JSON.stringify(conversation(page.told, fork))).toContain('rain in Rome')
    expect((await store.record(fork)).forkedFrom?.runId).toBe(runId)
  })

  it('are shown as others drive them on', { timeout: 15_000 }, async () => {
    const store = memoryStore()
    const runId = await waitingRun(store)
    const page = await inspected({ store })
    await page.done({ type: 'open', runId })
    await store.deliver(runId, { type: 'tool-call-denied', toolCallId: 'payment', message: 'No' })
    const run = await clerk().load(runId, { store })
    await run.finish()
    await page.run(runId, ({ node }) => node.kind === 'end')
    expect(latest(page.told, 'session', runId)?.session.status).toBe('done')
  })

  it('are gone when they are deleted', { timeout: 15_000 }, async () => {
    const store = memoryStore()
    const runId = await waitingRun(store)
    const page = await inspected({ store })
    await page.done({ type: 'open', runId })
    await store.delete(runId)
    await page.until((told) => all(told, 'session-gone', runId).length > 0)
    expect(await page.send({ type: 'open', runId })).toMatchObject({ ok: false })
  })
})
