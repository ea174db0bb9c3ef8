import { describe, expect, it } from 'vitest'
import { Agent, ModelAPIError } from '../../src/index.ts'
import type { ModelCall } from '../../src/models/index.ts'
import { ManualClock } from '../../src/testing/index.ts'
import { errorOf, outline } from '../run/scripts.ts'
import { isPending } from '../run/streams.ts'
import { streaming, text } from './streaming-model.ts'

/** Says nothing until its signal is aborted. */
const silent = ({ signal }: ModelCall) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })

function remote(answers: Parameters<typeof streaming>[0], silenceTimeoutMs?: number) {
  const clock = new ManualClock()
  const model = streaming(answers, { isRemote: true, modelName: 'far', system: 'away' })
  const modelSettings = silenceTimeoutMs === undefined ? {} : { silenceTimeoutMs }
  return { clock, model, stream: new Agent({ model }).stream('Go.', { clock, modelSettings }) }
}

const wait = (clock: ManualClock, ms: number) => () =>
  new Promise<void>((resolve) => void clock.setTimeout(resolve, ms))

describe('a provider that falls silent in mid-stream', () => {
  it('is given up after 10 minutes, with an error worth a retry; what came is kept', async () => {
    const { clock, stream, model } = remote([[text('Hal'), silent], [text('fine.')]])
    const outcome = errorOf(stream.output)
    await clock.advance(599_999)
    expect(await isPending(outcome)).toBe(true)
    await clock.advance(1)
    const error = await outcome
    expect(error).toBeInstanceOf(ModelAPIError)
    expect(error).toMatchObject({ modelName: 'far', provider: 'away', isRetryable: true })
    expect(model.calls[0]?.signal.aborted).toBe(true)
    expect(outline(stream.run.allMessages()).at(-1)).toEqual(['text', 'interrupted'])
    expect(model.open).toBe(0)
    expect(clock.pendingTimers).toBe(0)
    expect(await stream.run.next()).toMatchObject({ kind: 'end', data: { output: 'fine.' } })
  })

  it('is given up even if it does not listen', async () => {
    const { clock, stream } = remote([[text('Hal'), () => new Promise(() => {})]], 1_000)
    const outcome = errorOf(stream.output)
    await clock.advance(1_000)
    expect(await outcome).toBeInstanceOf(ModelAPIError)
    expect(clock.pendingTimers).toBe(0)
  })

  it('is waited for as long as it says something now and then', async () => {
    const clock = new ManualClock()
    const pieces = Array.from({ length: 10 }, () => [wait(clock, 900), text('word ')]).flat()
    const model = streaming([pieces], { isRemote: true })
    const modelSettings = { silenceTimeoutMs: 1_000 }
    const stream = new Agent({ model }).stream('Go.', { clock, modelSettings })
    await clock.advance(9_000)
    expect(await stream.output).toBe('word '.repeat(10))
    expect(clock.pendingTimers).toBe(0)
  })

  it('is not blamed for the time in which a reader does not read', async () => {
    const pieces = Array.from({ length: 600 }, () => text('word '))
    const { clock, stream } = remote([pieces], 1_000)
    const reader = stream[Symbol.asyncIterator]()
    await reader.next()
    await clock.advance(5_000)
    expect(stream.run.ctx.state.failure).toBeNull()
    await reader.return?.()
    await clock.advance(0)
    expect(await stream.output).toHaveLength(600 * 5)
    expect(clock.pendingTimers).toBe(0)
  })

  it('leaves no timer behind a cancel or an error', async () => {
    const cancelled = remote([[text('a'), silent]], 1_000)
    const outcome = errorOf(cancelled.stream.output)
    await cancelled.clock.advance(10)
    cancelled.stream.cancel()
    expect(await outcome).toMatchObject({ name: 'RunCancelledError' })
    await cancelled.clock.advance(0)
    expect(cancelled.clock.pendingTimers).toBe(0)
    const failed = remote([[text('a'), new Error('cut')]], 1_000)
    expect(await errorOf(failed.stream.output)).toMatchObject({ message: 'cut' })
    expect(failed.clock.pendingTimers).toBe(0)
  })

  it('is no matter of models in this process', async () => {
    const clock = new ManualClock()
    const model = streaming([[wait(clock, 5_000), text('fine.')]])
    const stream = new Agent({ model }).stream('Go.', {
      clock,
      modelSettings: { silenceTimeoutMs: 1_000 },
    })
    await clock.advance(5_000)
    expect(await stream.output).toBe('fine.')
  })
})
