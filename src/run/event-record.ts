import type { ModelResponse } from '../messages/index.ts'
import { type AgentEvent, type AwaitedOutput, ResponseFold } from '../streaming/index.ts'

/** A response that has come whole, told again when somebody asks. */
interface ToldResponse {
  readonly response: ModelResponse
  readonly awaited: AwaitedOutput
}

/**
 * What has happened in a run, as far as it is worth telling to those who come late: whole parts instead of deltas, and
 * what happened to calls. It holds what the log holds, and grows with it.
 *
 * Owns the events of finished steps and of the one under way. Is told events as they happen, and how a step went.
 *
 *   V1. A step that is repeated is told once, as it went the last time.
 *   V2. What is told late of a response adds up to the same parts, in the same order.
 */
export class EventRecord {
  readonly #entries: (AgentEvent | ToldResponse)[] = []
  /** Where the step under way begins. */
  #step = 0
  #growing: ResponseFold | undefined

  /** A step begins: what an earlier try of it left behind is forgotten. */
  beginStep(): void {
    if (this.#entries.length > this.#step) this.#entries.length = this.#step // V1
    this.#growing = undefined
  }

  /** The step has led on. */
  endStep(): void {
    this.#step = this.#entries.length
  }

  keep(event: AgentEvent): void {
    if (lasting.has(event.eventKind)) this.#entries.push(event)
  }

  keepResponse(response: ModelResponse, awaited: AwaitedOutput): void {
    this.#growing = undefined
    this.#entries.push({ response, awaited })
  }

  /** The response that is coming. It is told as far as it has come until it is whole, also when it breaks off. */
  follow(fold: ResponseFold): void {
    this.#growing = fold
  }

  /**
   * What has happened, from the first step on or in the step under way only. Taken down as of now.
   *
   * @param isRepeated the step under way has failed, and whoever listens will hear of its next try
   */
  replay(from: 'run' | 'step', isRepeated: boolean): Iterable<AgentEvent> & Iterator<AgentEvent> {
    const start = from === 'run' ? 0 : this.#step
    if (isRepeated) return told(this.#entries.slice(start, this.#step), []) // V1
    return told(this.#entries.slice(start), this.#growing?.retell() ?? [])
  }
}

function* told(
  entries: readonly (AgentEvent | ToldResponse)[],
  soFar: readonly AgentEvent[],
): Generator<AgentEvent> {
  for (const entry of entries) {
    if ('eventKind' in entry) yield entry
    else yield* eventsOf(entry.response, entry.awaited)
  }
  yield* soFar
}

/** Kinds of events that the log's messages do not tell again, and of which there are no more than calls. */
const lasting: ReadonlySet<AgentEvent['eventKind']> = new Set([
  'function_tool_call',
  'function_tool_result',
  'output_tool_call',
  'output_tool_result',
  'tool_availability_delta',
  'enqueued_messages',
  'deferred_tool_requests',
  'deferred_tool_results',
])

/** A whole response as events. */
export function eventsOf(response: ModelResponse, awaited: AwaitedOutput): readonly AgentEvent[] {
  const events: AgentEvent[] = []
  const emit = (event: AgentEvent): void => void events.push(event)
  const fold = new ResponseFold({ emit, timestamp: response.timestamp, awaited })
  for (const part of response.parts) fold.add({ kind: 'part', part })
  fold.end()
  return events
}

/** What is told late of a run that is over: its last event, too. */
export function* withResult(events: Iterable<AgentEvent>, result: unknown): Generator<AgentEvent> {
  yield* events
  yield { eventKind: 'agent_run_result', result }
}
