/**
 * Lets so many work at once and keeps the others waiting in line.
 *
 * Owns the slots and the queue; is told who comes, who leaves and who has given up waiting.
 *
 *   C1. Whoever came first gets the next slot, also before someone who comes in the moment it becomes free.
 *   C2. A slot is given back once, however often its owner says so.
 *   C3. Whoever is aborted while waiting leaves the queue and takes no slot.
 */
import { ConcurrencyLimitError, UserError } from '../errors/index.ts'
import { checkOptionNames } from './option-names.ts'

/** How many may work, and how many may wait. */
export interface ConcurrencyLimits {
  readonly maxConcurrent: number
  /** Who comes when so many are waiting is refused. Default: no limit. */
  readonly maxQueued?: number
}

type Release = () => void

/** May be shared by any number of models. */
export class ConcurrencyLimiter {
  readonly maxConcurrent: number
  readonly maxQueued: number
  #active = 0
  readonly #queue = new Set<(release: Release) => void>()

  /** @throws {UserError} when a number makes no sense */
  constructor(limits: ConcurrencyLimits) {
    checkOptionNames(limits, { maxConcurrent: true, maxQueued: true }, 'a limit')
    const { maxConcurrent, maxQueued = Infinity } = limits
    this.maxConcurrent = checked('maxConcurrent', maxConcurrent, 1)
    this.maxQueued = checked('maxQueued', maxQueued, 0)
  }

  /** How many hold a slot. */
  get active(): number {
    return this.#active
  }

  /** How many wait for one. */
  get queued(): number {
    return this.#queue.size
  }

  /**
   * Waits for a slot.
   *
   * @param signal is asked for only if there is a wait
   * @returns gives the slot back; has to be called whatever happens
   * @throws {ConcurrencyLimitError} when the queue is full
   */
  async acquire(signal?: () => AbortSignal): Promise<() => void> {
    if (this.#active < this.maxConcurrent) return this.#slot()
    if (this.#queue.size >= this.maxQueued) {
      throw new ConcurrencyLimitError(this.maxConcurrent, this.maxQueued)
    }
    return this.#wait(signal?.())
  }

  #wait(signal: AbortSignal | undefined): Promise<Release> {
    signal?.throwIfAborted()
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#queue.delete(grant) // C3
        reject(signal?.reason as Error)
      }
      const grant = (release: Release): void => {
        signal?.removeEventListener('abort', leave)
        resolve(release)
      }
      this.#queue.add(grant)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  #slot(): Release {
    this.#active += 1
    let isHeld = true
    return () => {
      if (isHeld) this.#free()
      isHeld = false // C2
    }
  }

  #free(): void {
    this.#active -= 1
    const [first] = this.#queue
    if (first === undefined) return
    this.#queue.delete(first)
    first(this.#slot()) // C1
  }
}

function checked(name: keyof ConcurrencyLimits, value: number, least: number): number {
  if (value >= least && (value === Infinity || Number.isInteger(value))) return value
  throw new UserError(`\`${name}\` cannot be ${value}`, {
    hint: `Give a whole number of at least ${least}`,
  })
}
