import { UserError } from '../errors/index.ts'
import type { Clock } from '../models/index.ts'

/** How often a view may speak. */
export interface DebounceOptions {
  /** Waits so many milliseconds after the first piece and tells of all that have come as one. Default 0: at once. */
  readonly debounceMs?: number
}

interface Terms extends DebounceOptions {
  readonly clock: Clock
  /** Ends what the source reads from, also while it waits for that. */
  readonly leave: () => void
}

/** What comes within one stretch of time is told at its end, joined; what comes last is told at once. */
export function debounced<TItem>(
  source: AsyncGenerator<TItem, void>,
  terms: Terms,
  join: (first: TItem, next: TItem) => TItem,
): AsyncGenerator<TItem, void> {
  const { debounceMs = 0 } = terms
  if (!(debounceMs >= 0)) {
    throw new UserError(`\`debounceMs\` is ${debounceMs}`, {
      hint: 'Give a number of milliseconds',
    })
  }
  return debounceMs > 0 ? inStretches(source, terms, join) : source
}

async function* inStretches<TItem>(
  items: AsyncGenerator<TItem, void>,
  { debounceMs = 0, clock, leave }: Terms,
  join: (first: TItem, next: TItem) => TItem,
): AsyncGenerator<TItem, void> {
  try {
    let waiting: Promise<IteratorResult<TItem, unknown>> | undefined
    for (;;) {
      const first = await (waiting ?? items.next())
      waiting = undefined
      if (first.done === true) return
      let { value } = first
      const stretch = timer(clock, debounceMs)
      let next: IteratorResult<TItem, unknown> | 'over' | undefined
      try {
        for (;;) {
          waiting ??= items.next()
          next = await Promise.race([waiting, stretch.over])
          if (next === 'over' || next.done === true) break
          value = join(value, next.value)
          waiting = undefined
        }
      } catch (error) {
        yield value // what came before the failure is not lost
        throw error
      } finally {
        stretch.stop()
      }
      yield value
    }
  } finally {
    leave() // a generator takes `return` in only after the pull under way
    await items.return()
  }
}

function timer(clock: Clock, ms: number) {
  const { promise: over, resolve } = Promise.withResolvers<'over'>()
  const id = clock.setTimeout(() => resolve('over'), ms)
  return { over, stop: () => clock.clearTimeout(id) }
}
