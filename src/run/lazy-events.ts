/** Events, or what a view makes of them, followed from the first pull on: what is never read holds nobody up. */
export class LazyEvents<TItem> implements AsyncGenerator<TItem, undefined> {
  readonly #join: () => AsyncIterator<TItem, undefined>
  #reader: AsyncIterator<TItem, undefined> | undefined

  constructor(join: () => AsyncIterator<TItem, undefined>) {
    this.#join = join
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<TItem, undefined>> {
    this.#reader ??= this.#join()
    return this.#reader.next()
  }

  async return(): Promise<IteratorResult<TItem, undefined>> {
    this.#reader ??= empty
    await this.#reader.return?.()
    return over
  }

  async throw(error: unknown): Promise<never> {
    await this.return()
    throw error
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}

const over = { done: true, value: undefined } as const
const empty = { next: () => Promise.resolve(over) }
