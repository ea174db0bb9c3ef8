import { describe, expect, it } from 'vitest'
import { createActor, createMachine, fromPromise, setup } from 'xstate'
import { z } from 'zod'
import {
  Agent,
  actorToolset,
  type ActorToolsetOptions,
  type ChartActor,
  ModelRetry,
  UserError,
} from '../../src/index.ts'
import { ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import {
  actions,
  codeSchema,
  doorOptions,
  guarded,
  startedDoor,
  told,
  toolCall,
  worker,
} from '../helpers/charts.ts'
import { testContext } from '../helpers/context.ts'
import { namesIn, toolIn } from '../helpers/toolsets.ts'

const ctx = testContext()
/** Calls the tool of this name as it is offered now. */
async function call<TActor extends ChartActor>(
  actor: TActor,
  name: string,
  input: unknown = {},
  options?: ActorToolsetOptions<TActor>,
): Promise<unknown> {
  const tool = await toolIn(actorToolset(actor, options), name, ctx)
  return tool.execute(input, ctx)
}

describe('an actor’s toolset', () => {
  it('offers the events that the chart accepts now, and others after one is sent', async () => {
    const actor = startedDoor()
    const tools = actorToolset(actor, doorOptions)
    expect(await namesIn(tools, ctx)).toEqual(['lock', 'knock', 'enter_code'])
    actor.send({ type: 'enter.code', code: 7 })
    expect(await namesIn(tools, ctx)).toEqual(['close'])
    actor.send({ type: 'close' })
    actor.send({ type: 'lock' })
    expect(await namesIn(tools, ctx)).toEqual([])
  })

  it('gives the same list while the same is accepted', async () => {
    const actor = startedDoor()
    const tools = actorToolset(actor, doorOptions)
    const before = await tools.tools(ctx)
    actor.send({ type: 'knock' })
    expect(await tools.tools(ctx)).toBe(before)
  })

  it('sends the event and tells the state, what is accepted next, and what is picked', async () => {
    const actor = startedDoor()
    const result = await call(
      actor,
      'enter_code',
      { code: 7, type: 'lock' },
      {
        ...doorOptions,
        context: ({ tries }) => ({ tries }),
      },
    )
    expect(result).toEqual({ state: 'open', accepts: ['close'], context: { tries: 0 } })
    expect(actor.getSnapshot().value).toBe('open')
  })

  it('tells the model of a refusal by a guard what is accepted, and sends nothing', async () => {
    const actor = startedDoor()
    const heard: string[] = []
    const refusal = 'The code is on the note.'
    actor.subscribe(() => heard.push('changed'))
    const attempt = call(
      actor,
      'enter_code',
      { code: 1 },
      {
        events: { 'enter.code': { inputSchema: codeSchema, refusal } },
      },
    )
    await expect(attempt).rejects.toThrow(ModelRetry)
    await expect(attempt).rejects.toThrow(
      `'door' is in state "closed" and refuses 'enter_code' with these arguments. ${refusal} It accepts now: 'lock', 'knock', 'enter_code'.`,
    )
    expect(heard).toEqual([])
  })

  it('does not send what the chart has ceased to accept since it was offered', async () => {
    const actor = startedDoor()
    const knock = await toolIn(actorToolset(actor), 'knock', ctx)
    actor.send({ type: 'lock' })
    await expect(knock.execute({}, ctx)).rejects.toThrow(
      `'door' is done, in state "locked" and does not accept 'knock'. It accepts now: nothing.`,
    )
  })

  it('ends with the chart', async () => {
    expect(await call(startedDoor(), 'lock')).toEqual({
      state: 'locked',
      status: 'done',
      accepts: [],
    })
    const stopped = startedDoor()
    stopped.stop()
    expect(await namesIn(actorToolset(stopped), ctx)).toEqual([])
  })

  it('tells what the chart says of the event, unless the options say it otherwise', async () => {
    const actor = startedDoor()
    const tools = actorToolset(actor, {
      events: { knock: { description: 'Knocks.' }, 'enter.code': { inputSchema: codeSchema } },
    })
    const texts = (await tools.tools(ctx)).map(({ definition }) => definition.description)
    expect(texts).toEqual(['Locks it for good.', 'Knocks.', 'Opens the door.'])
  })

  it('shows the schema of the payload: from the options, else from the chart', async () => {
    const chart = setup({
      types: { events: {} as { type: 'a'; n: number } | { type: 'b'; n: string } | { type: 'c' } },
      schemas: { events: { a: z.object({ n: z.number() }), b: z.object({ n: z.string() }) } },
    }).createMachine({ on: { a: { actions }, b: { actions }, c: { actions } } })
    const b = { inputSchema: z.object({ n: z.enum(['one']) }) }
    const tools = actorToolset(createActor(chart), { events: { b } })
    const shapes = (await tools.tools(ctx)).map(
      ({ definition }) => definition.parametersJsonSchema['properties'],
    )
    expect(shapes).toEqual([
      { n: { type: 'number' } },
      { n: { type: 'string', enum: ['one'] } },
      {},
    ])
  })

  it('takes a schema that makes no object for a mistake', async () => {
    const inputSchema = z.object({ code: z.number() }).transform(() => 'seven')
    const events = { 'enter.code': { inputSchema } }
    // @ts-expect-error -- the schema does not make what the event holds
    const attempt = call(startedDoor(), 'enter_code', 'seven', { events })
    await expect(attempt).rejects.toThrow(
      "schema of the event 'enter.code' does not make an object",
    )
  })
})

describe('guards', () => {
  it.each([
    { why: 'looks at the state alone', guard: () => false, offered: [] },
    { why: 'looks at a key', guard: ({ to }) => to !== undefined, offered: ['go'] },
    { why: 'looks for a key', guard: (event) => 'to' in event, offered: ['go'] },
    { why: 'looks at all keys', guard: (event) => Object.keys(event).length > 1, offered: ['go'] },
    { why: 'stumbles', guard: (event) => event.to!.name === 'Ada', offered: ['go'] },
    { why: 'asks the state first', guard: (event) => [].length > 0 && 'to' in event, offered: [] },
    { why: 'asks for the type', guard: ({ type }) => type === 'stay', offered: [] },
  ] satisfies { why: string; guard: Parameters<typeof guarded>[0]; offered: string[] }[])(
    'that say no to an event without payload leave it $offered when one $why',
    async ({ guard, offered }) => {
      expect(await namesIn(actorToolset(guarded(guard)), ctx)).toEqual(offered)
    },
  )

  it('are asked with the real event', async () => {
    const seen: unknown[] = []
    const actor = guarded((event) => {
      if (event.to !== undefined) seen.push(event)
      return event.to?.name === 'Ada'
    })
    const inputSchema = z.object({ to: z.object({ name: z.string() }) })
    const options = { events: { go: { inputSchema } } }
    await call(actor, 'go', { to: { name: 'Ada' } }, options)
    expect(seen[0]).toEqual({ type: 'go', to: { name: 'Ada' } })
    await expect(call(actor, 'go', { to: { name: 'Bob' } }, options)).rejects.toThrow(ModelRetry)
  })

  it('that fail are the failure of the step, and the actor lives', async () => {
    const actor = guarded((event) => {
      if (event.to?.name === 'Ada') throw new Error('no database')
      return event.to !== undefined
    })
    await expect(call(actor, 'go', { to: { name: 'Ada' } })).rejects.toThrow('no database')
    expect(actor.getSnapshot().status).toBe('active')
    const broken = guarded(() => {
      throw new Error('no database')
    })
    expect(() => actorToolset(broken).tools(ctx)).toThrow('no database')
  })
})

describe('which events are offered', () => {
  const chart = createMachine({
    id: 'orders',
    initial: 'open',
    states: {
      open: {
        invoke: {
          id: 'watch',
          src: fromPromise(() => new Promise<void>(() => {})),
          onDone: 'late',
        },
        after: { 60_000: 'late' },
        on: {
          'order.pay': { actions },
          'order.refund': { actions },
          'human.approve': { actions },
          'note.*': { actions, description: 'Makes a note.' },
        },
      },
      late: { on: { '*': { actions } } },
    },
  })
  const names = (options?: ActorToolsetOptions<ChartActor>, state?: 'late') => {
    const restored = { ...(state && { snapshot: chart.resolveState({ value: state }) }) }
    return namesIn(actorToolset(createActor(chart, restored), options), ctx)
  }

  it('are those that the chart names: no wildcards, and nothing of XState’s own', async () => {
    expect(await names()).toEqual(['order_pay', 'order_refund', 'human_approve'])
  })

  it('are those of a list, without those of another', async () => {
    expect(await names({ only: ['order.*'] })).toEqual(['order_pay', 'order_refund'])
    expect(await names({ exclude: ['human.*', 'order.pay'] })).toEqual(['order_refund'])
    expect(await names({ only: ['order.*'], exclude: ['order.pay'] })).toEqual(['order_refund'])
  })

  it('are those under a wildcard of the chart that the options name', async () => {
    expect(await names({ only: ['note.add', 'order.pay'] })).toEqual(['order_pay', 'note_add'])
    expect(await names({ events: { 'note.add': {} }, exclude: ['order.*', 'human.*'] })).toEqual([
      'note_add',
    ])
    expect(await names({ only: ['ring'] }, 'late')).toEqual(['ring'])
    expect(await names({ only: ['ring'] })).toEqual([])
  })

  it('have a prefix when there is one', async () => {
    expect(await names({ prefix: 'shop', only: ['order.pay'] })).toEqual(['shop_order_pay'])
  })

  it.each([
    [{ exclude: ['humn.approve'] }, "The chart has no event 'humn.approve'. It has 'order.pay'"],
    [{ events: { 'xstate.done.actor.watch': {} } }, "'xstate.done.actor.watch' is XState's own"],
  ] satisfies [ActorToolsetOptions<ChartActor>, string][])(
    'cannot be named wrongly: %o',
    (options, message) => {
      const misspelt = createMachine({ on: { 'order.pay': { actions } } })
      expect(() => actorToolset(createActor(misspelt), options)).toThrow(message)
      expect(() => actorToolset(createActor(misspelt), options)).toThrow(UserError)
    },
  )

  it('cannot be two of one name', () => {
    const twins = createMachine({ on: { 'a.b': { actions }, a_b: { actions } } })
    expect(() => actorToolset(createActor(twins))).toThrow(
      "The events 'a.b' and 'a_b' would both be the tool 'a_b'",
    )
    expect(() => actorToolset(createActor(twins), { exclude: ['a_b'] })).not.toThrow()
  })

  it('need a chart', () => {
    const promise = createActor(fromPromise(async () => 1))
    expect(() => actorToolset(promise)).toThrow('not that of a state machine')
  })
})

describe('waiting for the actor', () => {
  it('is not done unless it is asked for', async () => {
    expect(await call(worker().actor, 'work')).toEqual({ state: 'working', accepts: [] })
  })

  it.each([
    'idle' as const,
    { tag: 'calm' },
    ({ value }: { readonly value: unknown }) => value === 'resting',
  ])('goes on until it is where it is waited for: %o', async (waitFor) => {
    const { actor, finish } = worker()
    const result = call(actor, 'work', {}, { waitFor })
    finish()
    expect(await result).toEqual({ state: 'resting', accepts: ['again'] })
  })

  it('ends when the actor is stopped', async () => {
    const { actor } = worker()
    const result = call(actor, 'work', {}, { waitFor: 'idle' })
    await expect.poll(() => actor.getSnapshot().value).toBe('working')
    actor.stop()
    expect(await result).toEqual({ state: 'working', status: 'stopped', accepts: [] })
  })

  it('ends with the error that the actor fails with, which goes nowhere else', async () => {
    const { actor, fail } = worker()
    const result = call(actor, 'work', {}, { waitFor: 'idle' })
    fail(new Error('no power'))
    await expect(result).rejects.toThrow('the job is lost')
  })

  it('ends when the run is cancelled', async () => {
    const { actor } = worker()
    const abort = new AbortController()
    const tool = await toolIn(actorToolset(actor, { waitFor: 'idle' }), 'work', ctx)
    const result = tool.execute({}, testContext({ signal: abort.signal }))
    abort.abort(new Error('enough'))
    await expect(result).rejects.toThrow('enough')
    expect(actor.getSnapshot().value).toBe('working')
  })

  it('ends at the time limit of the tool', async () => {
    const clock = new ManualClock()
    const { actor } = worker()
    const model = new ScriptedModel([{ parts: [toolCall('work')] }, 'It takes too long.'])
    const toolset = actorToolset(actor, { waitFor: 'idle', timeoutMs: 1_000 })
    const running = new Agent({ model, toolsets: [toolset] }).run('Work.', { clock })
    await expect.poll(() => actor.getSnapshot().value).toBe('working')
    await clock.advance(1_000)
    expect((await running).output).toBe('It takes too long.')
    expect(told(model)).toEqual(['Timed out after 1 seconds.'])
  })

  it('fails with what an action throws', async () => {
    const chart = createMachine({
      on: {
        go: {
          actions: () => {
            throw new Error('no action')
          },
        },
      },
    })
    await expect(call(createActor(chart).start(), 'go')).rejects.toThrow('no action')
  })
})
