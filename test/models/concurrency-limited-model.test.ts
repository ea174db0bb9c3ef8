import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { ConcurrencyLimitError, UserError } from '../../src/errors/index.ts'
import { ConcurrencyLimiter, limitConcurrency, streamFrom } from '../../src/models/index.ts'
import { FunctionModel, ScriptedModel } from '../../src/testing/index.ts'
import { rejection } from '../agent/script.ts'
import { modelCall } from './calls.ts'
import { collected, streaming, text } from './streaming-model.ts'

/** A model that answers when it is let, in the order of requests. */
function held() {
  const waiting: (() => void)[] = []
  const model = new FunctionModel(async () => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
    })
    return 'ok'
  })
  return { model, waiting }
}

/** Everything that waits only for promises has run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a limit of concurrent requests', () => {
  it('lets so many ask at once, and the others in the order in which they came', async () => {
    const { model, waiting } = held()
    const limited = limitConcurrency(model, { maxConcurrent: 2 })
    const order: number[] = []
    const requests = [0, 1, 2, 3].map(async (index) => {
      await limited.request(modelCall())
      order.push(index)
    })
    await settled()
    expect(waiting).toHaveLength(2)
    expect([limited.limiter.active, limited.limiter.queued]).toEqual([2, 2])
    for (let index = 0; index < 4; index += 1) {
      waiting[index]?.()
      await settled()
    }
    await Promise.all(requests)
    expect(order).toEqual([0, 1, 2, 3])
    expect(limited.limiter.active).toBe(0)
  })

  it('is shared by models', async () => {
    const limiter = new ConcurrencyLimiter({ maxConcurrent: 1 })
    const [first, second] = [held(), held()]
    const one = limitConcurrency(first.model, limiter).request(modelCall())
    const other = limitConcurrency(second.model, limiter).request(modelCall())
    await settled()
    expect([first.waiting.length, second.waiting.length]).toEqual([1, 0])
    first.waiting[0]?.()
    await one
    await settled()
    second.waiting[0]?.()
    await other
  })

  it('refuses whoever comes when the queue is full', async () => {
    const { model, waiting } = held()
    const limited = limitConcurrency(model, { maxConcurrent: 1, maxQueued: 1 })
    const requests = [limited.request(modelCall()), limited.request(modelCall())]
    const error = await rejection(limited.request(modelCall()))
    expect(error).toBeInstanceOf(ConcurrencyLimitError)
    expect(error).toMatchObject({ maxConcurrent: 1, maxQueued: 1 })
    for (let index = 0; index < 2; index += 1) {
      await settled()
      waiting[index]?.()
    }
    await Promise.all(requests)
  })

  it('gives a slot to who waits before who comes when it becomes free', async () => {
    const limiter = new ConcurrencyLimiter({ maxConcurrent: 1 })
    const release = await limiter.acquire()
    const order: string[] = []
    const enter = async (who: string): Promise<void> => {
      const leave = await limiter.acquire()
      order.push(who)
      leave()
    }
    const first = enter('waited')
    release()
    const second = enter('came')
    await Promise.all([first, second])
    expect(order).toEqual(['waited', 'came'])
  })

  it('takes a slot back once', async () => {
    const limiter = new ConcurrencyLimiter({ maxConcurrent: 1 })
    const release = await limiter.acquire()
    release()
    release()
    await limiter.acquire()
    expect(limiter.active).toBe(1)
  })

  it('lets who is aborted leave the queue, and nothing is left of it', async () => {
    const limiter = new ConcurrencyLimiter({ maxConcurrent: 1 })
    const release = await limiter.acquire()
    const limited = limitConcurrency(new ScriptedModel(['ok']), limiter)
    const controller = new AbortController()
    const { signal } = controller
    const request = limited.request(modelCall({ signal }))
    await settled()
    expect(limiter.queued).toBe(1)
    const reason = new Error('Enough')
    controller.abort(reason)
    expect(await rejection(request)).toBe(reason)
    expect(limiter.queued).toBe(0)
    expect(await rejection(limited.request(modelCall({ signal })))).toBe(reason)
    release()
    await limited.request(modelCall())
    expect(limiter.active).toBe(0)
  })

  it('stops listening to the call once it has a slot', async () => {
    const limiter = new ConcurrencyLimiter({ maxConcurrent: 1 })
    const release = await limiter.acquire()
    const { signal } = new AbortController()
    const next = limiter.acquire(() => signal)
    await settled()
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    release()
    ;(await next)()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    expect(limiter.active).toBe(0)
  })

  it('loses no slot to errors', async () => {
    const model = new ScriptedModel([new Error('one'), new Error('two'), 'ok'])
    const limited = limitConcurrency(model, { maxConcurrent: 1, maxQueued: 0 })
    await expect(limited.request(modelCall())).rejects.toThrow('one')
    await expect(collected(limited.stream(modelCall()))).rejects.toThrow('two')
    await limited.request(modelCall())
    expect(limited.limiter.active).toBe(0)
  })

  it('keeps the slot of a stream until it has ended or is left', async () => {
    const model = streaming([
      [text('a'), text('b')],
      [text('a'), text('b')],
    ])
    const limited = limitConcurrency(model, { maxConcurrent: 1 })
    const seen: number[] = []
    for await (const { kind } of limited.stream(modelCall())) {
      if (kind === 'text') seen.push(limited.limiter.active)
    }
    expect(seen).toEqual([1, 1])
    expect(limited.limiter.active).toBe(0)
    for await (const { kind } of streamFrom(limited, modelCall())) if (kind === 'text') break
    expect([limited.limiter.active, model.open]).toEqual([0, 0])
  })

  it('takes no slot for a stream that nobody pulls', () => {
    const limited = limitConcurrency(streaming([[text('a')]]), { maxConcurrent: 1 })
    limited.stream(modelCall())
    expect(limited.limiter.active).toBe(0)
  })

  it.each([
    { maxConcurrent: 0 },
    { maxConcurrent: 1.5 },
    { maxConcurrent: Number.NaN },
    { maxConcurrent: 1, maxQueued: -1 },
  ])('refuses %o', (limits) => {
    expect(() => new ConcurrencyLimiter(limits)).toThrow(UserError)
  })
})
