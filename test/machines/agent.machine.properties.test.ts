import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { initialTransition } from 'xstate'
import { agentMachine, type StepOutcome } from '../../machines/index.ts'
import {
  type AnyGraphEvent,
  done,
  end,
  enqueued,
  failed,
  input,
  prompt,
  rejected,
  request,
  response,
  started,
  to,
} from './outcomes.ts'
import { invokeOf, isReady, type Snapshot, stateOf, step } from './transitions.ts'

/** Something that happens to a run, wherever it is. */
type Happening =
  | AnyGraphEvent
  | { readonly type: 'settle'; readonly output: StepOutcome }
  | { readonly type: 'reject' }

describe('whatever happens', () => {
  const outcome = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(request, response, end).map((node) => to(node)) },
    fc.subarray(['a', 'b', 'c']).map((delivered) => to(response, { delivered })),
    fc.constant(to(end, { endsWithOpenCalls: true })),
    fc.boolean().map((isFinal) => failed(new Error('no'), { isFinal })),
  )
  const invoke = fc.constantFrom('prepare-prompt', 'request-model', 'call-tools')
  const happening: fc.Arbitrary<Happening> = fc.oneof(
    { weight: 4, arbitrary: fc.constant({ type: 'next' }) },
    {
      weight: 8,
      arbitrary: fc.record({ type: fc.constant('settle'), output: outcome }),
    },
    fc.record({
      type: fc.constant('next'),
      node: fc.constantFrom(prompt, request, response),
      limitsChanged: fc.boolean(),
    }),
    fc.constant({ type: 'cancel' }),
    fc.record({
      type: fc.constant('deadline-passed'),
      scope: fc.constantFrom('run', 'model-request', 'tool-phase'),
    }),
    fc.record({ type: fc.constant('next'), deadline: fc.constantFrom(null, { at: 1 }) }),
    fc
      .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('asap', 'when_idle'))
      .map(([id, priority]) => ({ type: 'enqueue' as const, entry: enqueued(id, priority) })),
    fc.record({ type: fc.constant('drive'), drive: fc.constantFrom('auto', 'step') }),
    fc.constant(started('a', 'b')),
    fc.tuple(invoke, outcome).map(([id, output]) => done(id, output)),
    fc.constant({ type: 'reject' }),
  )

  it('A1, A5, A6, A8, A9 and A10 hold after every event', () => {
    let ends = 0
    fc.assert(
      fc.property(fc.array(happening, { minLength: 20, maxLength: 60 }), (happenings) => {
        let [before]: [Snapshot, unknown] = initialTransition(agentMachine, input())
        for (const one of happenings) {
          const event = eventOf(one, before)
          const after = step(before, event)
          expect(broken(before, event, after)).toEqual([])
          before = after
          if (before.status !== 'active') break
        }
        if (before.status === 'done') ends += 1
      }),
      { numRuns: 300 },
    )
    expect(ends).toBeGreaterThan(30) // else little was tried
  })
})

/** What settles a slot settles the one that is at work; at rest it is nothing. */
function eventOf(happening: Happening, at: Snapshot): AnyGraphEvent {
  if (happening.type === 'settle') return done(invokeOf(at), happening.output)
  if (happening.type !== 'reject') return happening
  return isReady(at.value) ? { type: 'cancel' } : rejected(invokeOf(at), new Error('broken'))
}

/** The invariants that do not hold any more. */
function broken(before: Snapshot, event: AnyGraphEvent, after: Snapshot): string[] {
  const { context, value } = after
  const state = typeof value === 'string' ? value : Object.keys(value)[0]
  const { node, visit } = context
  const hasMoved = visit !== before.context.visit
  const drivesItself = context.drive === 'auto' && context.failure === null
  const isRepeated =
    before.context.failure?.isFinal === true &&
    event.type === 'next' &&
    event.node === undefined &&
    event.deadline === undefined &&
    event.limitsChanged !== true
  const claims = {
    A1: state === stateOf(node.kind) && node.runId === 'run' && node.visit === visit,
    A5: !(drivesItself && isReady(value)),
    A6: !isRepeated || after.context === before.context,
    A8: !hasMoved || visit === before.context.visit + 1,
    A9: !hasMoved || context.ledger.length === 0,
    A10: node.kind !== 'end' || context.pending.length === 0 || endsWithOpenCalls(event),
    'nothing that waits is lost': lost(before, event, after).length === 0,
    'nothing waits twice': new Set(idsOf(after)).size === context.pending.length,
    'a deadline changes only with `next`':
      event.type === 'next' || context.deadline === before.context.deadline,
  }
  return Object.entries(claims).flatMap(([name, holds]) => (holds ? [] : [name]))
}

function idsOf({ context }: Snapshot): readonly string[] {
  return context.pending.map(({ enqueueId }) => enqueueId)
}

/** What waited before and neither waits, nor was delivered, nor is what the run is about to send. */
function lost(before: Snapshot, event: AnyGraphEvent, after: Snapshot): readonly string[] {
  const { node } = after.context
  const sent = node.kind === 'model-request' ? node.enqueued?.enqueueId : undefined
  const kept = [...idsOf(after), ...deliveredBy(event), sent]
  return idsOf(before).filter((id) => !kept.includes(id))
}

function deliveredBy(event: AnyGraphEvent): readonly string[] {
  const outcome = 'output' in event ? event.output : undefined
  return outcome?.kind === 'advanced' ? (outcome.delivered ?? []) : []
}

function endsWithOpenCalls(event: AnyGraphEvent): boolean {
  const outcome = 'output' in event ? event.output : undefined
  return outcome?.kind === 'advanced' && outcome.endsWithOpenCalls === true
}
