/// <reference lib="esnext.disposable" preserve="true" />
import { completeResponse, type ModelResponse } from '../messages/index.ts'
import { type DeepPartial, isSameValue, PartialOutput } from '../output/index.ts'
import { type EventReader, type EventView, GrowingParts } from '../streaming/index.ts'
import type { RunUsage } from '../usage/index.ts'
import type { AgentRun, RunEvent } from './agent-run.ts'
import type { AgentRunResult } from './agent-run-result.ts'
import { debounced, type DebounceOptions } from './debounce.ts'
import { endsResponse, growthView, textDeltaView, textView } from './event-views.ts'
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
  #early: EventReader | undefined
  #readers = 0

  /** Use `agent.stream()`. @internal */
  constructor(start: () => AgentRun<TOutput, TDeps>, host: RunHost, onLeave: OnLeave = 'continue') {
    this.#host = host
    this.#onLeave = onLeave
    const hooks = { onLeave: () => this.#leave(), onBehind: () => (this.#early = undefined) }
    this.#early = host.feed.join(hooks) // before the start, which may tell something already
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
    // The last event carries the result of this run, whose output is of this type.
    return new LazyEvents(() => this.#join(lossy) as Events<TOutput>)
  }

  /** The text of the response as far as it has come; a new response begins anew. */
  text(options: ViewOptions = {}): AsyncGenerator<string, void> {
    const texts = this.#through(textView(), options)
    return debounced(texts, this.#terms(texts, options), (_, latest) => latest)
  }

  /**
   * What is added to the text, of all responses in order. Nothing that was told is taken back: of a text that is
   * announced again comes what it has more than before, or all of it if it has become another one.
   */
  textDeltas(options: ViewOptions = {}): AsyncGenerator<string, void> {
    const deltas = this.#through(textDeltaView(), options)
    return debounced(deltas, this.#terms(deltas, options), (first, next) => first + next)
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

  /** A reader of the run from its beginning. */
  #join(lossy: boolean): EventReader {
    this.#readers += 1
    const early = this.#early
    if (!lossy && early !== undefined) {
      this.#early = undefined
      return early
    }
    const onLeave = (): void => this.#leave()
    return this.#host.follow({ lossy, onLeave, from: 'run', isStream: true }, this.run.result)
  }

  #through<TItem>(view: EventView<TItem>, { lossy = false }: ViewOptions): LazyEvents<TItem> {
    return new LazyEvents(() => this.#join(lossy).through(view))
  }

  #leave(): void {
    this.#readers -= 1
    if (this.#readers === 0 && this.#onLeave === 'cancel') this.cancel('The stream was left')
  }

  #terms(events: AsyncIterator<unknown>, { debounceMs = 0 }: DebounceOptions) {
    return { debounceMs, clock: this.#host.start.clock, leave: () => void events.return?.() }
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
    const growing = this.#through(growthView(), options)
    const growth = debounced(growing, this.#terms(growing, options), (_, latest) => latest)
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
}

type Events<TOutput = unknown> = AsyncIterableIterator<RunEvent<TOutput>, undefined>

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
