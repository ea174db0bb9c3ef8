import type { ResponseDelta } from '../streaming/index.ts'

/**
 * One attempt to stream. What comes before the first content is held back, so that nobody has seen anything of an
 * attempt that fails before it.
 */
export class HeldStream {
  #hasContent = false
  readonly #held: ResponseDelta[] = []

  /** Whether content was passed on: there can be no other attempt. */
  get hasContent(): boolean {
    return this.#hasContent
  }

  /** What came without any content, once the stream has ended. */
  get held(): readonly ResponseDelta[] {
    return this.#held
  }

  /** The deltas, from the first content on; what was held goes first. Without content: none. */
  async *pass(deltas: AsyncIterable<ResponseDelta>): AsyncGenerator<ResponseDelta> {
    for await (const delta of deltas) {
      if (!this.#hasContent) {
        if (!saysSomething(delta)) {
          this.#held.push(delta)
          continue
        }
        this.#hasContent = true
        yield* this.#held
      }
      yield delta
    }
  }
}

/** Some providers begin with an empty text, before they have done anything. */
function saysSomething(delta: ResponseDelta): boolean {
  if (delta.kind === 'text') return delta.content !== ''
  if (delta.kind === 'thinking') return Boolean(delta.content) || Boolean(delta.signature)
  return delta.kind !== 'response'
}
