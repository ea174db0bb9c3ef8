import { StoreError } from '../errors/index.ts'
import type { Clock } from '../models/index.ts'
import { sleep } from './timers.ts'

const retryDelaysMs = [50, 100, 200, 400, 800]

/** A store that is away for a moment is asked again; the same save twice counts once. */
export async function persistently<TValue>(
  clock: Clock,
  work: () => Promise<TValue>,
): Promise<TValue> {
  for (const delayMs of retryDelaysMs) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof StoreError) || !error.isRetryable) throw error
      await sleep(clock, delayMs)
    }
  }
  return work()
}
