import type { DeferredToolRequests, DeferredToolResults } from '../../messages/index.ts'
import type { FailureFacts } from '../failure.ts'
import type { Line, Piece } from './piece.ts'

/** What came of asking for input: a text, Ctrl-C, or nothing any more. */
export type Reading =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'ended' }

/** Where the chat takes place: a terminal with a person before it, or a pipe. */
export interface Desk {
  /** Whether somebody is there who can answer, and try again. */
  readonly isAttended: boolean
  /** What is said next. */
  read(): Promise<Reading>
  /** Prints more of a turn. `live` takes the place of the lines that it was before. */
  show(pieces: readonly Piece[], live?: readonly Line[]): void
  /** The turn is over; what comes next begins on a line of its own. */
  endTurn(): void
  /** The answer to a command. */
  say(text: string): void
  /** A remark for whoever is there. */
  remark(text: string): void
  fail(failure: FailureFacts): void
  /** What is to become of calls that wait; `undefined` when the question was interrupted. */
  decide(requests: DeferredToolRequests): Promise<DeferredToolResults | undefined>
  /** Another conversation begins: what was allowed for good in the last one is asked again. */
  forget(): void
}
