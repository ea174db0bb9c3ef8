import fc from 'fast-check'
import type { StepOutcome } from '../../machines/index.ts'
import {
  type AnyGraphEvent,
  asked,
  done,
  end,
  enqueued,
  failed,
  moved,
  prompt,
  rejected,
  request,
  response,
  saved,
  started,
  to,
} from './outcomes.ts'
import { invokeOf, isAtRest, type Snapshot } from './transitions.ts'

/** Something that happens to a run, wherever it is. */
export type Happening =
  | AnyGraphEvent
  | { readonly type: 'settle'; readonly output: StepOutcome }
  | { readonly type: 'reject' }

const outcome = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(request, response, end).map((node) => to(node)) },
  fc.subarray(['a', 'b', 'c']).map((delivered) => to(response, { delivered })),
  fc.constant(to(end, { endsWithOpenCalls: true })),
  fc.boolean().map((isFinal) => failed(new Error('no'), { isFinal })),
)
const invoke = fc.constantFrom('prepare-prompt', 'request-model', 'call-tools')
const index = fc.constantFrom(0, 1, 2)
export const happenings: fc.Arbitrary<Happening> = fc.oneof(
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
    scope: fc.constantFrom('run', 'model-request', 'tool-phase', 'wait'),
    index,
  }),
  fc.record({ type: fc.constant('next'), deadline: fc.constantFrom(null, { at: 1 }) }),
  fc
    .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('asap', 'when_idle'))
    .map(([id, priority]) => ({ type: 'enqueue' as const, entry: enqueued(id, priority) })),
  fc.record({ type: fc.constant('drive'), drive: fc.constantFrom('auto', 'step') }),
  fc.constantFrom(started('a', 'b'), asked('approval', ['a', 'b']), asked('answer', ['a', 'b'])),
  fc
    .tuple(
      index,
      fc.constantFrom('call-started', 'call-returned', 'call-skipped', 'call-answer-asked'),
    )
    .map(([at, type]) => moved({ index: at, type })),
  fc.record({
    type: fc.constantFrom('tool-call-approved', 'tool-call-denied'),
    toolCallId: fc.constantFrom('a', 'b', 'c'),
  }),
  fc.record({
    type: fc.constant('tool-call-answered'),
    toolCallId: fc.constantFrom('a', 'b', 'c'),
    result: fc.integer(),
  }),
  fc.constantFrom({ type: 'run-resumed' as const }, { type: 'deps' as const, deps: {} }),
  fc.tuple(invoke, outcome).map(([id, output]) => done(id, output)),
  fc.constant({ type: 'reject' }),
)

/** What settles a slot settles the one that is at work; at rest it is nothing. */
export function eventOf(one: Happening, at: Snapshot): AnyGraphEvent {
  const slot = invokeOf(at)
  if (one.type === 'settle') return slot === 'save-step' ? saved : done(slot, one.output)
  if (one.type !== 'reject') return one
  return isAtRest(at.value) ? { type: 'cancel' } : rejected(slot, new Error('broken'))
}
