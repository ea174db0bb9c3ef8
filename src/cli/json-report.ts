import { plain } from './plain.ts'
import type { Report } from './report.ts'

/** One JSON object a line: nodes as they are, then a `result` or an `error`. */
export function jsonReport(write: (text: string) => void): Report {
  const line = (value: object): void => write(`${JSON.stringify(value, plain)}\n`)
  return {
    started() {},
    requested() {},
    node: line,
    ended: ({ output, usage, runId }) => line({ kind: 'result', output, usage, runId }),
    failed: (failure) => line({ kind: 'error', ...failure }),
  }
}
