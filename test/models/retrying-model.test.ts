import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { ModelAPIError, ModelHTTPError, UserError } from '../../src/errors/index.ts'
import {
  collectStream,
  FallbackModel,
  limitConcurrency,
  type ModelCall,
  retrying,
  type RetryOptions,
} from '../../src/models/index.ts'
import type { ModelAttemptFailedEvent } from '../../src/streaming/index.ts'
import { ManualClock, ScriptedModel, type ScriptedResponse } from '../../src/testing/index.ts'
import { rejection } from '../agent/script.ts'
import { modelCall } from './calls.ts'
import { collected, type Step, streaming, text } from './streaming-model.ts'

const busy = new ModelHTTPError({ modelName: 'm', statusCode: 503 })
const refused = new ModelHTTPError({ modelName: 'm', statusCode: 400 })

function limited(retryAfter: number): ModelHTTPError {
  return new ModelHTTPError({ modelName: 'm', statusCode: 429, retryAfter })
}

/** A request through retries, whose clock is turned by hand. */
function asking(answers: readonly ScriptedResponse[], options: RetryOptions = {}) {
  const clock = new ManualClock()
  const inner = new ScriptedModel(answers)
  const told: ModelAttemptFailedEvent[] = []
  const controller = new AbortController()
  const call: ModelCall = {
    ...modelCall({ signal: controller.signal }),
    onAttemptFailed: (event) => void told.push(event),
  }
  const model = retrying(inner, { clock, jitter: 'none', ...options })
  const answer = Promise.allSettled([model.request(call)]).then(([settled]) => settled)
  return { clock, inner, told, controller, answer }
}

describe('retries', () => {
  it('wait longer after each failure, and tell of it', async () => {
    const { clock, inner, told, answer } = asking([busy, busy, 'ok'])
    await clock.advance(499)
    expect(inner.calls).toHaveLength(1)
    await clock.advance(1)
    expect(inner.calls).toHaveLength(2)
    await clock.advance(1000)
    expect(await answer).toMatchObject({ status: 'fulfilled' })
    expect(told).toEqual([
      {
        eventKind: 'model_attempt_failed',
        modelName: 'scripted',
        attempt: 1,
        error: busy,
        delayMs: 500,
        nextModelName: 'scripted',
      },
      expect.objectContaining({ attempt: 2, delayMs: 1000 }),
    ])
  })

  it('end with the error of the last attempt', async () => {
    const last = limited(0)
    const { clock, told, answer } = asking([busy, busy, last])
    await clock.advance(10_000)
    expect(await answer).toEqual({ status: 'rejected', reason: last })
    expect(told).toHaveLength(2)
  })

  it('do not wait longer than they may', async () => {
    const options = { maxAttempts: 5, baseDelayMs: 100, maxDelayMs: 250 }
    const { clock, told } = asking([busy, busy, busy, busy, 'ok'], options)
    await clock.advance(1000)
    expect(told.map(({ delayMs }) => delayMs)).toEqual([100, 200, 250, 250])
  })

  it('take any part of the wait, so that clients do not come back all at once', async () => {
    const numbers = [0, 0.5, 0.999]
    const random = (): number => numbers.shift() ?? 0
    const options = { maxAttempts: 4, jitter: 'full', random } as const
    const { clock, told } = asking([busy, busy, busy, 'ok'], options)
    await clock.advance(10_000)
    expect(told.map(({ delayMs }) => delayMs)).toEqual([0, 500, 1998])
  })

  it('wait as long as the provider asks for', async () => {
    const { clock, inner, told } = asking([limited(7), limited(0.1), 'ok'])
    await clock.advance(6999)
    expect(inner.calls).toHaveLength(1)
    await clock.advance(10_000)
    expect(told.map(({ delayMs }) => delayMs)).toEqual([7000, 1000])
  })

  it('give up at once when the provider asks for too long a wait', async () => {
    const long = limited(61)
    const { inner, told, answer } = asking([long])
    expect(await answer).toEqual({ status: 'rejected', reason: long })
    expect(told).toEqual([])
    inner.assertDone()
  })

  it.each([
    { why: 'a refused request', error: refused },
    { why: 'an error of another kind', error: new UserError('Wrong use') },
    { why: 'a failure that is known to last', error: new ModelAPIError('m', 'No such host') },
  ])('leave $why alone', async ({ error }) => {
    const { answer } = asking([error])
    expect(await answer).toEqual({ status: 'rejected', reason: error })
  })

  it('are for other errors when told so', async () => {
    const { clock, answer } = asking([refused, 'ok'], { retryOn: (error) => error === refused })
    await clock.advance(500)
    expect(await answer).toMatchObject({ status: 'fulfilled' })
  })

  it('end at once when the call is aborted, and leave no timer', async () => {
    const { clock, inner, controller, answer } = asking([busy, 'never'])
    await clock.advance(100)
    expect(clock.pendingTimers).toBe(1)
    const reason = new Error('Enough')
    controller.abort(reason)
    expect(await answer).toEqual({ status: 'rejected', reason })
    expect(clock.pendingTimers).toBe(0)
    expect(inner.calls).toHaveLength(1)
  })

  it('do not begin once the call is aborted', async () => {
    const reason = new Error('Enough')
    const controller = new AbortController()
    const inner = new ScriptedModel([
      () => {
        controller.abort(reason)
        throw busy
      },
    ])
    const call = modelCall({ signal: controller.signal })
    expect(await rejection(retrying(inner).request(call))).toBe(reason)
    inner.assertDone()
  })

  it('go by the clock of the run when they have none', async () => {
    const clock = new ManualClock()
    const inner = new ScriptedModel([busy, 'ok'])
    const answer = retrying(inner, { jitter: 'none' }).request({ ...modelCall(), clock })
    await clock.advance(500)
    await expect(answer).resolves.toMatchObject({ modelName: 'scripted' })
  })

  it('try a whole fallback again, as soon as its models say', async () => {
    const clock = new ManualClock()
    const first = new ScriptedModel([limited(20), 'ok'])
    const second = new ScriptedModel([limited(10)])
    const model = retrying(new FallbackModel([first, second]), { clock })
    const answer = model.request(modelCall())
    await clock.advance(9999)
    expect(first.calls).toHaveLength(1)
    await clock.advance(1)
    await expect(answer).resolves.toMatchObject({ modelName: 'scripted' })
  })

  it('are part of an agent like any model, by every name', async () => {
    const inner = new ScriptedModel([busy, 'ok'], { settings: { temperature: 0 } })
    const model = retrying(inner, { baseDelayMs: 0 })
    const result = await new Agent({ model }).run('Hi')
    expect(result.output).toBe('ok')
    expect(inner.calls[1]?.settings).toEqual({ temperature: 0 })
    expect(model).toMatchObject({ modelName: 'scripted', system: 'scripted', isRemote: false })
    expect(inspect(limitConcurrency(model, { maxConcurrent: 1 }))).toBe(
      'ConcurrencyLimitedModel(RetryingModel(scripted:scripted))',
    )
  })

  it.each([
    { maxAttempts: 0 },
    { maxAttempts: 1.5 },
    { baseDelayMs: -1 },
    { maxDelayMs: Number.NaN },
  ])('refuse %o', (options) => {
    expect(() => retrying(new ScriptedModel([]), options)).toThrow(UserError)
  })
})

describe('retries of a stream', () => {
  function reading(answers: readonly (readonly Step[])[]) {
    const inner = streaming(answers)
    const call = modelCall()
    return { inner, deltas: collected(retrying(inner, { baseDelayMs: 0 }).stream(call)) }
  }

  it('show nothing of an attempt that fails before its first content', async () => {
    const { inner, deltas } = reading([
      [{ kind: 'response', providerName: 'first' }, busy],
      [{ kind: 'response', providerName: 'second' }, text('Hello')],
    ])
    expect(await deltas).toEqual([{ kind: 'response', providerName: 'second' }, text('Hello')])
    expect(inner.open).toBe(0)
  })

  it('are over with the first content', async () => {
    const { inner, deltas } = reading([[text('He'), busy], [text('never')]])
    expect(await rejection(deltas)).toBe(busy)
    expect(inner.calls).toHaveLength(1)
  })

  it('count a call, a signature and a whole part as content', async () => {
    const pieces: Step[] = [
      { kind: 'tool-call', toolName: 'ping' },
      { kind: 'thinking', signature: 'x' },
      { kind: 'part', part: { partKind: 'text', content: '' } },
    ]
    for (const piece of pieces) {
      expect(await rejection(reading([[piece, busy]]).deltas)).toBe(busy)
    }
  })

  it('pass on an answer without content', async () => {
    const { deltas } = reading([[{ kind: 'response', finishReason: 'stop' }]])
    expect(await deltas).toEqual([{ kind: 'response', finishReason: 'stop' }])
  })

  it('stream a model that only answers as a whole', async () => {
    const model = retrying(new ScriptedModel([busy, 'Hello']), { baseDelayMs: 0 })
    await expect(collectStream(model.stream(modelCall()))).resolves.toMatchObject({
      parts: [{ content: 'Hello' }],
    })
  })
})
