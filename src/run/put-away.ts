import {
  advance,
  type AgentContext,
  type GraphEvent,
  keepFailure,
  moveCalls,
  nextDeadline,
  onlyWaits,
} from '../../machines/index.ts'
import { RunCancelledError } from '../errors/index.ts'
import type { MessageLog } from '../messages/index.ts'
import {
  errorFacts,
  plainCalls,
  type RunState,
  type RunTerms,
  type SavedRun,
  SnapshotTexts,
} from '../snapshot/index.ts'
import { isLetGo } from '../steps/index.ts'
import type { RunStatus } from '../store/index.ts'
import { awaitedIn } from './awaited.ts'
import type { HostedSnapshot } from './hosted-actor.ts'
import type { SaveDraft } from './run-keeper.ts'

/** A run at a moment. */
export interface RunMoment {
  /** Of its actor. */
  readonly snapshot: HostedSnapshot
  readonly log: MessageLog
  readonly terms: RunTerms
  /** Why the step under way is to stop, if it is. */
  readonly stop: Error | undefined
}

/**
 * A run as it would be found if it were put away now. A step that is done and not saved yet counts as done; of one that
 * is under way, what has happened to calls.
 *
 * @param events what the chart is to be told of, once it is saved
 */
export function putAway(moment: RunMoment, events: readonly GraphEvent[] = []): SavedRun {
  const { snapshot, log, terms } = moment
  const state = nameOf(snapshot.value)
  const context = events.reduce(moveCalls, withCancel(moment))
  const { unsaved } = context
  if (unsaved === null) return { state, context, log, terms }
  if (unsaved.kind === 'failed') {
    const failed = { ...context, ...keepFailure(context, {}) }
    return { state, context: withoutLetGo(failed), log, terms }
  }
  const after = advance(context, {})
  return { state: states[after.node.kind], context: after, log: unsaved.messages, terms }
}

/** A cancel that has not come to its end is asked for again by whoever goes on. */
function withCancel({ snapshot, stop }: RunMoment): AgentContext {
  const context = atFailure(snapshot)
  const isStopping = stop instanceof RunCancelledError && context.unsaved === null
  const asked = isStopping
    ? stop
    : context.cancelRequest && new RunCancelledError(context.cancelRequest.reason)
  const cancelRequest = asked === null || isLetGo(asked) ? null : { reason: asked.reason }
  return withoutLetGo(
    cancelRequest === context.cancelRequest ? context : { ...context, cancelRequest },
  )
}

/** An actor that has ended with an error is a run that rests at its failure. */
function atFailure({ context, status, error }: HostedSnapshot): AgentContext {
  if (status !== 'error' || context.failure !== null) return context
  return { ...context, failure: { error, isFinal: false } }
}

/** Of a step that was let go of, what it has come to is kept, and nothing of its end. */
function withoutLetGo(context: AgentContext): AgentContext {
  return isLetGo(context.failure?.error) ? { ...context, failure: null, tail: [] } : context
}

/** What a store is given of a run, again and again. */
export function draftsWith(
  retryAt: (error: unknown) => number | null = () => null,
): (run: SavedRun) => SaveDraft {
  let prompt: AgentContext['prompt'] = null
  let title: string | null = null
  const texts = new SnapshotTexts()
  return (run) => {
    const { prompt: asked } = run.context
    if (asked !== prompt) [prompt, title] = [asked, titleOf(asked)]
    const snapshot = texts.of(run)
    return draftOf(run, { snapshot, title, wakeAt: wakeAt(run.context, retryAt) })
  }
}

function draftOf(
  run: SavedRun,
  known: Pick<SaveDraft, 'snapshot' | 'title' | 'wakeAt'>,
): SaveDraft {
  const { state, context, log, terms } = run
  const { failure } = context
  const error = failure === null ? null : errorFacts(failure.error)
  return {
    ...known,
    log,
    state,
    status: statusOf(run),
    step: context.step,
    awaits: plainCalls(awaitedIn(context, terms.agent)),
    error: error && { name: error.name, message: error.message },
    conversationId: context.conversationId,
    agentName: terms.agent,
    visit: context.visit,
  }
}

function statusOf({ state, context }: SavedRun): Exclude<RunStatus, 'stuck' | 'paused'> {
  const { failure } = context
  if (state === 'End') return 'done'
  if (failure?.error instanceof RunCancelledError) return 'cancelled'
  if (failure !== null) return 'failed'
  return onlyWaits(context) ? 'waiting' : 'active'
}

function wakeAt(context: AgentContext, retryAt: (error: unknown) => number | null): number | null {
  const { failure } = context
  if (failure === null) return onlyWaits(context) ? nextDeadline(context) : null
  return failure.isFinal ? null : retryAt(failure.error)
}

/** The beginning of what a run was asked, in one line. */
function titleOf(prompt: AgentContext['prompt']): string | null {
  const text =
    typeof prompt === 'string' ? prompt : prompt?.find((item) => typeof item === 'string')
  const line = text?.slice(0, 1_000).replaceAll(/\s+/g, ' ').trim().slice(0, 100).toWellFormed()
  return line === undefined || line === '' ? null : line
}

const states = {
  'user-prompt': 'UserPrompt',
  'model-request': 'ModelRequest',
  'call-tools': 'CallTools',
  end: 'End',
} as const

const names: ReadonlyMap<unknown, RunState> = new Map(
  Object.values(states).map((name) => [name, name]),
)

function firstKey(value: object): string | undefined {
  for (const key in value) return key
  return undefined
}

/** The name of a state at the top, of a value as XState has it. */
function nameOf(value: unknown): RunState {
  const name = typeof value === 'object' && value !== null ? firstKey(value) : value
  const known = names.get(name)
  if (known === undefined) throw new Error(`The chart has no state '${String(name)}'`)
  return known
}
