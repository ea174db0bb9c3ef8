/**
 * What is seen of a turn: the events of its runs, made into pieces to print and lines that are replaced while things
 * change. It prints nothing itself, and reads no clock but the one it is given.
 */
import type { ResponsePart } from '../../messages/index.ts'
import type { RunEvent } from '../../run/index.ts'
import type { PartStartEvent } from '../../streaming/index.ts'
import { oneLine } from '../visible.ts'
import {
  attemptPieces,
  customPieces,
  deltaPieces,
  nestedPieces,
  outputPieces,
  resultPieces,
  wholePieces,
} from './event-pieces.ts'
import { type Line, type Piece, quietLine } from './piece.ts'
import { interruptedLine, type OpenCall, runningLine, settledLine } from './tool-line.ts'

export class TurnView {
  readonly #now: () => number
  /** By call id. */
  readonly #running = new Map<string, OpenCall>()
  /** Names of tools whose calls the model is writing, by the index of their part. */
  readonly #writing = new Map<number, string>()
  /** A part that comes whole, and may still be replaced. */
  #whole: { readonly index: number; readonly part: ResponsePart } | undefined
  #isWaiting = true
  #isStreaming = false
  #isPutOff = false

  /** @param now milliseconds, for durations */
  constructor(now: () => number) {
    this.#now = now
  }

  /** What is under way, one line each; takes the place of what it was before. */
  get live(): readonly Line[] {
    if (this.#isStreaming) return []
    if (this.#isWaiting) return [quietLine('…', 'waiting for the model')]
    const written = [...this.#writing.values()].map((name) => quietLine('·', oneLine(name, 60)))
    return [...[...this.#running.values()].map(runningLine), ...written]
  }

  /** What is to be printed for an event. */
  add(event: RunEvent): readonly Piece[] {
    const before = this.#extends(event) ? [] : this.#flush()
    return [...before, ...this.#piecesOf(event)]
  }

  /** What is to be printed when no more events come, for what is not finished. */
  end(): readonly Piece[] {
    const cutOff = [...this.#flush(), ...[...this.#running.values()].map(interruptedLine)]
    this.#running.clear()
    this.#writing.clear()
    return cutOff
  }

  #piecesOf(event: RunEvent): readonly Piece[] {
    switch (event.eventKind) {
      case 'part_start':
        return this.#begin(event)
      case 'part_delta':
        return deltaPieces(event)
      case 'part_end':
        this.#isStreaming = false
        return []
      case 'function_tool_call': {
        this.#isWaiting = false
        this.#writing.clear()
        this.#running.set(event.part.toolCallId, { part: event.part, startedAtMs: this.#now() })
        return []
      }
      case 'function_tool_result': {
        const call = this.#running.get(event.part.toolCallId)
        this.#running.delete(event.part.toolCallId)
        this.#isWaiting = this.#running.size === 0
        return [settledLine(event.part, call, this.#now())]
      }
      case 'output_tool_call':
        this.#writing.clear()
        return []
      case 'output_tool_result':
        return outputPieces(event)
      case 'deferred_tool_requests':
        this.#running.clear() // what is left waits for a person
        this.#isPutOff = true
        this.#isWaiting = false
        return []
      case 'agent_run_result':
        this.#isWaiting = false
        return this.#isPutOff ? [] : resultPieces(event.result)
      case 'tool_availability_delta':
        return [quietLine('+', `new tools: ${oneLine(event.part.toolsAdded.join(', '), 100)}`)]
      case 'model_attempt_failed':
        return attemptPieces(event)
      case 'custom':
        return customPieces(event)
      case 'nested':
        return nestedPieces(event)
      case 'enqueued_messages':
      case 'deferred_tool_results':
      case 'final_result':
        return []
    }
  }

  #begin({ index, part, previousPartKind }: PartStartEvent): readonly Piece[] {
    this.#isWaiting = false
    if (index === 0 && previousPartKind === null) this.#writing.clear()
    this.#isStreaming = part.partKind === 'text' || part.partKind === 'thinking'
    if (part.partKind === 'text')
      return [{ kind: 'answer', text: part.content, goesOn: previousPartKind === 'text' }]
    if (part.partKind === 'thinking')
      return [{ kind: 'thinking', text: part.content, goesOn: false }]
    if (part.partKind === 'tool-call') this.#writing.set(index, part.toolName)
    else this.#whole = { index, part }
    return []
  }

  #flush(): readonly Piece[] {
    const whole = this.#whole
    this.#whole = undefined
    return whole === undefined ? [] : wholePieces(whole.part)
  }

  /** Whether the event may still change the part that came last. */
  #extends(event: RunEvent): boolean {
    return event.eventKind === 'part_start'
      ? event.index === this.#whole?.index
      : event.eventKind === 'part_delta' || event.eventKind === 'final_result'
  }
}
