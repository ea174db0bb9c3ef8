import type { Span } from '../protocol.ts'
import type { TimeScale } from './time-scale.ts'

/** A span as it is drawn. */
export interface Bar {
  readonly span: Span
  readonly x: number
  readonly width: number
  readonly row: number
}

/** Rows for tools; of more at once, some cover others. */
const toolRows = 4
/** The first one is for models. */
export const rowCount = 1 + toolRows
const leastWidth = 2

/** Models in the first row, tools below them, so that none covers another; in the order of their beginning. */
export function barsOf(
  spans: readonly Span[],
  scale: TimeScale,
  nowMs: number,
  width: number,
): readonly Bar[] {
  const ends: number[] = []
  return spans
    .toSorted((one, other) => one.startMs - other.startMs)
    .map((span) => {
      const x = scale.at(span.startMs) * width
      const end = scale.at(span.endMs ?? Math.max(nowMs, span.startMs)) * width
      const row = span.kind === 'model' ? 0 : rowFor(span, ends)
      return { span, x, width: Math.max(leastWidth, end - x - 1), row }
    })
}

function rowFor({ startMs, endMs }: Span, ends: number[]): number {
  const free = ends.findIndex((end) => end <= startMs)
  const row = free === -1 ? Math.min(ends.length, toolRows - 1) : free
  ends[row] = Math.max(ends[row] ?? 0, endMs ?? Infinity)
  return row + 1
}

/** All of them as one shape of SVG. */
export function barPath(bars: readonly Bar[], rowHeight: number): string {
  const tall = rowHeight - 4
  return bars
    .map(({ x, width, row }) => {
      const corner = Math.min(3, width / 2)
      const [flat, side] = [width - 2 * corner, tall - 2 * corner]
      const turn = (dx: number, dy: number): string => `a${corner} ${corner} 0 0 1 ${dx} ${dy}`
      return [
        `M${round(x + corner)} ${row * rowHeight + 2}h${round(flat)}`,
        `${turn(corner, corner)}v${side}${turn(-corner, corner)}h${round(-flat)}`,
        `${turn(-corner, -corner)}v${-side}${turn(corner, -corner)}z`,
      ].join('')
    })
    .join('')
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
