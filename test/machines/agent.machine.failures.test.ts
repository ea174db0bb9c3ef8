import { describe, expect, it } from 'vitest'
import { initialTransition } from 'xstate'
import { type AgentContext, agentMachine, type StepOutcome } from '../../machines/index.ts'
import { RunCancelledError } from '../../src/errors/index.ts'
import { completeResponse } from '../../src/messages/index.ts'
import { emptyRunUsage } from '../../src/usage/index.ts'
import { done, end, failed, input, prompt, request, response, started, to } from './outcomes.ts'
import { invokeOf, type Snapshot, step } from './transitions.ts'
import { scripted, rest, next, nextTimes, oneTurn, workingStates } from './scripted.ts'

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
