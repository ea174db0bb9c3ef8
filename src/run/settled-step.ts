import type { AgentContext } from '../../machines/index.ts'
import { toolCallsOf } from '../messages/index.ts'
import type { SettledStep } from './keeper.ts'

/** A run, and who is told of what happens in it. */
interface SeenRun {
  readonly state: AgentContext
  readonly isWatched: boolean
  readonly isSubscribed: boolean
  readonly isStreamed: boolean
}

/** What a step came to that is about to be saved. */
export function settledStep(run: SeenRun): SettledStep {
  const { unsaved, drive, cancelRequest } = run.state
  if (unsaved?.kind !== 'advanced') return { isDone: false, goesOn: false, leadsToCalls: false }
  const { node } = unsaved
  const hasCalls = node.kind === 'call-tools' && toolCallsOf(node.response).length > 0
  const isSeen = run.isWatched || run.isSubscribed || run.isStreamed
  const goesOn = drive === 'auto' && cancelRequest === null
  return { isDone: true, goesOn, leadsToCalls: hasCalls && !isSeen }
}
