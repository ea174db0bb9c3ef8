import { describe, expect, it } from 'vitest'
import { initialTransition } from 'xstate'
import { agentMachine } from '../../machines/index.ts'
import { completeRequest, completeResponse } from '../../src/messages/index.ts'
import { DeadlinePassedError } from '../../src/errors/index.ts'
import { done, end, enqueued, failed, input, request, response, to } from './outcomes.ts'
import { next, rest, scripted } from './scripted.ts'
import { type Snapshot, step } from './transitions.ts'

const at = '2026-01-01T00:00:00.000Z'

/** At `CallTools`, at work. */
function acting(...ids: readonly (readonly [string, ('asap' | 'when_idle')?])[]): Snapshot {
  const [start] = initialTransition(agentMachine, input())
  return step(
    start,
    { type: 'next' },
    done('prepare-prompt', to(request)),
    { type: 'next' },
    done('request-model', to(response)),
    { type: 'next' },
    ...ids.map(([id, priority]) => ({ type: 'enqueue' as const, entry: enqueued(id, priority) })),
  )
}

const ids = ({ context }: Snapshot) => context.pending.map(({ enqueueId }) => enqueueId)

describe('messages that wait', () => {
  it('are taken in any state, in their order, each once', () => {
    const [start] = initialTransition(agentMachine, input())
    const after = step(
      start,
      { type: 'enqueue', entry: enqueued('a') },
      { type: 'next' },
      { type: 'enqueue', entry: enqueued('b') },
      { type: 'cancel' },
      { type: 'enqueue', entry: enqueued('c') },
      { type: 'enqueue', entry: enqueued('a') },
    )
    expect(ids(after)).toEqual(['a', 'b', 'c'])
    expect(after.value).toEqual({ UserPrompt: { active: 'cancelling' } })
  })

  it('are not lost by a skip past the request that was to send them', () => {
    const about = step(acting(['one'], ['two']), done('call-tools', to(end, { delivered: [] })))
    expect(ids(about)).toEqual(['two'])
    const { node } = about.context
    const edited = step(about, { type: 'next', node: { ...node } as never }) // as a driver edits it
    expect(ids(edited)).toEqual(['two'])
    const skipped = step(about, { type: 'next', node: request })
    expect(ids(skipped)).toEqual(['one', 'two'])
    expect(skipped.context.pending[0]).toEqual(enqueued('one'))
  })

  it('A10: are sent instead of the end, the urgent ones first, the others with them', () => {
    const after = step(
      acting(['idle', 'when_idle'], ['one'], ['two']),
      done('call-tools', to(end, { delivered: [] })),
    )
    expect(after.value).toEqual({ ModelRequest: 'ready' })
    expect(after.context.node).toMatchObject({
      kind: 'model-request',
      request: enqueued('one').messages[0],
      enqueued: { enqueueId: 'one', before: [] },
      visit: 3,
    })
    expect(after.context.pending).toMatchObject([
      { enqueueId: 'two', priority: 'asap' },
      { enqueueId: 'idle', priority: 'asap' },
    ])
  })

  it('of several messages go with the last one as the request', () => {
    const said = completeResponse({ parts: [{ partKind: 'text', content: 'x' }] }, at)
    const asked = completeRequest({ parts: [] }, at)
    const entry = { ...enqueued('a'), messages: [said, asked] }
    const after = step(acting(), { type: 'enqueue', entry }, done('call-tools', to(end)))
    expect(after.context.node).toMatchObject({ request: asked, enqueued: { before: [said] } })
  })

  it('let a run end that awaits somebody’s answer', () => {
    const after = step(acting(['a']), done('call-tools', to(end, { endsWithOpenCalls: true })))
    expect(after.status).toBe('done')
    expect(ids(after)).toEqual(['a'])
  })

  it('wait on when a step fails, and when it leads elsewhere', () => {
    const failing = step(acting(['a']), done('call-tools', failed(new Error('no'))))
    expect(ids(failing)).toEqual(['a'])
    const on = step(acting(['a', 'when_idle']), done('call-tools', to(request)))
    expect([on.value, ids(on)]).toEqual([{ ModelRequest: 'ready' }, ['a']])
  })

  it('are gone when a step has delivered them', () => {
    const after = step(
      acting(['a'], ['b']),
      done('call-tools', to(request)),
      { type: 'next' },
      done('request-model', to(response, { delivered: ['a'] })),
    )
    expect(ids(after)).toEqual(['b'])
  })

  it('that end in no request are refused by the chart itself', async () => {
    const { actor } = scripted([to(request), to(response), to(end)])
    const said = completeResponse({ parts: [] }, at)
    actor.send({ type: 'enqueue', entry: { ...enqueued('a'), messages: [said] } })
    await next(actor)
    await next(actor)
    await expect(next(actor)).rejects.toThrow('ends in a request')
    expect(actor.getSnapshot().status).toBe('error')
  })
})

describe('a deadline', () => {
  it.each([
    ['UserPrompt', 0],
    ['ModelRequest', 1],
    ['CallTools', 2],
  ])(
    'that passes at rest in %s is the failure of the next driver, until there is a new one',
    async (state, before) => {
      const { actor, slots } = scripted([to(request), to(response), to(end)])
      for (let i = 0; i < before; i += 1) await next(actor)
      actor.send({ type: 'deadline-passed', scope: 'run' })
      const { value, context } = await rest(actor)
      expect(value).toEqual({ [state]: 'ready' })
      expect(context.failure).toMatchObject({ error: { scope: 'run' }, isFinal: true })
      await next(actor)
      expect(slots).toHaveLength(before)
      await next(actor, { deadline: { at: 5 } })
      expect(slots).toHaveLength(before + 1)
      expect(actor.getSnapshot().context).toMatchObject({ failure: null, deadline: { at: 5 } })
    },
  )

  it('that passes at rest ends a run that does not stay', async () => {
    const { actor } = scripted([to(request)], { onFailure: 'fail' })
    actor.send({ type: 'deadline-passed', scope: 'run' })
    expect(actor.getSnapshot()).toMatchObject({ status: 'error', error: { scope: 'run' } })
    expect(actor.getSnapshot().error).toBeInstanceOf(DeadlinePassedError)
  })

  it('takes the place of no other failure', async () => {
    const { actor } = scripted([failed(new Error('first'))])
    await next(actor)
    actor.send({ type: 'deadline-passed', scope: 'run' })
    expect(actor.getSnapshot().context.failure).toMatchObject({ error: { message: 'first' } })
  })

  it('that passes at work aborts it once, and it settles with what it has', async () => {
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof failed>>()
    const { actor, aborts } = scripted([promise])
    actor.send({ type: 'next' })
    actor.send({ type: 'deadline-passed', scope: 'run' })
    actor.send({ type: 'deadline-passed', scope: 'run' })
    actor.send({ type: 'cancel', reason: 'late' })
    expect(aborts).toHaveLength(1)
    expect(actor.getSnapshot().value).toEqual({ UserPrompt: { active: 'cancelling' } })
    const error = new DeadlinePassedError('run')
    resolve(failed(error, { isFinal: true }))
    const { value, context } = await rest(actor)
    expect(value).toEqual({ UserPrompt: 'ready' })
    expect(context.failure?.error).toBe(error)
  })

  it('is kept by a step, and by a `next` that does not name one', async () => {
    const { actor } = scripted([to(request), to(response)], { deadline: { at: 7 } })
    await next(actor)
    expect(actor.getSnapshot().context.deadline).toEqual({ at: 7 })
    await next(actor, { deadline: null })
    expect(actor.getSnapshot().context.deadline).toBeNull()
  })
})
