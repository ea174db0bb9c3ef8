/** What `stripCodeFence` leaves of a text, for one that comes in pieces; the closing fence stays. */
export class UnfencedText {
  #stage: 'blank' | 'in-front' | 'opening-fence' | 'json' = 'blank'
  /** The end of what came, in which a fence may begin. */
  #tail = ''

  /** Takes the next piece; tells what of it is JSON, or comes after it. */
  add(piece: string): string {
    switch (this.#stage) {
      case 'blank':
        return this.#begin(piece)
      case 'in-front':
        return this.#findFence(this.#tail + piece)
      case 'opening-fence':
        return this.#findLine(piece)
      case 'json':
        return piece
    }
  }

  #begin(piece: string): string {
    const text = piece.trimStart()
    if (text === '') return ''
    this.#stage = text.startsWith('{') ? 'json' : 'in-front'
    return this.add(text)
  }

  #findFence(text: string): string {
    const at = text.indexOf('```')
    this.#tail = text.slice(-2)
    if (at < 0) return ''
    this.#stage = 'opening-fence'
    return this.#findLine(text.slice(at + 3))
  }

  #findLine(text: string): string {
    const at = text.indexOf('\n')
    if (at < 0) return ''
    this.#stage = 'json'
    return text.slice(at + 1)
  }
}
