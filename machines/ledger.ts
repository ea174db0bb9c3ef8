import type { RequestPart, UserContent } from '../src/messages/index.ts'
import type { AwaitedCall } from './awaited-call.ts'
import {
  isSettled,
  moveToolCall,
  type ToolCallEventType,
  type ToolCallState,
} from './tool-call.machine.ts'

/** What a call turned out to be when it was looked up. */
export type CallKind = 'function' | 'output' | 'external' | 'unapproved' | 'unknown'

/** How a call ended, as far as the run needs to know again after a pause. Plain data. */
export interface CallResult {
  /** The part that answers the call; absent for a call whose answer is still to come. */
  readonly part?: RequestPart
  /** What else the model is to read, as a user prompt behind the results. */
  readonly content?: string | readonly UserContent[]
  /** The value that an output tool made, in a list of one: the value may be anything. */
  readonly output?: readonly [unknown]
  /** For a call that is put off: who answers it. */
  readonly awaits?: 'approval' | 'answer'
  /** What was attached when the call was put off. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** A call as the response has it. */
export interface CallFacts {
  readonly toolCallId: string
  readonly toolName: string
  readonly kind: CallKind
  /** The call may run again after a crash; absent: it may not, and the model is told that nobody knows. */
  readonly onCrash?: 'rerun'
}

/** What a call waits for, while it does and afterwards. */
export interface CallWait {
  readonly awaits: 'approval' | 'answer'
  /** What the tool attached when it asked. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** When nobody is waited for any longer, in milliseconds since the epoch; absent: never. */
  readonly deadline?: number
}

/** What was said about a call that waited, and by whom. */
export type Verdict = (
  | { readonly kind: 'approved'; readonly overrideArgs?: Readonly<Record<string, unknown>> }
  | { readonly kind: 'denied'; readonly message?: string }
  | { readonly kind: 'answered'; readonly result: unknown }
  | { readonly kind: 'expired' }
) & {
  readonly by?: string
  /** ISO 8601. */
  readonly at?: string
}

/** A run below a call, put away. */
export interface NestedRun {
  /** In the format of snapshots, messages included. */
  readonly snapshot: unknown
  /** What the run below waits for. */
  readonly awaits: readonly AwaitedCall[]
  /** Whether it does nothing but wait. */
  readonly isWaiting: boolean
  /** Verdicts for it that it has not taken yet. */
  readonly verdicts: readonly NestedVerdict[]
}

/** A verdict for a run below, with its address there. */
export interface NestedVerdict {
  readonly path: readonly string[]
  /** `null`: the index says it. */
  readonly toolCallId: string | null
  readonly index?: number
  readonly verdict: Verdict
}

/** One tool call of the response that is being handled. Two calls with one id are two entries. */
export interface LedgerEntry extends CallFacts {
  /** Position among the calls of the response, from 0; the entry's own place in the ledger. */
  readonly index: number
  readonly state: ToolCallState
  /** How often the call was started before; 0 until its first start has failed. */
  readonly attempt: number
  readonly result?: CallResult
  readonly wait?: CallWait
  readonly verdict?: Verdict
  readonly nested?: NestedRun
}

/** Something that happened to one call. */
export interface CallMove {
  readonly index: number
  readonly type: ToolCallEventType
  readonly result?: CallResult
  /** For a call that is asked about. */
  readonly wait?: CallWait
}

/** A ledger with all calls of a response, none of them looked at yet. */
export function openLedger(calls: readonly CallFacts[]): readonly LedgerEntry[] {
  return calls.map((call, index) => ({ ...call, index, state: 'requested', attempt: 0 }))
}

/** Moves entries through the chart of a call; what the chart does not allow changes nothing. */
export function moveLedger(
  ledger: readonly LedgerEntry[],
  moves: readonly CallMove[],
): readonly LedgerEntry[] {
  if (moves.length === 0) return ledger
  const moved = [...ledger]
  for (const move of moves) {
    const entry = moved[move.index]
    if (entry !== undefined) moved[move.index] = moveEntry(entry, move)
  }
  return moved
}

function moveEntry(entry: LedgerEntry, { type, result, wait }: CallMove): LedgerEntry {
  const state = moveToolCall(entry.state, type)
  if (state === entry.state) return entry
  const attempt =
    entry.state === 'interrupted' && state === 'executing' ? entry.attempt + 1 : entry.attempt
  const kept = isSettled(state) ? withoutNested(entry) : entry
  const moved = { ...kept, state, attempt, ...(result && isSettled(state) && { result }) }
  return isAwaiting(moved) ? askedAgain(moved, wait) : moved
}

/** A call that is over has nothing below it. */
export function withoutNested({ nested: _, ...entry }: LedgerEntry): LedgerEntry {
  return entry
}

/** What was said before was about something else. */
function askedAgain({ verdict: _, ...entry }: LedgerEntry, wait?: CallWait): LedgerEntry {
  return wait === undefined ? entry : { ...entry, wait }
}

/**
 * What a call is called in the path to the run below it: its id, and its place with it when other calls of the response
 * have that id, too.
 *
 * @param calls all calls of the response
 */
export function nameInPath(
  calls: readonly Pick<CallFacts, 'toolCallId'>[],
  index: number,
): string | undefined {
  const id = calls[index]?.toolCallId
  const isShared = calls.some(({ toolCallId }, i) => i !== index && toolCallId === id)
  return isShared ? `${id}#${index}` : id
}

/** Whether a call waits for somebody outside. */
export function isAwaiting({ state }: LedgerEntry): boolean {
  return state === 'awaitingApproval' || state === 'awaitingAnswer'
}
