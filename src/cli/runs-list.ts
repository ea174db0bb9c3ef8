import type { RunList } from '../store/index.ts'
import { type RunsReport, shellWord, table, timeText } from './runs-report.ts'
import { oneLine } from './visible.ts'

const headings = ['RUN', 'STATUS', 'AGENT', 'REQUESTS', 'UPDATED', 'TITLE']

/** A page of runs, one a line. */
export function listReport(list: RunList): RunsReport {
  const { runs, cursor } = list
  if (runs.length === 0) return { json: list, text: 'There are no such runs' }
  const rows = runs.map((run) => [
    run.runId,
    run.status,
    oneLine(run.agentName ?? '', 30),
    String(run.step),
    timeText(run.updatedAt),
    oneLine(run.title ?? '', 50),
  ])
  const more = cursor === null ? '' : `\nThere are more: --cursor ${shellWord(cursor)}`
  return { json: list, text: `${table([headings, ...rows])}${more}` }
}
