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
  yieldTimer(timer)
  return timer
}

/** The timer keeps no process alive. */
export function yieldTimer(timer: unknown): void {
  if (isHostTimer(timer)) timer.unref()
}

/** The timer keeps the process alive again. */
export function holdTimer(timer: unknown): void {
  if (isHostTimer(timer)) timer.ref()
}

/** Whether it is an object of a host such as Node; others have numbers. */
function isHostTimer(timer: unknown): timer is { ref(): unknown; unref(): unknown } {
  if (typeof timer !== 'object' || timer === null || !('ref' in timer && 'unref' in timer))
    return false
  return typeof timer.ref === 'function' && typeof timer.unref === 'function'
}
