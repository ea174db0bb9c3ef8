/** The latest of many things, as many as fit: by number, and by their size as JSON. */
export class Recent<TItem> {
  readonly #most: { readonly count: number; readonly size: number }
  #items: TItem[] = []
  #sizes: number[] = []
  #size = 0

  constructor(most: { readonly count: number; readonly size: number }) {
    this.#most = most
  }

  get items(): readonly TItem[] {
    return this.#items
  }

  get last(): TItem | undefined {
    return this.#items.at(-1)
  }

  add(item: TItem): void {
    const size = JSON.stringify(item).length
    this.#items.push(item)
    this.#sizes.push(size)
    this.#size += size
    const { count, size: most } = this.#most
    if (this.#items.length > count || this.#size > most) this.#cut()
  }

  /** Puts another thing in the place of the last one, which it is longer than by so much. */
  growLast(item: TItem, by: number): void {
    const at = this.#items.length - 1
    this.#items[at] = item
    this.#sizes[at] = (this.#sizes[at] ?? 0) + by
    this.#size += by
  }

  clear(): void {
    this.#items = []
    this.#sizes = []
    this.#size = 0
  }

  /** Drops the older half at once, so that adding costs the same however many there are. */
  #cut(): void {
    const from = Math.ceil(this.#items.length / 2)
    this.#items = this.#items.slice(from)
    this.#sizes = this.#sizes.slice(from)
    this.#size = this.#sizes.reduce((sum, size) => sum + size, 0)
  }
}
