/** A stretch of what a model wrote. */
export interface Stretch {
  readonly kind: 'text' | 'thinking'
  readonly content: string
}

const opening = '<think>'
const closing = '</think>'

/**
 * Tells text from thinking that stands between `<think>` tags, in a stream of pieces that may end anywhere, in the
 * middle of a tag too. Held back is only what may yet become one.
 */
export class ThinkTags {
  #kind: Stretch['kind'] = 'text'
  #held = '';

  /** An opening tag gives an empty stretch of thinking, since it may take long until more comes. */
  *read(piece: string): Generator<Stretch> {
    let rest = this.#held + piece
    for (let at = rest.indexOf(this.#tag); at >= 0; at = rest.indexOf(this.#tag)) {
      yield* stretch(this.#kind, rest.slice(0, at))
      rest = rest.slice(at + this.#tag.length)
      this.#kind = this.#kind === 'text' ? 'thinking' : 'text'
      if (this.#kind === 'thinking') yield { kind: 'thinking', content: '' }
    }
    const held = heldLength(rest, this.#tag)
    this.#held = rest.slice(rest.length - held)
    yield* stretch(this.#kind, rest.slice(0, rest.length - held))
  }

  /** What was held back and did not become a tag. */
  *end(): Generator<Stretch> {
    yield* stretch(this.#kind, this.#held)
    this.#held = ''
  }

  get #tag(): string {
    return this.#kind === 'text' ? opening : closing
  }
}

function* stretch(kind: Stretch['kind'], content: string): Generator<Stretch> {
  if (content !== '') yield { kind, content }
}

/** How many characters at the end of the text are the beginning of the tag. */
function heldLength(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length -= 1) {
    if (tag.startsWith(text.slice(-length))) return length
  }
  return 0
}
