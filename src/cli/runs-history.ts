import type { HistoryEntry } from '../store/index.ts'
import { type RunsReport, table, timeText } from './runs-report.ts'

const headings = ['SEQ', 'STATE', 'REQUESTS', 'MESSAGES', 'SAVED']

/** The steps of a run, one a line. */
export function historyReport(steps: readonly HistoryEntry[]): RunsReport {
  return { json: steps, text: historyText(steps) }
}

export function historyText(steps: readonly HistoryEntry[]): string {
  const rows = steps.map(({ seq, state, step, messageCount, at }) => [
    String(seq),
    state,
    String(step),
    String(messageCount),
    timeText(at),
  ])
  return table([headings, ...rows])
}
