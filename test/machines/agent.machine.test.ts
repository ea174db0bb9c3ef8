import { describe, expect, it } from 'vitest'
import { createActor, fromPromise, initialTransition, waitFor } from 'xstate'
import {
  type AgentContext,
  type AgentInput,
  agentMachine,
  type StepOutcome,
  type StepReference,
} from '../../machines/index.ts'
import { RunCancelledError, SlotMissingError } from '../../src/errors/index.ts'
import { completeResponse } from '../../src/messages/index.ts'
import { emptyRunUsage } from '../../src/usage/index.ts'
import {
  type AnyGraphEvent,
  done,
  end,
  failed,
  input,
  prompt,
  request,
  response,
  started,
  to,
} from './outcomes.ts'
import { invokeOf, isReady, type Snapshot, stateOf, step } from './transitions.ts'

type Slot = 'preparePrompt' | 'requestModel' | 'callTools'

/** A run whose slots settle with these outcomes, one after the other; an error in their place rejects. */
function scripted(
  outcomes: readonly (StepOutcome | Error | Promise<StepOutcome>)[],
  fields?: Partial<AgentInput>,
) {
  const slots: Slot[] = []
  const aborts: unknown[] = []
  const visits: string[] = []
  const waiting = outcomes.values()
  const slot = (name: Slot) =>
    fromPromise<StepOutcome, StepReference>(async () => {
      slots.push(name)
      const { value } = waiting.next()
      if (value === undefined) throw new Error(`${name} was asked too often`)
      if (value instanceof Error) throw value
      return value
    })
  const machine = agentMachine.provide({
    actors: {
      preparePrompt: slot('preparePrompt'),
      requestModel: slot('requestModel'),
      callTools: slot('callTools'),
    },
    actions: { abort: ({ event }) => aborts.push('reason' in event ? event.reason : undefined) },
  })
  const actor = createActor(machine, { input: input(fields) })
  actor.subscribe({
    next: ({ context, value }) => {
      const state = typeof value === 'string' ? value : Object.keys(value)[0]
      visits[context.visit] = String(state)
    },
    error: () => {},
  })
  return { actor: actor.start(), slots, aborts, visits }
}

type Actor = ReturnType<typeof scripted>['actor']

/** The state in which the run comes to rest. */
async function rest(actor: Actor) {
  return waitFor(actor, ({ value, status }) => status !== 'active' || isReady(value))
}

async function next(actor: Actor, event: Omit<AnyNext, 'type'> = {}) {
  actor.send({ type: 'next', ...event })
  return rest(actor)
}

async function nextTimes(actor: Actor, times: number) {
  for (let i = 0; i < times; i += 1) await next(actor)
}

type AnyNext = Extract<AnyGraphEvent, { type: 'next' }>

const oneTurn = [to(request), to(response), to(end)]
const slotsOfATurn = ['preparePrompt', 'requestModel', 'callTools']

/** The three states that work, each with the outcomes that lead to it and its slot. */
const workingStates = [
  { state: 'UserPrompt', before: [], node: prompt, slot: 'preparePrompt', leadsOn: to(request) },
  {
    state: 'ModelRequest',
    before: [to(request)],
    node: request,
    slot: 'requestModel',
    leadsOn: to(response),
  },
  {
    state: 'CallTools',
    before: [to(request), to(response)],
    node: response,
    slot: 'callTools',
    leadsOn: to(end),
  },
] as const

describe('A1: `node` always belongs to the active state', () => {
  it.each([
    { skip: 'to an earlier state', before: [to(request), to(response)], node: prompt },
    { skip: 'to the same state', before: [to(request)], node: request },
    { skip: 'to a later state', before: [], node: response },
  ])('A1: after a skip $skip', async ({ before, node }) => {
    const waiting = Promise.withResolvers<StepOutcome>()
    const { actor } = scripted([...before, waiting.promise])
    await nextTimes(actor, before.length)
    actor.send({ type: 'next', node })
    const { value, context } = actor.getSnapshot()
    expect(Object.keys(value)).toEqual([stateOf(node.kind)])
    expect(context.node).toEqual({ ...node, runId: 'run', visit: before.length })
  })
})

describe('A2: work happens only in the named slots', () => {
  it('A2: a turn starts each slot once, in order', async () => {
    const { actor, slots, visits } = scripted(oneTurn, { drive: 'auto' })
    await rest(actor)
    expect(slots).toEqual(slotsOfATurn)
    expect(visits).toEqual(['UserPrompt', 'ModelRequest', 'CallTools', 'End'])
  })

  it.each(workingStates)('A2: a slot that nobody provided names itself: $slot', async (row) => {
    const { before, slot, state } = row
    const snapshot = before.reduce<Snapshot>(
      (from, outcome) => step(from, { type: 'next' }, done(invokeOf(from), outcome)),
      initialTransition(agentMachine, input())[0],
    )
    const actor = createActor(agentMachine, { input: input(), snapshot }).start()
    const { value, context } = await next(actor)
    expect(value).toEqual({ [state]: 'ready' })
    expect(context.failure?.error).toBeInstanceOf(SlotMissingError)
    expect(context.failure?.error).toMatchObject({
      slot,
      message: expect.stringContaining('provide'),
    })
  })
})

describe('A3: a failure or a cancel returns to `ready` of the same state', () => {
  it.each(workingStates)('A3: $state, when the slot says so', async ({ before, state, node }) => {
    const error = new Error('no')
    const tail = [request.request]
    const { actor } = scripted([...before, failed(error, { tail, isFinal: true })])
    await nextTimes(actor, before.length)
    const { value, context } = await next(actor)
    expect(value).toEqual({ [state]: 'ready' })
    expect(context.failure?.error).toBe(error)
    expect(context).toMatchObject({ node, tail, failure: { isFinal: true } })
  })

  it.each(workingStates)('A3: $state, when the slot rejects', async ({ before, state }) => {
    const error = new Error('broken')
    const { actor } = scripted([...before, error])
    await nextTimes(actor, before.length)
    const { value, context } = await next(actor)
    expect(value).toEqual({ [state]: 'ready' })
    expect(context.failure).toEqual({ error, isFinal: false })
    expect(context.failure?.error).toBe(error)
  })

  it.each([
    { state: 'UserPrompt', outcomes: [to(end)] },
    { state: 'ModelRequest', outcomes: [to(request), to(end)] },
    { state: 'CallTools', outcomes: [to(request), to(response), to(prompt)] },
  ])('A3: $state, when its outcome leads nowhere', async ({ state, outcomes }) => {
    const { actor } = scripted(outcomes)
    await nextTimes(actor, outcomes.length)
    const { value, context } = actor.getSnapshot()
    expect(value).toEqual({ [state]: 'ready' })
    expect(context.failure?.error).toMatchObject({ message: expect.stringContaining('outcome') })
  })

  it.each(workingStates)('A3: $state goes on with `next`', async ({ before, leadsOn }) => {
    const { actor } = scripted([...before, failed(new Error('once')), leadsOn])
    await nextTimes(actor, before.length)
    await next(actor)
    const { context } = await next(actor)
    expect(context).toMatchObject({ failure: null, tail: [], node: leadsOn.node })
  })

  it.each(workingStates)('A3: with `fail`, $state ends the actor with that error', async (row) => {
    const error = new Error('no')
    for (const outcome of [failed(error), error]) {
      const { actor } = scripted([...row.before, outcome], { drive: 'auto', onFailure: 'fail' })
      await expect(waitFor(actor, ({ status }) => status !== 'active')).rejects.toBe(error)
      expect(actor.getSnapshot()).toMatchObject({ status: 'error' })
    }
  })

  it('A3: with `fail`, a cancel at rest ends the actor, too', () => {
    const { actor } = scripted([], { onFailure: 'fail' })
    actor.send({ type: 'cancel', reason: 'stop' })
    expect(actor.getSnapshot().status).toBe('active')
    actor.send({ type: 'next' })
    expect(actor.getSnapshot()).toMatchObject({
      status: 'error',
      error: new RunCancelledError('stop'),
    })
  })

  it('A3: a cancel at rest is for the next driver', async () => {
    const { actor, slots } = scripted([to(request)])
    actor.send({ type: 'cancel', reason: 'stop' })
    expect(actor.getSnapshot().context.failure).toBeNull()
    const { context } = await next(actor)
    expect(context.failure?.error).toMatchObject({ name: 'RunCancelledError', reason: 'stop' })
    expect(slots).toEqual([])
    expect((await next(actor)).context).toMatchObject({ failure: null, node: request })
  })
})

describe('A4: `End` is entered once, and nothing leaves it', () => {
  const everything: AnyGraphEvent[] = [
    { type: 'next' },
    { type: 'next', node: prompt, limitsChanged: true },
    { type: 'cancel' },
    { type: 'drive', drive: 'auto' },
    started('a'),
    done('call-tools', to(request)),
  ]

  it('A4: no event leads on from a run that has ended', () => {
    const ended = oneTurn.reduce<Snapshot>(
      (from, outcome) => step(from, { type: 'next' }, done(invokeOf(from), outcome)),
      initialTransition(agentMachine, input())[0],
    )
    expect(ended).toMatchObject({ status: 'done', value: 'End' })
    for (const event of everything) {
      const after = step(ended, event)
      expect(after).toMatchObject({ status: 'done', value: 'End' })
      expect(after.context).toEqual({ ...ended.context, drive: after.context.drive })
    }
  })

  it('A4: the output is what the end says, with the ids and usage of the run', async () => {
    const { actor } = scripted(oneTurn, { drive: 'auto', metadata: { a: 1 } })
    const { output } = await rest(actor)
    expect(output).toEqual({
      ...end.data,
      usage: emptyRunUsage,
      runId: 'run',
      conversationId: 'conversation',
      metadata: { a: 1 },
    })
  })
})

describe('A5: in `auto` a run moves on by itself, but never from a failure', () => {
  it('A5: a failure rests, and `next` runs to the end', async () => {
    const { actor, slots } = scripted(
      [to(request), failed(new Error('once')), to(response), to(end)],
      { drive: 'auto' },
    )
    expect((await rest(actor)).value).toEqual({ ModelRequest: 'ready' })
    expect((await next(actor)).value).toBe('End')
    expect(slots).toEqual(['preparePrompt', 'requestModel', 'requestModel', 'callTools'])
  })

  it('A5: in `step` a run stops at each node', async () => {
    const { actor, slots } = scripted(oneTurn)
    expect(slots).toEqual([])
    expect((await next(actor)).value).toEqual({ ModelRequest: 'ready' })
    expect(slots).toEqual(['preparePrompt'])
  })

  it('A5: how a run is driven can change on the way', async () => {
    const { actor, slots } = scripted([...oneTurn.slice(0, 2), to(request), ...oneTurn.slice(1)])
    actor.send({ type: 'drive', drive: 'auto' })
    actor.send({ type: 'drive', drive: 'step' })
    expect((await rest(actor)).value).toEqual({ ModelRequest: 'ready' })
    expect(slots).toEqual(['preparePrompt'])
    actor.send({ type: 'drive', drive: 'auto' })
    expect((await rest(actor)).value).toBe('End')
  })

  it('A5: a cancel at rest is met before anything runs', () => {
    const { actor, slots } = scripted([])
    actor.send({ type: 'cancel' })
    actor.send({ type: 'drive', drive: 'auto' })
    const { value, context } = actor.getSnapshot()
    expect(value).toEqual({ UserPrompt: 'ready' })
    expect(context.failure?.error).toBeInstanceOf(RunCancelledError)
    expect(slots).toEqual([])
  })
})

describe('A6: a failure that repeating cannot change is not repeated', () => {
  const hopeless = failed(new Error('limit'), { isFinal: true })

  it('A6: `next` without a node, or with the pending one, does nothing', async () => {
    const { actor, slots } = scripted([hopeless])
    const { node } = (await next(actor)).context
    expect((await next(actor)).context.failure?.error).toBe(hopeless.error)
    if (node.kind !== 'end') await next(actor, { node })
    expect(actor.getSnapshot().context.failure?.error).toBe(hopeless.error)
    expect(slots).toEqual(['preparePrompt'])
  })

  it.each([
    { change: 'an edited node', event: { node: { ...prompt, userPrompt: 'Otherwise.' } } },
    { change: 'changed limits', event: { limitsChanged: true } },
  ])('A6: $change is worth a try', async ({ event }) => {
    const { actor } = scripted([hopeless, to(request)])
    await next(actor)
    expect((await next(actor, event)).context).toMatchObject({ failure: null, node: request })
  })

  it.each(['auto', 'step'] as const)('A6: a cancel changes nothing of it: %s', async (drive) => {
    const { actor, slots } = scripted([hopeless], { drive })
    await next(actor)
    actor.send({ type: 'cancel' })
    expect(actor.getSnapshot().context.failure?.error).toBe(hopeless.error)
    expect((await next(actor)).context.failure?.error).toBe(hopeless.error)
    expect(slots).toEqual(['preparePrompt'])
  })

  it('A6: a response that was paid for is kept for the repeated step, not for another node', async () => {
    const heldResponse = completeResponse({ parts: [] }, '2026-01-01T00:00:00.000Z')
    const { actor } = scripted([
      to(request),
      failed(new Error('limit'), { isFinal: true, heldResponse }),
      new Promise(() => {}),
    ])
    await next(actor)
    await next(actor)
    const at = actor.getSnapshot()
    expect(step(at, { type: 'next', limitsChanged: true }).context).toMatchObject({ heldResponse })
    expect(step(at, { type: 'next', node: request }).context).toMatchObject({ heldResponse: null })
  })
})

describe('A7: a cancel reaches a slot once, and the slot lives on', () => {
  it.each(workingStates)('A7: $state, cancelled twice', async ({ before, state }) => {
    const work = Promise.withResolvers<StepOutcome>()
    const { actor, aborts } = scripted([...before, work.promise])
    await nextTimes(actor, before.length)
    actor.send({ type: 'next' })
    actor.send({ type: 'cancel', reason: 'first' })
    actor.send({ type: 'cancel', reason: 'second' })
    expect(aborts).toEqual(['first'])
    expect(actor.getSnapshot().value).toEqual({ [state]: { active: 'cancelling' } })
    const error = new RunCancelledError('first')
    work.resolve(failed(error, { usage: { ...emptyRunUsage, requests: 1 } }))
    const { value, context } = await rest(actor)
    expect(value).toEqual({ [state]: 'ready' })
    expect(context).toMatchObject({ failure: { error }, usage: { requests: 1 } })
  })
})

describe('A8: each node entered has a visit number of its own', () => {
  it('A8: one above the last, also when a node is entered again', async () => {
    const { actor } = scripted([to(request), to(response), to(request), to(response), to(end)])
    const visits = [actor.getSnapshot().context.node.visit]
    for (let i = 0; i < 5; i += 1) visits.push((await next(actor)).context.node.visit)
    expect(visits).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('A8: a retry keeps it', async () => {
    const { actor } = scripted([failed(new Error('once')), to(request)])
    expect((await next(actor)).context.node.visit).toBe(0)
    expect((await next(actor)).context.node.visit).toBe(1)
  })
})

describe('A9: what happened to a call is kept until its response is dealt with', () => {
  const returned = { index: 0, type: 'call-returned' } as const

  async function failingIn(outcome: StepOutcome | Error) {
    const work = Promise.withResolvers<StepOutcome>()
    const again = Promise.withResolvers<StepOutcome>()
    const { actor } = scripted([to(request), to(response), work.promise, again.promise])
    await next(actor)
    await next(actor)
    actor.send({ type: 'next' })
    actor.send(started('a', 'b'))
    actor.send({ type: 'tool-calls-moved', moves: [returned], usage: emptyRunUsage })
    if (outcome instanceof Error) work.reject(outcome)
    else work.resolve(outcome)
    await rest(actor)
    return { actor, again }
  }

  it.each([
    { why: 'a failure', outcome: failed(new Error('no')) },
    { why: 'a slot that rejects', outcome: new Error('broken') },
  ])('A9: through $why; what was under way is interrupted', async ({ outcome }) => {
    const { actor, again } = await failingIn(outcome)
    const states = () => actor.getSnapshot().context.ledger.map(({ state }) => state)
    expect(states()).toEqual(['returned', 'interrupted'])
    actor.send({ type: 'next' })
    actor.send(started('a', 'b')) // opens nothing anew
    expect(states()).toEqual(['returned', 'executing'])
    expect(actor.getSnapshot().context.ledger.map(({ attempt }) => attempt)).toEqual([0, 1])
    again.resolve(to(request))
    expect((await rest(actor)).context.ledger).toEqual([])
  })

  it('A9: a node that takes the place of the response takes its calls away', async () => {
    const { actor } = await failingIn(failed(new Error('no')))
    actor.send({ type: 'next', node: response })
    expect(actor.getSnapshot().context.ledger).toEqual([])
  })

  it('A9: moves outside of `CallTools` change nothing', () => {
    const [snapshot] = initialTransition(agentMachine, input())
    expect(step(snapshot, { type: 'next' }, started('a')).context.ledger).toEqual([])
  })
})

describe('lesson-27: the agent is a state machine that code of any kind can drive', () => {
  it('lesson-27: the context survives JSON, and the run goes on from there', () => {
    let [snapshot]: [Snapshot, unknown] = initialTransition(agentMachine, input())
    for (const outcome of oneTurn) {
      const again: AgentContext = JSON.parse(JSON.stringify(snapshot.context))
      expect(again).toEqual(snapshot.context)
      const resumed = agentMachine.resolveState({ value: snapshot.value, context: again })
      snapshot = step(resumed, { type: 'next' }, done(invokeOf(resumed), outcome))
    }
    expect(snapshot).toMatchObject({ status: 'done', value: 'End' })
  })
})
