/**
 * The places in a machine of the gallery where somebody works: an agent as a rule, a function or a person's answer just
 * as well. A slot says what goes in and what comes out, and takes any actor logic that fits both:
 *
 *   machine.provide({ actors: { writer: writer.machine, critic: fromPromise(…) } })
 */
import { type EventObject, fromPromise, type Snapshot } from 'xstate'
import { SlotMissingError } from '../../src/errors/index.ts'

/**
 * Actor logic by what goes in and what comes out, whatever is between. XState's own `ActorLogic` also fixes the type of
 * the snapshot, which an agent and a promise do not share.
 */
export interface Slot<TInput, TOutput> {
  transition(snapshot: Snapshot<TOutput>, event: EventObject, scope: object): Snapshot<TOutput>
  getInitialSnapshot(scope: object, input: TInput): Snapshot<TOutput>
  getPersistedSnapshot(snapshot: Snapshot<TOutput>): Snapshot<unknown>
}

/** What an agent is asked. */
export interface Assignment {
  readonly prompt: string
}

/** What comes of it: the part of an agent's output that the machine reads. */
export interface Work<TOutput> {
  readonly output: TOutput
}

/** A slot that `agent.machine` fits when the agent's output does. */
export type AgentSlot<TOutput> = Slot<Assignment, Work<TOutput>>

/** A slot that nobody has filled: its work fails with a `SlotMissingError` that names it. */
export function slot<TOutput, TInput = Assignment>(name: string): Slot<TInput, Work<TOutput>>
/** The same for work that tells more than its output. */
export function slot<TOutput, TInput, TWork extends Work<TOutput>>(
  name: string,
): Slot<TInput, TWork>
export function slot(name: string): Slot<unknown, never> {
  return fromPromise<never, unknown>(() => Promise.reject(new SlotMissingError(name)))
}

/** What `onError` knows. */
export interface Fault {
  readonly error: unknown
}

/** Where failed work leads, with the very error. */
export const toFailed = {
  target: 'Failed',
  actions: { type: 'keepError', params: ({ event }: { readonly event: Fault }) => event },
} as const
