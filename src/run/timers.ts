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
  call(timer, 'unref')
}

/** The timer keeps the process alive again. */
export function holdTimer(timer: unknown): void {
  call(timer, 'ref')
}

/** Timers of some hosts, such as Node, are objects; others are numbers. */
function call(timer: unknown, name: 'ref' | 'unref'): void {
  if (typeof timer !== 'object' || timer === null) return
  const method: unknown = Reflect.get(timer, name)
  if (typeof method === 'function') Reflect.apply(method, timer, [])
}
