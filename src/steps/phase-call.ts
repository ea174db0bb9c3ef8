import type {
  CallKind,
  CallResult,
  CallWait,
  NestedRun,
  ToolCallEventType,
  Verdict,
} from '../../machines/index.ts'
import type { RetryPromptPart, ToolCallPart, ToolReturnPart } from '../messages/index.ts'
import type { GivenResult } from './deferred-results.ts'
import type { OfferedTool } from './step-tools.ts'

/** One call of the response in the tool phase, with what is known of it so far. */
export interface PhaseCall {
  readonly index: number
  readonly part: ToolCallPart
  readonly kind: CallKind
  /** `undefined` for a name that stands for no tool. */
  readonly offered: OfferedTool | undefined
  given: GivenResult | undefined
  /** What it waits for, or waited; `undefined` for a call that nobody was asked about. */
  wait: CallWait | undefined
  verdict: Verdict | undefined
  /** What a run below it has come to in an earlier try. */
  readonly nested: NestedRun | undefined
  /** Who is to be asked, once that is known. */
  awaits?: CallWait['awaits']
  /** How often it was started before this phase. */
  readonly attempt: number
  arguments?: CheckedArguments
  settled?: Settled
  /** Whether it runs, and takes a place among those that may run at once. */
  place?: 'running' | 'resting' | undefined
  /** Whether its parts are among those of the answer. */
  isAdded?: boolean
}

/** Arguments that fit, or what the model is told about them. */
export type CheckedArguments =
  | { readonly ok: true; readonly input: unknown }
  | { readonly ok: false; readonly content: RetryPromptPart['content'] }

/** How a call ended. */
export interface Settled extends CallResult {
  readonly type: Exclude<ToolCallEventType, 'call-validated' | 'call-started' | 'call-interrupted'>
  readonly part?: ToolReturnPart | RetryPromptPart
  /** A tool has run and returned. */
  readonly isCounted?: boolean
}

/** Status texts that the model reads as the result of a call. */
export const statusText = {
  final: 'Final result processed.',
  revoked: 'Output not used as the final result - addressing tool retries from this round first.',
  outputNotUsed: 'Output tool not used - a final result was already processed.',
  outputNotFirst:
    'Output tool processed, but its value will not be the final result of the agent run.',
  outputFailedExecution: 'Output tool not used - output function execution failed.',
  outputFailedValidation: 'Output tool not used - output failed validation.',
  notExecuted: 'Tool not executed - a final result was already processed.',
} as const
