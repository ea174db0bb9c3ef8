/**
 * Work that goes on at the provider while nobody waits for it.
 *
 * Owns what it takes to give jobs up: a listener for each that is pending.
 *
 *   B1. A job is cancelled once, and only while it is pending.
 *   B2. That cancelling failed is told to nobody: whoever gives a job up has a reason already.
 */
import type { ModelMessage } from '../../messages/index.ts'
import { rawNumber } from '../raw.ts'

/** A job that a history ends with. */
export interface PendingJob {
  readonly responseId: string
  /** As the provider named the model. */
  readonly modelName: string | null
  /** Of the last event that was read of its stream; `undefined` when it was not streamed. */
  readonly sequenceNumber: number | undefined
}

/** The job that the last message waits for, if it is one of this provider's. */
export function pendingJob(
  messages: readonly ModelMessage[],
  system: string,
): PendingJob | undefined {
  const last = messages.at(-1)
  if (last?.kind !== 'response' || last.state !== 'suspended') return undefined
  const { providerResponseId: responseId, providerName, providerDetails, modelName } = last
  if (!responseId || providerName !== system) return undefined
  const sequenceNumber = rawNumber(providerDetails?.['last_sequence_number'])
  return { responseId, modelName, sequenceNumber }
}

export class BackgroundJobs {
  readonly #cancel: (responseId: string) => Promise<unknown>
  /** What stops listening, by job. */
  readonly #pending = new Map<string, () => void>()
  readonly #given = new Set<string>()

  constructor(cancel: (responseId: string) => Promise<unknown>) {
    this.#cancel = cancel
  }

  /** The job is given up when the signal says so. */
  watch(responseId: string, signal: AbortSignal): void {
    this.#forget(responseId)
    const giveUp = (): void => void this.giveUp(responseId)
    this.#pending.set(responseId, () => signal.removeEventListener('abort', giveUp))
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  }

  /** The job is over. */
  settle(responseId: string): void {
    this.#forget(responseId)
    this.#given.delete(responseId)
  }

  async giveUp(responseId: string): Promise<void> {
    this.#forget(responseId)
    if (this.#given.has(responseId)) return // B1
    this.#given.add(responseId)
    await this.#cancel(responseId).catch(() => {}) // B2
  }

  #forget(responseId: string): void {
    this.#pending.get(responseId)?.()
    this.#pending.delete(responseId)
  }
}
