import { visible } from './visible.ts'

/** What is said when something was done with stored runs. */
export interface RunsReport {
  /** For a person; `undefined` when all was said on the way. */
  readonly text: string | undefined
  /** For a machine; without it, all was said on the way. */
  readonly json?: unknown
  /** The exit code. Default 0. */
  readonly code?: number
}

/** Lines of columns, each as wide as its widest cell; the last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const shown = rows.map((row) => row.map(visible))
  const width = (column: number): number =>
    Math.max(...shown.map((row) => row[column]?.length ?? 0))
  const widths = Array.from({ length: shown[0]?.length ?? 0 }, (_, column) => width(column))
  return shown
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}

/** A time in ISO 8601, or in milliseconds since the epoch, for a person to read. */
export function timeText(time: string | number): string {
  const iso = typeof time === 'string' ? time : new Date(time).toISOString()
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`
}

/** A word as the shell takes it back. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
