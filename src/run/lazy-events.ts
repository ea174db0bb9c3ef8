/** Events that are followed from the first pull on: what is never read holds nobody up. */
export class LazyEvents<TEvent> implements AsyncIterableIterator<TEvent, undefined> {
  readonly #join: () => AsyncIterator<TEvent, undefined>
  #reader: AsyncIterator<TEvent, undefined> | undefined

  constructor(join: () => AsyncIterator<TEvent, undefined>) {
    this.#join = join
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<TEvent, undefined>> {
    this.#reader ??= this.#join()
    return this.#reader.next()
  }

  async return(): Promise<IteratorResult<TEvent, undefined>> {
    this.#reader ??= empty
    await this.#reader.return?.()
    return over
  }
}

const over = { done: true, value: undefined } as const
const empty = { next: () => Promise.resolve(over) }
