import type { ResponseDelta } from '../../src/streaming/index.ts'
import { type AnswerPiece, FunctionModel } from '../../src/testing/index.ts'

/** A model whose answers are told piece by piece from outside, and what it has been asked. */
export function live(options: { readonly isDeaf?: boolean } = {}) {
  const signals: AbortSignal[] = []
  let pieces: (AnswerPiece | Error | undefined)[] = []
  let wake = Promise.withResolvers<void>()
  const counts = { requests: 0, pulls: 0, closed: 0 }
  async function* answer(signal: AbortSignal): AsyncGenerator<AnswerPiece> {
    try {
      for (;;) {
        counts.pulls += 1
        while (pieces.length === 0) await (options.isDeaf ? wake.promise : orAborted(signal))
        const piece = pieces.shift()
        if (piece === undefined) return
        if (piece instanceof Error) throw piece
        yield piece
      }
    } finally {
      counts.closed += 1
    }
  }
  const orAborted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const stop = (): void => reject(signal.reason as Error)
      if (signal.aborted) return stop()
      signal.addEventListener('abort', stop, { once: true })
      void wake.promise.then(resolve)
    })
  const give = (...given: readonly (AnswerPiece | Error | undefined)[]): void => {
    pieces = [...pieces, ...given]
    wake.resolve()
    wake = Promise.withResolvers()
  }
  const model = new FunctionModel((_, { signal }) => {
    signals.push(signal)
    counts.requests += 1
    return answer(signal)
  })
  return { model, counts, signals, give, end: () => give(undefined), fail: give }
}

/** Reads one item and leaves, as a loop does that breaks. */
export async function readOne<TItem>(source: AsyncIterable<TItem>): Promise<TItem | undefined> {
  for await (const item of source) return item
  return undefined
}

/** Whether a promise still waits. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending
}

/** A turn of the event loop: all that can settle without time has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** A response with thinking, text and two calls, in pieces. */
export const twoCalls: readonly ResponseDelta[] = [
  { kind: 'thinking', content: 'Let ' },
  { kind: 'thinking', content: 'me see.' },
  { kind: 'text', content: 'I will ' },
  { kind: 'text', content: 'look.' },
  { kind: 'tool-call', toolName: 'look', toolCallId: 'c1', args: '{"n"' },
  { kind: 'tool-call', args: ':1}' },
  { kind: 'tool-call', toolName: 'look', toolCallId: 'c2', args: '{"n":2}' },
]
