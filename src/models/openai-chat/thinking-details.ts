import type { RawObject } from '../raw.ts'

/** What is appended; any other field of a later piece replaces the one before. */
const growing = ['text', 'summary', 'data']

/** Gathers the signed pieces of thinking that OpenRouter streams: those with an equal index are one. */
export class ThinkingDetails {
  readonly #details: Record<string, unknown>[] = []

  add(pieces: readonly RawObject[]): void {
    for (const piece of pieces) {
      const last = this.#details.at(-1)
      const isSame = last?.['index'] === piece['index'] && last?.['type'] === piece['type']
      if (last === undefined || piece['index'] == null || !isSame) this.#details.push({ ...piece })
      else grow(last, piece)
    }
  }

  get all(): readonly RawObject[] {
    return this.#details
  }
}

function grow(detail: Record<string, unknown>, piece: RawObject): void {
  for (const [key, value] of Object.entries(piece)) {
    const known = detail[key]
    const isGrowing =
      growing.includes(key) && typeof known === 'string' && typeof value === 'string'
    if (value != null) detail[key] = isGrowing ? known + value : value
  }
}
