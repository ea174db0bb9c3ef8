import { describe, expect, it } from 'vitest'
import { assign, createActor, createMachine, type InspectionEvent } from 'xstate'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { type InspectionBounds, safeInspector } from '../../src/inspect/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { calls, errorOf, gate } from '../run/scripts.ts'

/** What an inspector is shown of a machine whose context is this. */
function shown(context: Readonly<Record<string, unknown>>, bounds: InspectionBounds = {}) {
  const events: InspectionEvent[] = []
  const machine = createMachine({ context: () => context })
  const inspect = safeInspector((event) => void events.push(event), bounds)
  createActor(machine, { inspect }).start()
  return contextsIn(events)[0]
}

function contextsIn(events: readonly InspectionEvent[]): Readonly<Record<string, unknown>>[] {
  return events.flatMap((event) =>
    event.type === '@xstate.snapshot' && 'context' in event.snapshot
      ? [Object(event.snapshot.context)]
      : [],
  )
}

class Client {
  readonly key = 'the key of a client'
}

describe('a safe inspector', () => {
  it('shows plain data and tells the rest by name', () => {
    const cause = new TypeError('inner')
    const itself: Record<string, unknown> = { name: 'me' }
    itself['self'] = itself
    const context = {
      text: 'Oslo',
      flags: [true, null, undefined, 1n, Number.NaN],
      run: function go() {},
      signal: AbortSignal.abort(),
      promise: Promise.resolve(1),
      client: new Client(),
      error: Object.assign(new RangeError('too far', { cause }), { request: { secret: 1 } }),
      when: new Date(0),
      bytes: new Uint8Array(3),
      map: new Map<string, unknown>([
        ['a', 1],
        ['apiKey', 'k'],
      ]),
      itself,
      getter: {
        get dear() {
          throw new Error('Nobody asked for it')
        },
        get kind() {
          throw new Error('Nor for this')
        },
      },
      refused: new Proxy({}, { getPrototypeOf: () => fail() }),
    }
    expect(shown(context)).toEqual({
      text: 'Oslo',
      flags: [true, null, null, '1', 'NaN'],
      run: '(function go)',
      signal: '(AbortSignal)',
      promise: '(Promise)',
      client: '(Client)',
      error: {
        name: 'RangeError',
        message: 'too far',
        cause: { name: 'TypeError', message: 'inner' },
      },
      when: '1970-01-01T00:00:00.000Z',
      bytes: '(Uint8Array, 3 bytes)',
      map: [
        ['a', 1],
        ['apiKey', '(hidden)'],
      ],
      itself: { name: 'me', self: '(circular)' },
      getter: { dear: '(getter)', kind: '(getter)' },
      refused: '(unreadable)',
    })
  })

  it('keeps to its bounds', () => {
    const deep = Array.from({ length: 30 }).reduce<object>((inner) => ({ inner }), {})
    const context = { long: 'x'.repeat(50), list: Array.from({ length: 9 }).fill(1), deep }
    const bounds = { maxTextLength: 10, maxItems: 4, maxDepth: 3 }
    expect(shown(context, bounds)).toEqual({
      long: `${'x'.repeat(10)}… (50 characters)`,
      list: [1, 1, 1, 1, '(5 more)'],
      deep: { inner: { inner: '(object)' } },
    })
    const big = Object.fromEntries(
      Array.from({ length: 90 }, (_, i) => [`k${i}`, { text: 'ø'.repeat(1_000) }]),
    )
    const bytes = Buffer.byteLength(JSON.stringify(shown(big, { maxBytes: 10_000 })))
    expect(bytes).toBeGreaterThan(9_000)
    expect(bytes).toBeLessThan(13_000)
  })

  it('tells what it has shown before by its size, and shows what has changed', () => {
    const events: InspectionEvent[] = []
    const machine = createMachine({
      context: { list: ['a'.repeat(400)], count: 0 },
      on: {
        count: { actions: assign({ count: ({ context }) => context.count + 1 }) },
        add: { actions: assign({ list: ({ context }) => [...context.list, 'new'] }) },
      },
    })
    const inspect = safeInspector({ next: (event) => void events.push(event) })
    const actor = createActor(machine, { inspect }).start()
    actor.send({ type: 'count' })
    actor.send({ type: 'add' })
    expect(contextsIn(events)).toEqual([
      { list: ['a'.repeat(400)], count: 0 },
      { list: '(as before, 402 bytes)', count: 1 },
      { list: ['a'.repeat(400), 'new'], count: 1 },
    ])
  })

  it('gives actors that can be looked at and do nothing', () => {
    const events: InspectionEvent[] = []
    const machine = createMachine({
      id: 'door',
      context: { code: 1 },
      initial: 'shut',
      states: { shut: { on: { open: 'wide' } }, wide: {} },
    })
    const inspect = safeInspector((event) => void events.push(event))
    const actor = createActor(machine, { inspect }).start()
    const [{ actorRef } = expect.fail()] = events
    actorRef.send({ type: 'open' })
    expect(actor.getSnapshot().value).toBe('shut')
    expect(actorRef.getSnapshot()).toMatchObject({ status: 'active', value: 'shut' })
    expect(actorRef).toMatchObject({
      sessionId: actor.sessionId,
      logic: { config: { id: 'door', states: { shut: { on: { open: 'wide' } } } } },
    })
    expect(Reflect.get(actorRef, 'logic').config).not.toHaveProperty('context')
    expect(JSON.parse(JSON.stringify(actorRef))).toEqual({
      id: actor.id,
      sessionId: actor.sessionId,
    })
  })

  it('passes on which transitions were taken, by the ids of their states', () => {
    const ways: unknown[] = []
    const machine = createMachine({
      id: 'door',
      initial: 'shut',
      states: { shut: { on: { open: 'wide' } }, wide: {} },
    })
    const inspect = safeInspector((event) => {
      if (event.type === '@xstate.microstep') ways.push(...event._transitions)
    })
    createActor(machine, { inspect }).start().send({ type: 'open' })
    expect(ways).toEqual([
      { eventType: 'open', source: { id: 'door.shut' }, target: [{ id: 'door.wide' }] },
    ])
  })

  it('that throws is told no more, and the run goes on', async () => {
    let count = 0
    const inspect = safeInspector(() => {
      count += 1
      throw new Error('The window was closed')
    })
    const agent = new Agent({ model: new ScriptedModel(['Hi.']) })
    const warned = new Promise((resolve) => process.once('warning', resolve))
    expect((await agent.run('Hello?', { inspect })).output).toBe('Hi.')
    expect(count).toBe(1)
    expect(await warned).toMatchObject({ message: expect.stringContaining('window was closed') })
  })
})

describe('a safe inspector of a run', () => {
  it('shows each message once, and the calls that have changed', async () => {
    const events: InspectionEvent[] = []
    const slow = gate()
    const look = tool({
      name: 'look',
      execute: async (_, { toolCallId }) => {
        if (toolCallId !== 'look') await slow.pass()
        return 'the result'.padEnd(300, '.')
      },
    })
    const agent = new Agent({
      model: new ScriptedModel([calls('look', 'look'), 'The end.']),
      tools: [look],
    })
    const inspect = safeInspector((event) => {
      events.push(event)
      if (JSON.stringify(event).includes('"states":{"returned":1')) slow.open()
    })
    await agent.run('A question', { inspect })
    const snapshots = events.filter(({ type }) => type === '@xstate.snapshot')
    const text = JSON.stringify(contextsIn(snapshots))
    expect(text.match(/The end\./g)).toHaveLength(2) // as a message, and as the output
    const ledgers = contextsIn(events).map(({ ledger }) => ledger)
    expect(ledgers).toContainEqual({
      calls: 2,
      states: { returned: 1, executing: 1 },
      changed: [expect.objectContaining({ index: 0, state: 'returned' })],
    })
    const done = events.find(
      (event) =>
        event.type === '@xstate.event' && event.event.type === 'xstate.done.actor.call-tools',
    )
    expect(done).toMatchObject({
      event: { output: { node: { kind: 'model-request' }, messages: '(2 messages)' } },
    })
    expect(JSON.stringify(done)).not.toContain('the result')
  })

  it('shows no deps, keys or headers, whoever holds them', async () => {
    const events: InspectionEvent[] = []
    const use = tool({
      name: 'use',
      inputSchema: z.looseObject({ city: z.string() }),
      execute: () => {
        throw new Error('401 for Authorization: Bearer abcdefgh12345678')
      },
    })
    const args = JSON.stringify({ city: 'Oslo', apiKey: 'k-one', headers: { 'X-Auth': 'k-two' } })
    const model = new ScriptedModel([
      { parts: [{ partKind: 'tool-call', toolName: 'use', toolCallId: '1', args }] },
    ])
    const agent = new Agent<{ pool: string }>({ model, tools: [use] })
    const error = await errorOf(
      agent.run('My password: hunter2-hunter2', {
        deps: { pool: 'k-three' },
        metadata: { accessToken: 'k-four', tokens: 5 },
        modelSettings: { extraHeaders: { authorization: 'k-five' } },
        inspect: safeInspector((event) => void events.push(event)),
      }),
    )
    expect(error).toMatchObject({ message: expect.stringContaining('401') })
    const text = JSON.stringify(events)
    expect(text.includes('Oslo') && text.includes('"tokens":5')).toBe(true)
    expect(text.includes('401 for Authorization: (hidden)')).toBe(true)
    expect(text).not.toMatch(/k-(one|two|three|four|five)|hunter2|abcdefgh/)
  })
})

function fail(): never {
  throw new Error('Refused')
}
