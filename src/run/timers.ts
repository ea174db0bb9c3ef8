import type { Clock } from '../models/index.ts'

export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, ms))
}

export function stopTimer(clock: Clock, id: unknown): void {
  if (id !== undefined) clock.clearTimeout(id)
}

/** A timer that keeps no process alive. */
export function quietTimer(clock: Clock, callback: () => void, ms: number): unknown {
  const timer = clock.setTimeout(callback, ms)
  unref(timer)
  return timer
}

/** The timer keeps no process alive. */
function unref(timer: unknown): void {
  if (typeof timer !== 'object' || timer === null || !('unref' in timer)) return
  const { unref: release } = timer
  if (typeof release === 'function') Reflect.apply(release, timer, [])
}
