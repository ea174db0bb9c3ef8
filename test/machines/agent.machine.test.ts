import { describe, expect, it } from 'vitest'
import { createActor, initialTransition, waitFor } from 'xstate'
import { agentMachine, type StepOutcome } from '../../machines/index.ts'
import { RunCancelledError, SlotMissingError } from '../../src/errors/index.ts'
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
import { invokeOf, type Snapshot, stateOf, step } from './transitions.ts'
import {
  scripted,
  rest,
  next,
  nextTimes,
  oneTurn,
  slotsOfATurn,
  workingStates,
} from './scripted.ts'

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
