import { type MessageLog, messagesOf } from './log.ts'
import type { ModelMessage, ModelResponse } from './message.ts'
import {
  cleanHistory,
  isResult,
  mergeNeighbours,
  repairDanglingCalls,
  withoutOrphans,
} from './repair.ts'
import { toolCallsOf } from './response.ts'

/**
 * A growing history as models are to see it: always what `cleanHistory(log, { repairLast: true })` gives, but a step
 * costs the same at its end as at its start.
 *
 *   H1. Settled turns are cleaned for good. A turn is a run of responses and the run of requests that answers them;
 *       cleaning never reaches from one turn into the next, because a request followed by a response never merges.
 *   H2. The last turn is cleaned anew for every view: its calls may still be answered, its end may still merge.
 *   H3. A call is given up when its turn settles. Should its result come later all the same, the walk is of no use
 *       any more and the whole history is cleaned instead.
 */
export class WireHistory {
  #walk = new Walk()

  /** A new array, safe to keep. Logs that go on from the one of the last view are cheap, others start over. */
  view(log: MessageLog): readonly ModelMessage[] {
    if (!this.#walk.goesOn(log)) this.#walk = new Walk()
    this.#walk.advance(log)
    return this.#walk.hasLateResult
      ? cleanHistory(messagesOf(log), { repairLast: true })
      : this.#walk.result()
  }
}

/** The state of a walk through the messages of one log. */
class Walk {
  /** A result came for a call that had been given up (H3). */
  hasLateResult = false
  #items: readonly ModelMessage[] | null = null
  #length = 0
  readonly #seen = new Set<string>()
  /** Calls of the last turn that have no result yet: how many, by id. */
  readonly #open = new Map<string, number>()
  /** Calls of settled turns that got a made-up result, unless a later call took their id over. */
  readonly #givenUp = new Set<string>()
  readonly #settled: ModelMessage[] = []
  /** The last turn as it is, without orphans. */
  #turn: ModelMessage[] = []
  /** A request that lost all its parts; it counts only as long as it is the last message. */
  #emptied: ModelMessage | null = null

  goesOn(log: MessageLog): boolean {
    return (this.#items === null || this.#items === log.items) && this.#length <= log.length
  }

  advance(log: MessageLog): void {
    for (let i = this.#length; i < log.length; i += 1) {
      const message = log.items[i]
      if (message !== undefined) this.#take(message)
    }
    this.#items = log.items
    this.#length = log.length
  }

  result(): readonly ModelMessage[] {
    if (this.#emptied !== null)
      return this.#settled.concat(cleanTurn([...this.#turn, this.#emptied]))
    return this.#settled.concat(this.#isClean ? this.#turn : cleanTurn(this.#turn))
  }

  /** Whether there is nothing to clean: at most one response, all its calls answered by the one request behind it. */
  get #isClean(): boolean {
    return this.#open.size === 0 && (this.#turn.length < 2 || this.#isPair)
  }

  get #isPair(): boolean {
    const turn = this.#turn
    return turn.length === 2 && turn[0]?.kind === 'response' && turn[1]?.kind === 'request'
  }

  #take(message: ModelMessage): void {
    const rest = withoutOrphans(message, this.#seen)
    this.#emptied = rest !== message && rest.parts.length === 0 ? rest : null
    if (this.#emptied !== null) return
    if (rest.kind === 'response' && this.#turn.at(-1)?.kind === 'request') this.#settle()
    if (this.#turn.length < 2) this.#turn = this.#turn.concat(rest) // most have two, and a list that grows has room for 17
    else this.#turn.push(rest)
    this.#match(rest)
  }

  #settle(): void {
    const turn = this.#isClean ? this.#turn : cleanTurn(this.#turn)
    for (const message of turn) this.#settled.push(message)
    this.#turn = []
    if (this.#open.size === 0) return
    for (const id of this.#open.keys()) this.#givenUp.add(id)
    this.#open.clear()
  }

  #match(message: ModelMessage): void {
    if (message.kind === 'response') this.#openCalls(message)
    else for (const part of message.parts) if (isResult(part)) this.#close(part.toolCallId)
  }

  #openCalls(response: ModelResponse): void {
    const calls = toolCallsOf(response)
    for (const { toolCallId } of calls) {
      if (this.#open.size > 0) this.#open.delete(toolCallId) // those of earlier responses are given up for good
      if (this.#givenUp.size > 0) this.#givenUp.delete(toolCallId)
    }
    for (const { toolCallId } of calls) {
      this.#open.set(toolCallId, (this.#open.get(toolCallId) ?? 0) + 1)
    }
  }

  #close(id: string): void {
    const count = this.#open.get(id)
    if (count === undefined) this.hasLateResult ||= this.#givenUp.has(id)
    else if (count === 1) this.#open.delete(id)
    else this.#open.set(id, count - 1)
  }
}

function cleanTurn(turn: readonly ModelMessage[]): readonly ModelMessage[] {
  return mergeNeighbours(repairDanglingCalls(turn, { repairLast: true }))
}
