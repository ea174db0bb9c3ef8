import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent, externalToolset, tool, withDeps } from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import { type InspectorOptions, serveInspector } from '../../src/ui/index.ts'
import { clerk, lastReturn } from './agents.ts'
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
  await visitor.until((told) => told.length > 0)
  return visitor
}

const waits = (run: { readonly waitingFor: readonly unknown[] }): boolean =>
  run.waitingFor.length > 0
const ends = (run: { readonly node: { readonly kind: string } }): boolean => run.node.kind === 'end'

describe('a run that is started from the page', () => {
  it('rests before its first node, and goes on node by node', async () => {
    const page = await inspected({ agents: [clerk()] })
    expect(page.told[0]).toEqual({
      type: 'hello',
      protocol: 1,
      agents: ['clerk'],
      hasStore: false,
      mode: 'live',
    })
    const session = await page.done({
      type: 'start',
      agent: 'clerk',
      prompt: 'Oslo',
      drive: 'step',
    })
    const first = await page.run(session, ({ node }) => node.kind === 'user-prompt')
    expect(first).toMatchObject({ drive: 'step', visit: 0, node: { userPrompt: 'Oslo' } })
    await page.done({ type: 'next', session })
    const second = await page.run(session, ({ visit: number }) => number === 1)
    expect(second.node).toMatchObject({
      kind: 'model-request',
      request: { parts: [{ partKind: 'user-prompt', content: 'Oslo' }] },
    })
    expect(latest(page.told, 'session', session)?.session).toMatchObject({
      status: 'ready',
      title: 'Oslo',
      can: expect.arrayContaining(['next', 'drive', 'fork']),
    })
  })

  it('tells the chart, where it is in it, and the ways it took', async () => {
    const page = await inspected({ agents: [clerk()] })
    const session = await page.done({ type: 'start', agent: null, prompt: 'Oslo', drive: 'auto' })
    await page.run(session, waits)
    expect(all(page.told, 'machine')).toMatchObject([
      { machineId: 'agent', graph: { states: { UserPrompt: {}, ModelRequest: {} } } },
      { machineId: 'tool-call', graph: { states: { requested: {}, executing: {} } } },
    ])
    expect(all(page.told, 'actor', session)[0]).toMatchObject({
      actor: { actorId: 'run', parentId: null, name: 'clerk', kind: 'agent', machineId: 'agent' },
    })
    const own = all(page.told, 'transition', session)
      .map(({ transition }) => transition)
      .filter(({ actorId }) => actorId === 'run')
    expect(own.at(-1)?.value).toEqual({ CallTools: { active: 'waiting' } })
    expect(own.flatMap(({ taken }) => taken)).toContainEqual({
      source: 'UserPrompt.active',
      event: 'xstate.done.actor.prepare-prompt',
      targets: ['UserPrompt.saving'],
    })
  })

  it('tells how long models and tools took, and what was waited for', async () => {
    const page = await inspected({ agents: [clerk()] })
    const session = await page.done({ type: 'start', agent: null, prompt: 'Oslo', drive: 'auto' })
    await page.run(session, waits)
    await page.done({ type: 'approve', session, toolCallId: 'payment' })
    await page.run(session, ends)
    const spans = new Map(all(page.told, 'span', session).map(({ span }) => [span.spanId, span]))
    expect(
      [...spans.values()].map(({ kind, visit: number, state }) => [kind, number, state]),
    ).toEqual([
      ['model', 1, 'ok'],
      ['tool', 2, 'ok'],
      ['model', 3, 'ok'],
      ['tool', 4, 'waiting'],
      ['tool', 4, 'ok'],
      ['model', 5, 'ok'],
    ])
    for (const { startMs, endMs } of spans.values()) expect(endMs).toBeGreaterThanOrEqual(startMs)
  })

  it('streams what the model says while it says it', async () => {
    const model = new FunctionModel(async function* () {
      yield 'One '
      yield 'two'
    })
    const page = await inspected({ agents: [new Agent({ model })] })
    const session = await page.done({ type: 'start', agent: null, prompt: 'Count', drive: 'auto' })
    await page.run(session, ends)
    const kinds = all(page.told, 'event', session).map(({ event }) => event.eventKind)
    expect(kinds).toEqual(expect.arrayContaining(['part_start', 'part_delta', 'part_end']))
    expect(latest(page.told, 'run', session)?.run.output).toBe('One two')
  })

  it('can be let go and stopped again', async () => {
    const page = await inspected({ agents: [clerk()] })
    const session = await page.done({ type: 'start', agent: null, prompt: 'Oslo', drive: 'step' })
    await page.done({ type: 'drive', session, drive: 'auto' })
    const waiting = await page.run(session, waits)
    expect(waiting.drive).toBe('auto')
    await page.done({ type: 'drive', session, drive: 'step' })
    await page.done({ type: 'approve', session, toolCallId: 'payment' })
    const rests = await page.run(
      session,
      ({ node }) => node.kind === 'model-request' && node['visit'] === 5,
    )
    expect(rests.drive).toBe('step')
    await page.done({ type: 'next', session })
    await page.run(session, ({ visit: number }) => number === 6)
  })

  it('takes an edited node, with what was hidden put back', async () => {
    const page = await inspected({ agents: [clerk()] })
    const session = await page.done({ type: 'start', agent: null, prompt: 'Oslo', drive: 'step' })
    for (const visitNumber of [1, 2]) {
      await page.done({ type: 'next', session })
      await page.run(session, (run) => run.visit === visitNumber)
    }
    const { node } = await page.run(session, (run) => run.node.kind === 'call-tools')
    const text = JSON.stringify(node).replace('"city":"Oslo"', '"city":"Bergen"')
    await page.done({ type: 'next', session, node: JSON.parse(text) })
    await page.run(session, (run) => run.visit === 3)
    expect(JSON.stringify(latest(page.told, 'run', session))).toContain('rain in Bergen')
    await page.done({ type: 'next', session })
    const paying = await page.run(session, (run) => run.visit === 4)
    expect(JSON.stringify(paying.node)).toContain('"apiKey":"[hidden]"')
    const less = JSON.stringify(paying.node).replace('"amount":5', '"amount":4')
    await page.done({ type: 'next', session, node: JSON.parse(less) })
    await page.run(session, waits)
    await page.done({ type: 'approve', session, toolCallId: 'payment' })
    await page.run(session, (run) => run.visit === 5)
    expect(JSON.stringify(conversation(page.told, session))).not.toContain('hush')
    expect(JSON.stringify(latest(page.told, 'run', session))).toContain(
      'paid 4 with a key of 14 letters',
    )
  })

  it('says why an edited node is none', async () => {
    const page = await inspected({ agents: [clerk()] })
    const session = await page.done({ type: 'start', agent: null, prompt: 'Oslo', drive: 'step' })
    const answer = await page.send({ type: 'next', session, node: { kind: 'lunch' } })
    expect(answer).toMatchObject({ ok: false, error: { name: 'UserError' } })
    expect(await page.run(session, () => true)).toMatchObject({ visit: 0, failure: null })
  })

  it('waits for people, who approve with other arguments or say no', async () => {
    const page = await inspected({ agents: [clerk()] })
    const session = await page.done({ type: 'start', agent: null, prompt: 'Oslo', drive: 'auto' })
    const { waitingFor } = await page.run(session, waits)
    expect(waitingFor).toMatchObject([
      { toolCallId: 'payment', toolName: 'pay', awaits: 'approval', args: { amount: 5 } },
    ])
    expect(latest(page.told, 'session', session)?.session.status).toBe('waiting')
    const overrideArgs = { amount: 3, apiKey: '[hidden]' }
    await page.done({ type: 'approve', session, toolCallId: 'payment', overrideArgs })
    const ended = await page.run(session, ends)
    expect(ended.output).toBe('Done: paid 3 with a key of 14 letters.')

    const other = await page.done({ type: 'start', agent: null, prompt: 'Oslo', drive: 'auto' })
    await page.run(other, waits)
    await page.done({ type: 'deny', session: other, toolCallId: 'payment', message: 'Too much' })
    const denied = await page.run(other, ends)
    expect(denied.output).toBe('Done: Too much.')
  })

  it('is answered from outside, and told more by people', async () => {
    const model = new FunctionModel((messages) => {
      const call = { toolName: 'ask', args: { question: 'Which?' }, toolCallId: 'ask' }
      return messages.length === 1
        ? { parts: [{ partKind: 'tool-call', ...call }] }
        : { parts: [{ partKind: 'text', content: lastReturn(messages) }] }
    })
    const ask = { name: 'ask', description: 'Asks.', parametersJsonSchema: { type: 'object' } }
    const agent = new Agent({ model, toolsets: [externalToolset([ask])] })
    const page = await inspected({ agents: [agent] })
    const session = await page.done({ type: 'start', agent: null, prompt: 'Hi', drive: 'auto' })
    const { waitingFor } = await page.run(session, waits)
    expect(waitingFor).toMatchObject([{ toolName: 'ask', awaits: 'answer' }])
    await page.done({ type: 'enqueue', session, text: 'Be quick' })
    await page.done({ type: 'answer', session, toolCallId: 'ask', result: 'The red one' })
    await page.run(session, ends)
    const said = JSON.stringify(conversation(page.told, session))
    expect(said).toContain('The red one')
    expect(said).toContain('Be quick')
  })

  it('rests at a failure, tells it, and tries again', async () => {
    let isBroken = true
    const model = new FunctionModel(() => {
      if (isBroken) throw new Error('No line to the model, key sk-abcdefghijklmnopqrstuvwxyz')
      return { parts: [{ partKind: 'text', content: 'There it is' }] }
    })
    const page = await inspected({ agents: [new Agent({ model })] })
    const session = await page.done({ type: 'start', agent: null, prompt: 'Hi', drive: 'auto' })
    const failed = await page.run(session, ({ failure }) => failure !== null)
    expect(failed.failure).toEqual({ name: 'Error', message: 'No line to the model, key [hidden]' })
    await page.until((told) => latest(told, 'session', session)?.session.status === 'failed')
    isBroken = false
    await page.done({ type: 'drive', session, drive: 'auto' })
    expect((await page.run(session, ends)).output).toBe('There it is')
    expect(conversation(page.told, session)).toHaveLength(2)
    expect(all(page.told, 'event', session).map(({ event }) => event.eventKind)).toContain(
      'part_end',
    )
  })

  it('is cancelled', async () => {
    const slow = tool({
      name: 'slow',
      inputSchema: z.object({}),
      execute: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('Stopped')))
        }),
    })
    const model = new FunctionModel(() => ({
      parts: [{ partKind: 'tool-call', toolName: 'slow', args: {}, toolCallId: 'slow' }],
    }))
    const page = await inspected({ agents: [new Agent({ model, tools: [slow] })] })
    const session = await page.done({ type: 'start', agent: null, prompt: 'Hi', drive: 'auto' })
    await page.run(session, ({ ledger }) => ledger[0]?.state === 'executing')
    await page.done({ type: 'cancel', session, reason: 'Enough' })
    const { failure } = await page.run(session, (run) => run.failure !== null)
    expect(failure).toMatchObject({ name: 'RunCancelledError' })
    await page.until((told) => latest(told, 'session', session)?.session.status === 'stopped')
  })

  it('shows agents that it asks, and takes what people say to them', async () => {
    const boss = new Agent({
      name: 'boss',
      model: new FunctionModel((messages) => {
        const task = { toolName: 'clerk', args: { prompt: 'Oslo' }, toolCallId: 'task' }
        return messages.length === 1
          ? { parts: [{ partKind: 'tool-call', ...task }] }
          : { parts: [{ partKind: 'text', content: lastReturn(messages) }] }
      }),
      tools: [clerk().asTool()],
    })
    const page = await inspected({ agents: [boss] })
    const session = await page.done({ type: 'start', agent: null, prompt: 'Go', drive: 'auto' })
    const { waitingFor } = await page.run(session, waits)
    expect(waitingFor).toMatchObject([
      { toolCallId: 'payment', path: ['task'], agentName: 'clerk' },
    ])
    const below = all(page.told, 'event', session).map(({ event }) => event)
    expect(below).toContainEqual(
      expect.objectContaining({ eventKind: 'nested', agentName: 'clerk', toolCallId: 'task' }),
    )
    const actors = all(page.told, 'actor', session).map(({ actor }) => actor)
    const nameOf = (id: string | null) => actors.find(({ actorId }) => actorId === id)?.name
    expect(actors.map(({ name, kind, parentId }) => [name, kind, nameOf(parentId)])).toEqual([
      ['boss', 'agent', undefined],
      ['call-0', 'call', 'boss'],
      ['run:clerk', 'agent', 'call-0'],
      ['call-0', 'call', 'run:clerk'],
      ['call-0', 'call', 'run:clerk'],
    ])
    await page.done({ type: 'approve', session, toolCallId: 'payment', path: ['task'] })
    const { output } = await page.run(session, ends)
    expect(output).toContain('paid 5')
    const payment = all(page.told, 'transition', session)
      .map(({ transition }) => transition)
      .filter(({ actorId }) => actorId === actors.at(-1)?.actorId)
    expect(payment.map(({ value }) => value)).toEqual(
      expect.arrayContaining(['awaitingApproval', 'executing', 'returned']),
    )
    const spans = all(page.told, 'span', session).filter(({ span }) => span.endMs !== null)
    expect(spans.map(({ span }) => `${span.visit} ${span.name} ${span.state}`)).toEqual([
      '1 function:: ok',
      '2 clerk › function:: ok',
      '2 clerk › look_up ok',
      '2 clerk › function:: ok',
      '2 clerk › pay waiting',
      '2 clerk › pay ok',
      '2 clerk › function:: ok',
      '2 clerk ok',
      '3 function:: ok',
    ])
    expect(payment.at(-1)).toMatchObject({ status: 'done', context: { state: 'returned' } })
    expect(JSON.stringify(page.told)).not.toContain('hush')
  })

  it('shows no deps', async () => {
    const { Agent: DbAgent } = withDeps<{ readonly password: string; readonly host: string }>()
    const model = new FunctionModel((messages) => ({
      parts: [{ partKind: 'text', content: lastReturn(messages) }],
    }))
    const agent = new DbAgent({ model, instructions: ({ deps }) => `On ${deps.host.length} hosts` })
    const deps = { password: 'p4ss-of-the-database', host: 'db.internal' }
    const inspector = await serveInspector({ agents: [agent], deps })
    closing.push(() => inspector.close())
    const page = await visit(inspector)
    const session = await page.done({ type: 'start', agent: null, prompt: 'Hi', drive: 'auto' })
    await page.run(session, ends)
    expect(JSON.stringify(page.told)).not.toMatch(/p4ss|db\.internal/)
    page.leave()
  })

  it('is the same for a page that comes late', async () => {
    const inspector = await serveInspector({ agents: [clerk()] })
    closing.push(() => inspector.close())
    const early = await visit(inspector)
    const session = await early.done({ type: 'start', agent: null, prompt: 'Oslo', drive: 'auto' })
    await early.run(session, waits)
    const late = await visit(inspector)
    await late.run(session, waits)
    expect(conversation(late.told, session)).toEqual(conversation(early.told, session))
    expect(latest(late.told, 'session', session)).toEqual(latest(early.told, 'session', session))
    const usage = (told: Visitor['told']) =>
      all(told, 'run', session).flatMap(({ run }) => run.stepUsage)
    expect(usage(late.told)).toEqual(usage(early.told))
    expect(usage(late.told).map((step) => step.visit)).toEqual([1, 3])
    for (const page of [early, late]) page.leave()
  })
})

describe('a fork from the page', () => {
  it('begins at any visit, as it was or edited, and leaves the original alone', async () => {
    const page = await inspected({ agents: [clerk()] })
    const session = await page.done({ type: 'start', agent: null, prompt: 'Oslo', drive: 'auto' })
    await page.run(session, waits)
    const same = await page.done({ type: 'fork', session, visit: 2, drive: 'step' })
    expect(await page.run(same, () => true)).toMatchObject({
      visit: 2,
      node: { kind: 'call-tools' },
    })
    expect(latest(page.told, 'session', same)?.session.forkedFrom).toEqual({ session, visit: 2 })

    const request = { kind: 'request', parts: [{ partKind: 'user-prompt', content: 'Rome' }] }
    const node = { kind: 'model-request', request }
    const edited = await page.done({ type: 'fork', session, visit: 1, drive: 'step', node })
    expect(JSON.stringify((await page.run(edited, () => true)).node)).toContain('Rome')
    await page.done({ type: 'drive', session: edited, drive: 'auto' })
    await page.run(edited, waits)
    expect(JSON.stringify(conversation(page.told, edited))).toContain('rain in Rome')
    expect(JSON.stringify(conversation(page.told, session))).not.toContain('Rome')

    const asked = { kind: 'user-prompt', userPrompt: 'Paris' }
    const anew = await page.done({ type: 'fork', session, visit: 0, drive: 'auto', node: asked })
    await page.run(anew, waits)
    expect(JSON.stringify(conversation(page.told, anew))).toContain('rain in Paris')
  })

  it('is refused for a visit that never was, and for a node of another kind', async () => {
    const page = await inspected({ agents: [clerk()] })
    const session = await page.done({ type: 'start', agent: null, prompt: 'Oslo', drive: 'auto' })
    await page.run(session, waits)
    const never = await page.send({ type: 'fork', session, visit: 40, drive: 'step' })
    expect(never).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('Visit 40') },
    })
    const node = { kind: 'user-prompt', userPrompt: 'Hi' }
    const other = await page.send({ type: 'fork', session, visit: 2, drive: 'step', node })
    expect(other).toMatchObject({ ok: false, error: { name: 'UserError' } })
  })
})
