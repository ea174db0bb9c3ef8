import { writeFile } from 'node:fs/promises'
import { RunNotFoundError, UserError } from '../errors/index.ts'
import type { Store } from '../store/index.ts'
import { failureFacts } from './failure.ts'
import { plain } from './plain.ts'
import type { RunsCommand } from './runs-arguments.ts'
import { deletedReport, prunedReport } from './runs-deletion.ts'
import { deliveredReport } from './runs-delivery.ts'
import { listReport } from './runs-list.ts'
import { showReport } from './runs-show.ts'
import { historyReport } from './runs-history.ts'
import type { RunsReport } from './runs-report.ts'
import { openStore } from './store-option.ts'
import { UsageError } from './usage-error.ts'

/** Does what is to be done with stored runs. Gives the exit code. */
export async function manageRuns(command: RunsCommand): Promise<number> {
  const { stdout } = process
  try {
    const { code = 0, ...report } = await reportOf(command)
    if (command.json && 'json' in report) stdout.write(`${JSON.stringify(report.json, plain, 2)}\n`)
    else if (report.text !== undefined) stdout.write(`${report.text}\n`)
    return code
  } catch (error) {
    if (!command.json || error instanceof UsageError) throw error
    stdout.write(`${JSON.stringify({ kind: 'error', ...failureFacts(error, undefined) })}\n`)
    return 1
  }
}

/** Does it, and tells what is to be said of it. @throws what goes wrong */
export async function reportOf(command: RunsCommand): Promise<RunsReport> {
  const store = await openStore(command, false)
  try {
    return await reportOn(command, store)
  } catch (error) {
    throw error instanceof RunNotFoundError ? await withSimilar(error, store) : error
  } finally {
    await store.close()
  }
}

async function reportOn(command: RunsCommand, store: Store): Promise<RunsReport> {
  switch (command.verb) {
    case 'list':
      return listReport(await store.list(command.query))
    case 'show':
      return showReport(command.runId, store)
    case 'history':
      return historyReport(await store.history(command.runId))
    case 'export':
      return exportReport(command, store)
    case 'requeue': {
      const record = await store.requeue(command.runId)
      return { json: record, text: `The run '${command.runId}' is ${record.status}` }
    }
    case 'deliver':
      return deliveredReport(command, store)
    case 'delete':
      return deletedReport(command, store)
    case 'prune':
      return prunedReport(command, store)
    case 'resume':
    case 'fork':
    case 'replay': {
      const { driveReport } = await import('./runs-drive.ts')
      return driveReport(command, store)
    }
  }
}

async function exportReport(
  { runId, html }: Extract<RunsCommand, { readonly verb: 'export' }>,
  store: Store,
): Promise<RunsReport> {
  if (html === undefined) {
    const document = await store.export(runId)
    return { json: document, text: JSON.stringify(document, plain, 2) }
  }
  const { exportHtml } = await import('../ui/index.ts')
  await writeFile(html, await exportHtml({ store, runId }))
  return { json: { runId, file: html }, text: `The run '${runId}' is in ${html}` }
}

/** The error with ids of runs that may be meant. */
async function withSimilar(error: RunNotFoundError, store: Store): Promise<Error> {
  const { runId } = error
  const isSearched = runId !== '' && runId.length <= 300 // else all runs are found, or it is refused
  const { runs } = isSearched ? await store.list({ search: runId, limit: 5 }) : { runs: [] }
  const ids = runs.map((run) => run.runId).filter((id) => id !== runId)
  const hint =
    ids.length === 0
      ? '`agentchart runs list` tells which there are'
      : `Did you mean ${ids.map((id) => `'${id}'`).join(' or ')}?`
  return new UserError(error.message, { hint, cause: error })
}
