import { RunNotFoundError, UserError } from '../errors/index.ts'
import type { Store } from '../store/index.ts'
import type { PruneTask, RunsTask } from './runs-arguments.ts'
import type { RunsReport } from './runs-report.ts'
import { counted } from './usage-text.ts'
import { oneLine } from './visible.ts'

/** Forgets one run. @throws {UserError} when nobody says that this is meant */
export async function deletedReport(
  { runId, isSure }: Extract<RunsTask, { verb: 'delete' }>,
  store: Store,
): Promise<RunsReport> {
  const { status, title, messageCount } = await store.record(runId)
  if (!isSure) {
    const what = `'${runId}' (${status}, ${counted(messageCount, 'message')}`
    throw new UserError(
      `This forgets the run ${what}${title === null ? '' : `: ${oneLine(title, 50)}`})`,
      {
        hint: 'Add --yes to do so; `agentchart runs export` makes a copy',
      },
    )
  }
  if (!(await store.delete(runId))) throw new RunNotFoundError(runId)
  return { json: { runId, isDeleted: true }, text: `The run '${runId}' is deleted` }
}

/** Deletes many runs, or tells how many it would be. */
export async function prunedReport(task: PruneTask, store: Store): Promise<RunsReport> {
  const { statuses, before, isSure } = task
  const isBare = statuses === undefined && before === undefined
  const count = await store.prune({
    dryRun: !isSure,
    ...(isBare ? { status: 'done' } : {}),
    ...(statuses !== undefined && { status: statuses }),
    ...(before !== undefined && { updatedBefore: before }),
  })
  const runs = counted(count, 'run')
  const text = isSure ? `Deleted ${runs}` : `This deletes ${runs}; add --yes to do so`
  return { json: { count, isDeleted: isSure }, text }
}
