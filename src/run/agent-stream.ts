/// <reference lib="esnext.disposable" preserve="true" />
import {
  completeResponse,
  type ModelResponse,
  responseText,
  type TextPart,
} from '../messages/index.ts'
import { type DeepPartial, isSameValue, PartialOutput } from '../output/index.ts'
import {
  GrowingParts,
  type PartDeltaEvent,
  type PartStartEvent,
  type TextPartDelta,
} from '../streaming/index.ts'
import type { RunUsage } from '../usage/index.ts'
import type { AgentRun, RunEvent } from './agent-run.ts'
import type { AgentRunResult } from './agent-run-result.ts'
import { debounced, type DebounceOptions } from './debounce.ts'
import { LazyEvents } from './lazy-events.ts'
import type { RunHost } from './run-host.ts'
import type { EventsOptions } from './run-start.ts'

/** What becomes of the run when its last reader leaves early: it goes on unobserved, or is cancelled. */
export type OnLeave = 'continue' | 'cancel'

/** How a view of a stream is read. */
export interface ViewOptions extends Pick<EventsOptions, 'lossy'>, DebounceOptions {}

/**
 * A run that drives itself, as a stream. It has begun when it is made. Iterate over it for its events, or over one of
 * its narrower views, as many at once as you like; or just wait for `output`. Whoever begins to read late is told in
 * whole parts what was missed.
 *
 * Iterating throws what the run fails with; promises that nobody waits for never crash the process.
 */
export class AgentStream<TOutput = unknown, TDeps = unknown> implements AsyncIterable<
  RunEvent<TOutput>
> {
  /** The run itself: its ids, its messages so far, and `next()` to go on after a failure. */
  readonly run: AgentRun<TOutput, TDeps>
  /** Rejects with what the run fails with. */
  readonly result: Promise<AgentRunResult<TOutput>>
  /** Rejects with what the run fails with. */
  readonly output: Promise<TOutput>
  /** What the run has used when it rests, at its end or at a failure. */
  readonly usage: Promise<RunUsage>
  readonly #host: RunHost
  readonly #onLeave: OnLeave
  /** Read by whoever comes first; as long as nobody does, it keeps what a reader would have missed. */
  #early: Events<TOutput> | undefined
  #readers = 0

  /** Use `agent.stream()`. @internal */
  constructor(start: () => AgentRun<TOutput, TDeps>, host: RunHost, onLeave: OnLeave = 'continue') {
    this.#host = host
    this.#onLeave = onLeave
    const hooks = { onLeave: () => this.#leave(), onBehind: () => (this.#early = undefined) }
    this.#early = host.feed.join(hooks) as Events<TOutput> // before the start, which may tell something already
    this.run = start()
    this.result = this.#finish()
    this.output = this.result.then(({ output }) => output)
    this.usage = this.result.then(
      ({ usage }) => usage,
      () => this.run.usage,
    )
    for (const promise of [this.result, this.output]) promise.catch(() => {})
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<RunEvent<TOutput>, undefined> {
    return this.events()
  }

  /** All events, like iterating. With `lossy`, deltas that were not read yet become one, instead of slowing the provider. */
  events({ lossy = false }: Pick<EventsOptions, 'lossy'> = {}): AsyncIterableIterator<
    RunEvent<TOutput>,
    undefined
  > {
    return new LazyEvents(() => {
      this.#readers += 1
      const early = this.#early
      if (lossy || early === undefined) return this.#join({ lossy })
      this.#early = undefined
      return early
    })
  }

  /** The text of the response as far as it has come; a new response begins anew. */
  text(options: ViewOptions = {}): AsyncGenerator<string, void> {
    const events = this.events(options)
    return debounced(this.#texts(events), this.#terms(events, options), (_, latest) => latest)
  }

  /**
   * What is added to the text, of all responses in order. Nothing that was told is taken back: of a text that is
   * announced again comes what it has more than before, or all of it if it has become another one.
   */
  textDeltas(options: ViewOptions = {}): AsyncGenerator<string, void> {
    const events = this.events(options)
    const terms = this.#terms(events, options)
    return debounced(this.#deltas(events), terms, (first, next) => first + next)
  }

  /** The response as far as it has come, in state `incomplete`, and at its end the whole of it; then the next one. */
  responses(options: ViewOptions = {}): AsyncGenerator<ModelResponse, void> {
    const events = this.events(options)
    return debounced(this.#responses(events), this.#terms(events, options), (_, latest) => latest)
  }

  /**
   * The output as far as it has come: what is whole of it fits its schema and its validators, which see
   * `ctx.partialOutput`. Ends with the output itself. Values share structure; do not change them.
   *
   * `TPartial` is not to be given. In its place `DeepPartial<TOutput>` would make streams, and with them agents, of one
   * output unfit where any output will do: the compiler cannot see that it only ever narrows.
   */
  partialOutputs<TPartial = DeepPartial<TOutput>>(
    options: ViewOptions = {},
  ): AsyncGenerator<NoInfer<TPartial>, void> {
    return this.#partialOutputs(options) as AsyncGenerator<NoInfer<TPartial>, void>
  }

  /** Asks the run to stop; see `AgentRun.cancel`. */
  cancel(reason?: unknown): void {
    this.run.cancel(reason)
  }

  /** Ends the run for good, wherever it is. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.run.dispose()
  }

  async #finish(): Promise<AgentRunResult<TOutput>> {
    try {
      return await this.run.finish()
    } catch (error) {
      await Promise.allSettled([this.run.release()]) // what closing throws hides no error of the run
      throw error
    }
  }

  #join(options: Pick<EventsOptions, 'lossy'>): Events<TOutput> {
    const onLeave = (): void => this.#leave()
    const follow = { ...options, onLeave, from: 'run', isStream: true } as const
    // The last event carries the result of this run, whose output is of this type.
    return this.#host.follow(follow, this.run.result) as Events<TOutput>
  }

  #leave(): void {
    this.#readers -= 1
    if (this.#readers === 0 && this.#onLeave === 'cancel') this.cancel('The stream was left')
  }

  #terms(events: Events, { debounceMs = 0 }: DebounceOptions) {
    return { debounceMs, clock: this.#host.start.clock, leave: () => void events.return?.() }
  }

  async *#deltas(events: Events): AsyncGenerator<string, void> {
    let told: string[] = [] // by the index of the part
    for await (const event of events) {
      if (event.eventKind === 'part_start' && event.previousPartKind === null) told = []
      if (!isOfText(event)) continue
      const { index } = event
      const known = told[index] ?? ''
      const added = event.eventKind === 'part_delta' ? event.delta.contentDelta : rest(event, known)
      told[index] = event.eventKind === 'part_delta' ? known + added : event.part.content
      if (added !== '') yield added
    }
  }

  async *#texts(events: Events): AsyncGenerator<string, void> {
    const growing = new GrowingParts()
    for await (const event of events) {
      if (!growing.add(event) || !isOfText(event)) continue
      const text = responseText(growing)
      if (text !== null && text !== '') yield text
    }
  }

  async *#responses(events: Events): AsyncGenerator<ModelResponse, void> {
    const growing = new GrowingParts()
    const timestamp = new Date(this.#host.start.clock.now()).toISOString()
    let isOpen = false
    let next = 0
    for await (const event of events) {
      if (isOpen && endsResponse(event)) {
        const { parts } = growing
        const responses = this.run.newMessages().filter((message) => message.kind === 'response')
        const place = responses.findIndex((one, i) => i >= next && hasParts(one, parts))
        const whole = responses[place]
        if (whole !== undefined) yield whole
        isOpen = false
        next = Math.max(next, place + 1)
      }
      if (!growing.add(event)) continue
      isOpen = true
      yield completeResponse({ parts: growing.parts, state: 'incomplete' }, timestamp)
    }
  }

  async *#partialOutputs(options: ViewOptions): AsyncGenerator<unknown, void> {
    const events = this.events(options)
    const terms = this.#terms(events, options)
    const growth = debounced(this.#growth(events), terms, (_, latest) => latest)
    let partial: { readonly of: number; readonly output: PartialOutput } | undefined
    let last: { readonly value: unknown } | undefined
    for await (const { of, parts } of growth) {
      if (partial?.of !== of) partial = { of, output: this.#partialOutput() }
      const given = await partial.output.update(parts)
      if (given === undefined) continue
      last = given
      yield given.value
    }
    const { result } = this.run
    if (result === null || (last !== undefined && isSameValue(last.value, result.output))) return
    yield result.output
  }

  #partialOutput(): PartialOutput {
    const { output, validators } = this.#host.start.setup
    return new PartialOutput(output, {
      validators,
      context: (call) => {
        const { toolName, toolCallId } = call ?? {}
        const facts = { ...(toolName && { toolName }), ...(toolCallId && { toolCallId }) }
        return this.#host.context({ ...facts, partialOutput: true })
      },
    })
  }

  /** The parts of each response as they grow, with the number of the response. */
  async *#growth(events: Events) {
    const growing = new GrowingParts()
    let of = 0
    let length = 0
    let told = 0
    for await (const event of events) {
      if (event.eventKind === 'part_start' && endsResponse(event)) {
        of += 1
        length = 0
        told = 0
      }
      if (!growing.add(event)) continue
      length += addedLength(event)
      if (event.eventKind === 'part_delta' && length - told < length / steps) continue
      told = length
      yield { of, parts: growing.parts }
    }
  }
}

/**
 * A partial output is checked anew when it has grown by this part of itself. Checking costs as much as the value is
 * large, so checking after each delta would cost the square of that. Short outputs are told at each delta all the same.
 */
const steps = 128

/** In characters. */
function addedLength(event: RunEvent): number {
  if (event.eventKind !== 'part_delta') return 0
  const { delta } = event
  const added = delta.partDeltaKind === 'tool_call' ? delta.argsDelta : delta.contentDelta
  return typeof added === 'string' ? added.length : 1
}

type Events<TOutput = unknown> = AsyncIterableIterator<RunEvent<TOutput>, undefined>

/** What may come while a response does. */
const amidst: ReadonlySet<string> = new Set([
  'part_delta',
  'part_end',
  'final_result',
  'custom',
  'model_attempt_failed',
])

/** Whether the response before this event is whole. */
function endsResponse(event: RunEvent): boolean {
  return event.eventKind === 'part_start'
    ? event.previousPartKind === null
    : !amidst.has(event.eventKind)
}

type TextStartEvent = PartStartEvent & { readonly part: TextPart }
type TextDeltaEvent = PartDeltaEvent & { readonly delta: TextPartDelta }

function isOfText(event: RunEvent): event is TextStartEvent | TextDeltaEvent {
  if (event.eventKind === 'part_start') return event.part.partKind === 'text'
  return event.eventKind === 'part_delta' && event.delta.partDeltaKind === 'text'
}

/** What an announced text has more than what was told of it, or all of it if it is another one. */
function rest({ part: { content } }: TextStartEvent, known: string): string {
  return content.startsWith(known) ? content.slice(known.length) : content
}

type Parts = ModelResponse['parts']

/** Whether a response is the one that was told in these parts. */
function hasParts({ parts }: Pick<ModelResponse, 'parts'>, told: Parts): boolean {
  const marks = told.map(markOf)
  return parts.length === told.length && parts.every((part, i) => markOf(part) === marks[i])
}

function markOf(part: Parts[number]): string {
  const said = 'content' in part && typeof part.content === 'string' ? part.content : ''
  return `${part.partKind} ${'toolCallId' in part ? part.toolCallId : said}`
}
