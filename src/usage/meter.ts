/**
 * A meter counts what a run used and holds it to its limits.
 *
 * Owns the usage and limits of one run. Is told of requests and tool calls before they happen and of how they went.
 *
 *   M1. What is counted here is counted at every meter above, at the same moment and exactly once.
 *   M2. A reservation is either granted at every level or at none.
 *   M3. At every level, counted plus reserved never goes beyond the limit of requests or of tool calls.
 *   M4. A reservation ends once, by the first call that ends it; later calls do nothing.
 */
import {
  checkAfterResponse,
  checkBeforeRequest,
  checkBeforeTools,
  type ResolvedLimits,
  resolveLimits,
  type UsageLimits,
} from './limits.ts'
import { addUsage, type RequestUsage, RunUsage, type RunUsageInput } from './usage.ts'

/** Where a meter starts, and what holds it. */
export interface UsageMeterOptions {
  /** Where to start from. It counts here only: a parent is taken to know of it already. Default: nothing used. */
  readonly usage?: RunUsageInput | undefined
  readonly limits?: UsageLimits | undefined
  /** The meter that counts this one's use as well, and whose limits hold here too. */
  readonly parent?: UsageMeter | undefined
}

/** Leave to send one request. */
export interface RequestReservation {
  /** The request was answered: counts it and what it used. */
  settle(usage: RequestUsage): void
  /** The request failed: it does not count. */
  release(): void
}

/** Leave to run a number of tool calls. */
export interface ToolCallsReservation {
  /** So many calls (default 1) returned normally: counts them. More than were reserved are not counted. */
  done(count?: number): void
  /** Gives back what is left; calls that are done later are not counted. */
  release(): void
}

/** Counts and limits use, shared explicitly: give one meter, or a child of it, to everything it should cover. */
export class UsageMeter {
  /** This one, then its parents. */
  readonly #chain: readonly UsageMeter[]
  #usage: RunUsage
  #limits: ResolvedLimits
  #reservedRequests = 0
  #reservedToolCalls = 0

  /** @throws {UserError} when usage or limits make no sense. */
  constructor({ usage, limits, parent }: UsageMeterOptions = {}) {
    this.#usage = RunUsage(usage)
    this.#limits = resolveLimits(limits)
    this.#chain = parent === undefined ? [this] : [this, ...parent.#chain]
  }

  /** Used so far, children included. Frozen; read again for newer values. */
  get usage(): RunUsage {
    return this.#usage
  }

  get limits(): ResolvedLimits {
    return this.#limits
  }

  /** Sets the given limits anew, also to lower values, and keeps the others. Holds from the next check on. */
  raise(limits: UsageLimits): void {
    this.#limits = resolveLimits(limits, this.#limits)
  }

  /**
   * Asks to send one request; others that are still under way count as sent.
   *
   * @throws {UsageLimitExceeded} when a limit here or above would be exceeded; nothing is reserved then.
   */
  reserveRequest(): RequestReservation {
    for (const meter of this.#chain) {
      checkBeforeRequest(meter.#usage, meter.#limits, meter.#reservedRequests) // M2, M3
    }
    this.#reserveRequests(1)
    return new OneRequest((usage) => this.#endRequest(usage))
  }

  /**
   * Asks to run `count` function tool calls of one response. All or none: ask once, before the first runs.
   *
   * @throws {UsageLimitExceeded} when a limit here or above would be exceeded; nothing is reserved then.
   */
  reserveToolCalls(count: number): ToolCallsReservation {
    for (const meter of this.#chain) {
      const projected = meter.#reservedToolCalls + count
      if (count > 0) checkBeforeTools(meter.#usage, meter.#limits, projected) // M2, M3
    }
    this.#moveToolCalls(count, 0)
    return new SomeToolCalls(count, (left, counted) => this.#moveToolCalls(-left, counted))
  }

  /**
   * To be called when a response was settled.
   *
   * @throws {UsageLimitExceeded} when a token or cost limit here or above is exceeded; the response is counted anyway.
   */
  checkAfter(requestUsage: RequestUsage): void {
    for (const meter of this.#chain) {
      checkAfterResponse(meter.#usage, requestUsage, meter.#limits)
    }
  }

  /**
   * To be called while a response is still coming, with what it has used up to now.
   *
   * @throws {UsageLimitExceeded} when a token or cost limit here or above is exceeded already.
   */
  checkDuring(requestUsage: RequestUsage): void {
    for (const meter of this.#chain) {
      checkAfterResponse(addUsage(meter.#usage, requestUsage), requestUsage, meter.#limits)
    }
  }

  #reserveRequests(change: number): void {
    for (const meter of this.#chain) meter.#reservedRequests += change
  }

  /** @param usage of a request that was answered; `undefined` for one that failed */
  #endRequest(usage: RequestUsage | undefined): void {
    this.#reserveRequests(-1)
    if (usage === undefined) return
    const used: RunUsage = { ...usage, requests: 1, toolCalls: 0 }
    for (const meter of this.#chain) meter.#usage = addUsage(meter.#usage, used) // M1
  }

  #moveToolCalls(reserved: number, counted: number): void {
    for (const meter of this.#chain) {
      meter.#reservedToolCalls += reserved
      if (counted === 0) continue
      const { toolCalls } = meter.#usage
      meter.#usage = Object.freeze({ ...meter.#usage, toolCalls: toolCalls + counted }) // M1
    }
  }
}

class OneRequest implements RequestReservation {
  #end: ((usage: RequestUsage | undefined) => void) | undefined

  constructor(end: (usage: RequestUsage | undefined) => void) {
    this.#end = end
  }

  settle(usage: RequestUsage): void {
    this.#close(usage)
  }

  release(): void {
    this.#close(undefined)
  }

  #close(usage: RequestUsage | undefined): void {
    const end = this.#end
    this.#end = undefined // M4
    end?.(usage)
  }
}

class SomeToolCalls implements ToolCallsReservation {
  #left: number
  readonly #move: (left: number, counted: number) => void

  constructor(count: number, move: (left: number, counted: number) => void) {
    this.#left = count
    this.#move = move
  }

  done(count = 1): void {
    const taken = Math.min(count, this.#left)
    this.#left -= taken // M4
    if (taken > 0) this.#move(taken, taken)
  }

  release(): void {
    const left = this.#left
    this.#left = 0
    if (left > 0) this.#move(left, 0)
  }
}
