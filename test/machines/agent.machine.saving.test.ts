import { describe, expect, it } from 'vitest'
import { createActor, initialTransition, waitFor } from 'xstate'
import { agentMachine, type AgentInput, type StepOutcome } from '../../machines/index.ts'
import { RunCancelledError, SlotMissingError } from '../../src/errors/index.ts'
import { completeResponse } from '../../src/messages/index.ts'
import { emptyRunUsage } from '../../src/usage/index.ts'
import {
  done,
  end,
  enqueued,
  failed,
  input,
  prompt,
  rejected,
  request,
  response,
  saved,
  started,
  to,
} from './outcomes.ts'
import {
  next,
  nextTimes,
  oneTurn,
  rest,
  scripted,
  slotsOfATurn,
  workingStates,
} from './scripted.ts'
import { invokeOf, isSaving, type Snapshot, step } from './transitions.ts'

const full = new Error('The disk is full')
const afterwards = { UserPrompt: 'ModelRequest', ModelRequest: 'CallTools', CallTools: 'End' }

/** A stored run that was driven to where these outcomes lead. */
function stored(outcomes: readonly StepOutcome[], fields: Partial<AgentInput> = {}): Snapshot {
  const [start] = initialTransition(agentMachine, input({ isStored: true, ...fields }))
  return outcomes.reduce<Snapshot>(
    (from, outcome) => step(from, { type: 'next' }, done(invokeOf(from), outcome), saved),
    start,
  )
}

/** The same, with the outcome of the step that follows in hand, and not written yet. */
function writing(
  before: readonly StepOutcome[],
  outcome: StepOutcome,
  fields: Partial<AgentInput> = {},
): Snapshot {
  const from = stored(before, { drive: 'step', ...fields })
  return step(from, { type: 'next' }, done(invokeOf(from), outcome))
}

describe('A11: what a step came to is taken once it is saved', () => {
  it('A11: each step of a turn is written before the next one begins', async () => {
    const save = Promise.withResolvers<void>()
    const { actor, slots, writes } = scripted(oneTurn, { drive: 'auto', isStored: true }, [
      save.promise,
    ])
    await waitFor(actor, ({ value }) => isSaving(value))
    expect([slots, writes]).toEqual([['preparePrompt'], ['model-request']])
    save.resolve()
    expect((await rest(actor)).value).toBe('End')
    expect(slots).toEqual(slotsOfATurn)
    expect(writes).toEqual(['model-request', 'call-tools', 'end'])
  })

  it('A11: a run that is not stored writes nothing', async () => {
    const { actor, writes } = scripted(oneTurn, { drive: 'auto' })
    await rest(actor)
    expect(writes).toEqual([])
  })

  it.each(workingStates)('A11: $state keeps its node until then', ({ state, before, leadsOn }) => {
    const held = writing(before, leadsOn)
    expect(held.value).toEqual({ [state]: { saving: 'writing' } })
    expect(held.context).toMatchObject({ visit: before.length, unsaved: leadsOn, failure: null })
    const taken = step(held, saved)
    const name = afterwards[state]
    expect(taken.value).toEqual(name === 'End' ? name : { [name]: 'ready' })
    expect(taken.context).toMatchObject({ visit: before.length + 1, unsaved: null })
  })

  it('A11: a turn that leads back to the model is written, too', () => {
    const held = writing([to(request), to(response)], to(request))
    expect(step(held, saved).value).toEqual({ ModelRequest: 'ready' })
    const acting = stored([to(request), to(response)], { drive: 'step' })
    const auto = step(acting, { type: 'drive', drive: 'auto' }, done('call-tools', to(request)))
    expect(step(auto, saved).value).toEqual({ ModelRequest: { active: 'requesting' } })
  })

  it('A11: a prompt that ends in calls is written, too', () => {
    expect(step(writing([], to(response)), saved).value).toEqual({ CallTools: 'ready' })
    const start = step(stored([]), { type: 'drive', drive: 'auto' })
    const auto = step(start, done('prepare-prompt', to(response)), saved)
    expect(auto.value).toEqual({ CallTools: { active: 'executing' } })
  })

  it('A11: nobody else’s word ends the writing', () => {
    const held = writing([to(request)], to(response))
    const after = step(
      held,
      { type: 'next' },
      { type: 'next', node: prompt },
      { type: 'deadline-passed', scope: 'run' },
      { type: 'run-resumed' },
      done('request-model', to(response)),
      rejected('request-model', new Error('late')),
      started('a'),
    )
    expect(after.value).toEqual({ ModelRequest: { saving: 'writing' } })
    expect(after.context).toEqual(held.context)
  })

  it('A11: a slot that nobody provided names itself, and the outcome is still there', async () => {
    const snapshot = step(writing([], to(request)), rejected('save-step', full))
    const actor = createActor(agentMachine, { input: input(), snapshot }).start()
    const { value, context } = await next(actor)
    expect(value).toEqual({ UserPrompt: { saving: 'resting' } })
    expect(context.failure?.error).toBeInstanceOf(SlotMissingError)
    expect(context.failure?.error).toMatchObject({ slot: 'saveStep' })
    expect(context.unsaved).toEqual(to(request))
  })

  it('A11: messages that come meanwhile are sent before the run ends', () => {
    const held = writing([to(request), to(response)], to(end))
    const after = step(held, { type: 'enqueue', entry: enqueued('late') }, saved)
    expect(after.value).toEqual({ ModelRequest: 'ready' })
    expect(after.context.node).toMatchObject({ request: enqueued('late').messages[0] })
    expect(after.context.pending).toEqual([])
  })
})

describe('A11: an outcome that could not be saved', () => {
  it.each(workingStates)('A11: rests in $state, and `next` writes it again', async (row) => {
    const { state, before, leadsOn } = row
    const saves = [...before.map(() => null), full, full]
    const { actor, slots, writes } = scripted([...before, leadsOn], { isStored: true }, saves)
    await nextTimes(actor, before.length + 1)
    expect(actor.getSnapshot().value).toEqual({ [state]: { saving: 'resting' } })
    expect(actor.getSnapshot().context).toMatchObject({
      failure: { error: full, isFinal: false },
      unsaved: leadsOn,
      node: { kind: row.node.kind },
      visit: before.length,
    })
    await next(actor)
    expect(actor.getSnapshot().context.failure?.error).toBe(full)
    const worked = slots.length
    const { value, context } = await next(actor)
    const name = afterwards[state]
    expect(value).toEqual(name === 'End' ? name : { [name]: 'ready' })
    expect(context).toMatchObject({ failure: null, unsaved: null, visit: before.length + 1 })
    expect(slots).toHaveLength(worked) // nothing was asked twice
    expect(writes.slice(before.length)).toEqual(Array(3).fill(leadsOn.node.kind))
  })

  it('A11: is written again for its own node, and for a new deadline', () => {
    const resting = step(writing([to(request)], to(response)), rejected('save-step', full))
    const { node } = resting.context
    if (node.kind === 'end') throw new Error('Not at its end')
    const again = step(resting, { type: 'next', node, deadline: { at: 9 } })
    expect(again.value).toEqual({ ModelRequest: { saving: 'writing' } })
    expect(again.context).toMatchObject({ failure: null, deadline: { at: 9 } })
    expect(step(again, saved).context.deadline).toEqual({ at: 9 })
  })

  it.each(workingStates)('A11: rests in $state through whatever is not `next`', (row) => {
    const resting = step(writing(row.before, row.leadsOn), rejected('save-step', full))
    const after = step(
      resting,
      { type: 'drive', drive: 'auto' },
      { type: 'run-resumed' },
      { type: 'deadline-passed', scope: 'run' },
      saved,
    )
    expect(after.value).toEqual({ [row.state]: { saving: 'resting' } })
    expect(after.context).toEqual({ ...resting.context, drive: 'auto' })
  })

  it.each(workingStates)('A11: is given up in $state by a skip, and paid all the same', (row) => {
    const usage = { ...emptyRunUsage, requests: 7 }
    const held = writing(row.before, { ...row.leadsOn, usage })
    const resting = step(held, rejected('save-step', full))
    const skips = [
      { node: prompt, value: { UserPrompt: { active: 'preparing' } } },
      { node: request, value: { ModelRequest: { active: 'requesting' } } },
      { node: response, value: { CallTools: { active: 'executing' } } },
    ]
    for (const { node, value } of skips) {
      const skipped = step(resting, { type: 'next', node })
      expect(skipped.value).toEqual(value)
      expect(skipped.context).toMatchObject({ unsaved: null, failure: null, node, usage })
      expect(skipped.context.visit).toBe(row.before.length)
    }
  })

  it('A11: keeps what it would have delivered, when it is given up', () => {
    const asking = step(stored([to(request)]), { type: 'enqueue', entry: enqueued('a') })
    const resting = step(
      asking,
      { type: 'next' },
      done('request-model', to(response, { delivered: ['a'] })),
      rejected('save-step', full),
    )
    expect(resting.context.pending).toEqual([enqueued('a')])
    expect(step(resting, { type: 'next' }, saved).context.pending).toEqual([])
    expect(step(resting, { type: 'next', node: request }).context.pending).toEqual([enqueued('a')])
  })

  it.each(workingStates)(
    'A11: with `fail`, ends the actor in $state with that error',
    async (row) => {
      const { actor, slots } = scripted(
        [...row.before, row.leadsOn],
        { isStored: true, drive: 'auto', onFailure: 'fail' },
        [...row.before.map(() => null), full],
      )
      await expect(waitFor(actor, ({ status }) => status !== 'active')).rejects.toBe(full)
      expect(slots).toEqual(slotsOfATurn.slice(0, row.before.length + 1))
    },
  )
})

describe('A11: a step that failed is saved, too', () => {
  const error = new Error('no')
  const heldResponse = completeResponse({ parts: [] }, '2026-01-01T00:00:00.000Z')
  const usage = { ...emptyRunUsage, requests: 3 }
  const failure = failed(error, { isFinal: true, tail: [request.request], usage, heldResponse })

  it.each(workingStates)('A11: $state then rests as it would without a store', (row) => {
    const held = writing(row.before, failure)
    expect(held.value).toEqual({ [row.state]: { saving: 'writing' } })
    expect(held.context).toMatchObject({ failure: null, unsaved: failure, tail: [] })
    const after = step(held, saved)
    expect(after.value).toEqual({ [row.state]: 'ready' })
    const { failure: kept, tail, unsaved } = after.context
    expect(kept?.error).toBe(error)
    expect({ tail, unsaved, isFinal: kept?.isFinal }).toEqual({
      tail: failure.tail,
      unsaved: null,
      isFinal: true,
    })
    expect(after.context).toMatchObject({ usage, heldResponse })
  })

  it.each(workingStates)('A11: $state rests with its own failure when that is not saved', (row) => {
    const after = step(writing(row.before, failure), rejected('save-step', full))
    expect(after).toEqual(step(writing(row.before, failure), saved))
    expect(after.context.failure?.error).toBe(error)
  })

  it.each(workingStates)(
    'A11: with `fail`, $state ends with its own error either way',
    async (row) => {
      for (const save of [null, full]) {
        const { actor } = scripted(
          [...row.before, failure],
          { isStored: true, drive: 'auto', onFailure: 'fail' },
          [...row.before.map(() => null), save],
        )
        await expect(waitFor(actor, ({ status }) => status !== 'active')).rejects.toBe(error)
      }
    },
  )

  it('A11: calls that were under way are interrupted', () => {
    const acting = step(stored([to(request), to(response)]), { type: 'next' }, started('a'))
    const held = step(acting, done('call-tools', failure))
    expect(held.context.ledger.map(({ state }) => state)).toEqual(['executing'])
    expect(step(held, saved).context.ledger.map(({ state }) => state)).toEqual(['interrupted'])
  })

  it.each([
    { state: 'UserPrompt', before: [], outcome: to(end) },
    { state: 'ModelRequest', before: [to(request)], outcome: to(end) },
    { state: 'CallTools', before: [to(request), to(response)], outcome: to(prompt) },
  ])('A11: an outcome that leads nowhere is a failure of $state, held no longer', (row) => {
    const { value, context } = step(writing(row.before, row.outcome), saved)
    expect(value).toEqual({ [row.state]: 'ready' })
    expect(context.failure?.error).toMatchObject({ message: expect.stringContaining('outcome') })
    expect(context.unsaved).toBeNull()
  })

  it('A11: a slot that is missing or broken has nothing to be saved', () => {
    const { value, context } = step(stored([]), { type: 'next' }, rejected('prepare-prompt', error))
    expect(value).toEqual({ UserPrompt: 'ready' })
    expect(context.failure?.error).toBe(error)
  })
})

describe('A11: a cancel while a step is saved', () => {
  it.each(workingStates.slice(0, 2))('A11: in $state is for the next driver', (row) => {
    const cancelled = step(writing(row.before, row.leadsOn), { type: 'cancel', reason: 'stop' })
    expect(cancelled.value).toEqual({ [row.state]: { saving: 'writing' } })
    const taken = step(cancelled, saved)
    expect(taken.value).toEqual({ [afterwards[row.state]]: 'ready' })
    expect(taken.context).toMatchObject({ failure: null, cancelRequest: { reason: 'stop' } })
    const met = step(taken, { type: 'next' })
    expect(met.value).toEqual(taken.value)
    expect(met.context.failure?.error).toEqual(new RunCancelledError('stop'))
    expect(step(met, { type: 'next' }).context.failure).toBeNull()
  })

  it.each(workingStates.slice(0, 2))('A11: in $state stops a run that drives itself', (row) => {
    const auto = step(writing(row.before, row.leadsOn), { type: 'drive', drive: 'auto' })
    const taken = step(auto, { type: 'cancel', reason: 'stop' }, saved)
    expect(taken.value).toEqual({ [afterwards[row.state]]: 'ready' })
    expect(taken.context.failure?.error).toEqual(new RunCancelledError('stop'))
    expect(taken.context).toMatchObject({ cancelRequest: null, unsaved: null })
  })

  it('A11: is too late for a run that ends with that step', () => {
    const held = writing([to(request), to(response)], to(end))
    expect(step(held, { type: 'cancel' }, saved).status).toBe('done')
  })

  it('A11: with `fail`, ends the actor once the step is saved', async () => {
    const save = Promise.withResolvers<void>()
    const { actor, writes } = scripted(
      oneTurn,
      { isStored: true, drive: 'auto', onFailure: 'fail' },
      [save.promise],
    )
    await waitFor(actor, ({ value }) => isSaving(value))
    actor.send({ type: 'cancel', reason: 'stop' })
    save.resolve()
    await expect(waitFor(actor, ({ status }) => status !== 'active')).rejects.toEqual(
      new RunCancelledError('stop'),
    )
    expect(writes).toEqual(['model-request'])
  })

  it('A11: does not keep an outcome from being written once more', () => {
    const resting = step(writing([], to(request)), rejected('save-step', full))
    const taken = step(resting, { type: 'cancel', reason: 'stop' }, { type: 'next' }, saved)
    expect(taken.value).toEqual({ ModelRequest: 'ready' })
    expect(taken.context.cancelRequest).toEqual({ reason: 'stop' })
  })

  it('A11: is given up by a skip', () => {
    const resting = step(writing([], to(request)), rejected('save-step', full))
    const skipped = step(resting, { type: 'cancel' }, { type: 'next', node: request })
    expect(skipped.context.cancelRequest).toBeNull()
  })
})
