/**
 * Where moments of a run stand on its time axis. Stretches in which nothing worked, a person thinking for instance, or waited for, are
 * shortened, so that the work stays legible.
 */
import type { Span } from '../protocol.ts'

/** A stretch of the axis: real time, and the part of the width it takes. */
interface Stretch {
  readonly startMs: number
  readonly endMs: number
  readonly from: number
  readonly to: number
  readonly isIdle: boolean
}

export interface TimeScale {
  /** From 0 to 1. */
  at(ms: number): number
  readonly idle: readonly Stretch[]
  /** Whole amounts of time since the start, to be written below the axis. */
  readonly ticks: readonly { readonly at: number; readonly ms: number }[]
  readonly busyMs: number
}

/** A pause is shortened when it takes more than this part of the time of work. */
const longPause = 0.12
/** And takes this part of the width then. */
const pauseWidth = 0.03

export function timeScale(spans: readonly Span[], nowMs: number): TimeScale {
  const ranges = spans.map(({ startMs, endMs, state }): readonly [number, number] => {
    const end = endMs ?? Math.max(nowMs, startMs)
    return [state === 'waiting' ? end : startMs, end]
  })
  const busy = merged(
    ranges.length > 0 ? [[spans[0]?.startMs ?? 0, spans[0]?.startMs ?? 0], ...ranges] : [],
  )
  const start = busy[0]?.[0] ?? nowMs
  const work = busy.reduce((sum, [from, to]) => sum + to - from, 0)
  const pauses = busy.slice(1).map(([from], at) => from - (busy[at]?.[1] ?? from))
  const isLong = (pause: number): boolean => pause > Math.max(1_000, work * longPause)
  const long = pauses.filter(isLong)
  const shown = work + pauses.reduce((sum, pause) => sum + (isLong(pause) ? 0 : pause), 0)
  const forPauses = Math.min(0.4, long.length * pauseWidth)
  const widthOf = (ms: number): number => (shown === 0 ? 0 : (ms / shown) * (1 - forPauses))
  const stretches: Stretch[] = []
  let from = 0
  const add = (startMs: number, endMs: number, width: number, isIdle: boolean): void => {
    stretches.push({ startMs, endMs, from, to: from + width, isIdle })
    from += width
  }
  for (const [at, [begin, end]] of busy.entries()) {
    const before = busy[at - 1]?.[1]
    if (before !== undefined) {
      const isIdle = isLong(begin - before)
      add(before, begin, isIdle ? forPauses / long.length : widthOf(begin - before), isIdle)
    }
    add(begin, end, widthOf(end - begin), false)
  }
  const at = (ms: number): number => placeOf(stretches, ms)
  const idle = stretches.filter(({ isIdle }) => isIdle)
  return { at, idle, busyMs: work, ticks: ticksOf(stretches, start, shown) }
}

function placeOf(stretches: readonly Stretch[], ms: number): number {
  const [first, last] = [stretches[0], stretches.at(-1)]
  if (first === undefined || last === undefined || ms <= first.startMs) return 0
  if (ms >= last.endMs) return last.to
  let [low, high] = [0, stretches.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stretches[middle]?.endMs ?? 0) < ms) low = middle + 1
    else high = middle
  }
  const { startMs, endMs, from, to } = stretches[low] ?? last
  return endMs === startMs ? from : from + ((ms - startMs) / (endMs - startMs)) * (to - from)
}

function merged(
  ranges: readonly (readonly [number, number])[],
): readonly (readonly [number, number])[] {
  const result: [number, number][] = []
  for (const [from, to] of ranges.toSorted(([one], [other]) => one - other)) {
    const last = result.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
    else result.push([from, to])
  }
  return result
}

const wholes = [1, 2, 5].flatMap((digit) =>
  [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000].map((power) => digit * power),
)

function ticksOf(
  stretches: readonly Stretch[],
  start: number,
  shownMs: number,
): TimeScale['ticks'] {
  const step = wholes.toSorted((one, other) => one - other).find((ms) => shownMs / ms <= 8)
  if (step === undefined || shownMs === 0) return []
  const ticks: { at: number; ms: number }[] = []
  for (const { startMs, endMs, isIdle } of stretches) {
    if (isIdle) continue
    for (let ms = Math.ceil((startMs - start) / step) * step; ms <= endMs - start; ms += step) {
      const at = placeOf(stretches, start + ms)
      if (at < 0.96 && at - (ticks.at(-1)?.at ?? -1) > 0.07) ticks.push({ at, ms })
    }
  }
  return ticks
}
