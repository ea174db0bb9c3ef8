import type { AgentRun } from '../run/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'
import { stepOrLetGo } from '../worker/index.ts'
import type { Report } from './report.ts'

/**
 * Runs what is left of a run and reports each node.
 *
 * @returns what is waited for, when nobody here can say it; `undefined` at the end
 */
export async function drive(
  run: AgentRun,
  report: Report,
): Promise<readonly AwaitedCall[] | undefined> {
  const startedAt = performance.now()
  report.node(run.nextNode)
  while (run.nextNode.kind !== 'end') {
    const waitingFor = await stepOrLetGo(run)
    if (waitingFor !== undefined) return waitingFor
    report.node(run.nextNode)
  }
  if (run.result !== null) report.ended(run.result, performance.now() - startedAt)
  return undefined
}
