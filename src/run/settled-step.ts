import type { AgentContext } from '../../machines/index.ts'
import { toolCallsOf } from '../messages/index.ts'
import type { SettledStep } from './keeper.ts'

/**
 * What a step came to that is about to be saved.
 *
 * @param isSeen somebody is told of what happens in the run
 */
export function settledStep(
  { unsaved, drive, cancelRequest }: AgentContext,
  isSeen: boolean,
): SettledStep {
  if (unsaved?.kind !== 'advanced') return { isDone: false, goesOn: false, leadsToCalls: false }
  const { node } = unsaved
  const hasCalls = node.kind === 'call-tools' && toolCallsOf(node.response).length > 0
  const goesOn = drive === 'auto' && cancelRequest === null
  return { isDone: true, goesOn, leadsToCalls: hasCalls && !isSeen }
}
