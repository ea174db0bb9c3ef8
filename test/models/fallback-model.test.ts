import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import {
  ConcurrencyLimitError,
  FallbackExhaustedError,
  ModelAPIError,
  ModelHTTPError,
  ResponseRejectedError,
  UserError,
} from '../../src/errors/index.ts'
import type { ModelResponseInput } from '../../src/messages/index.ts'
import {
  collectStream,
  FallbackModel,
  type ModelCall,
  retrying,
  streamFrom,
  withSettings,
} from '../../src/models/index.ts'
import type { ModelAttemptFailedEvent } from '../../src/streaming/index.ts'
import { FunctionModel, ScriptedModel } from '../../src/testing/index.ts'
import { rejection } from '../agent/script.ts'
import { modelCall, response } from './calls.ts'
import { collected, streaming, text, textOf } from './streaming-model.ts'

const busy = new ModelHTTPError({ modelName: 'a', statusCode: 503 })
const down = new ModelAPIError('b', 'No connection', { isRetryable: true })

function failing(modelName: string, error: Error): FunctionModel {
  return new FunctionModel(
    () => {
      throw error
    },
    { modelName, system: `${modelName}-system` },
  )
}

function answering(modelName: string, answer: string | ModelResponseInput = 'ok'): ScriptedModel {
  return new ScriptedModel([answer], { modelName, system: `${modelName}-system` })
}

/** A call that remembers what it was told of failed attempts. */
function listening(call: ModelCall = modelCall()): ModelCall & { told: ModelAttemptFailedEvent[] } {
  const told: ModelAttemptFailedEvent[] = []
  return { ...call, told, onAttemptFailed: (event) => void told.push(event) }
}

describe('lesson-23: a fallback across providers', () => {
  it('asks the next model when one fails, and says so', async () => {
    const call = listening()
    const model = new FallbackModel([failing('a', busy), failing('b', down), answering('c')])
    await expect(model.request(call)).resolves.toMatchObject({ modelName: 'c' })
    expect(call.told).toEqual([
      {
        eventKind: 'model_attempt_failed',
        modelName: 'a',
        attempt: 1,
        error: busy,
        delayMs: 0,
        nextModelName: 'b',
      },
      {
        eventKind: 'model_attempt_failed',
        modelName: 'b',
        attempt: 2,
        error: down,
        delayMs: 0,
        nextModelName: 'c',
      },
    ])
  })

  it('serves an agent, whose history names the model that answered', async () => {
    const agent = new Agent({ model: new FallbackModel([failing('a', busy), answering('b')]) })
    const result = await agent.run('Hi')
    expect(result.output).toBe('ok')
    expect(result.allMessages().at(-1)).toMatchObject({ modelName: 'b' })
  })
})

describe('a fallback', () => {
  it('tells the errors of all models when none is left', async () => {
    const call = listening()
    const model = new FallbackModel([failing('a', busy), failing('b', down)])
    const error = await rejection(model.request(call))
    expect(error).toBeInstanceOf(FallbackExhaustedError)
    expect(error).toMatchObject({ errors: [busy, down], cause: down, isRetryable: true })
    expect(String(error)).toMatch(/'a': status_code: 503.*; 'b': No connection/)
    expect(call.told).toHaveLength(1)
  })

  it('passes on an error that is not of the provider', async () => {
    const own = new UserError('Wrong use')
    const second = answering('b')
    const model = new FallbackModel([failing('a', own), second])
    expect(await rejection(model.request(modelCall()))).toBe(own)
    expect(second.calls).toEqual([])
  })

  it.each([
    { why: 'a class', fallbackOn: ConcurrencyLimitError },
    { why: 'a class in a list', fallbackOn: [ModelAPIError, ConcurrencyLimitError] },
    { why: 'a function', fallbackOn: (error: unknown) => error instanceof ConcurrencyLimitError },
    { why: 'a slow function', fallbackOn: [async (error: unknown) => error === full] },
    { why: 'every error', fallbackOn: Error },
  ])('falls back on what $why names', async ({ fallbackOn }) => {
    const model = new FallbackModel([failing('a', full), answering('b')], { fallbackOn })
    await expect(model.request(modelCall())).resolves.toMatchObject({ modelName: 'b' })
  })

  it('takes what is named in the place of the default', async () => {
    const fallbackOn = ConcurrencyLimitError
    const model = new FallbackModel([failing('a', busy), answering('b')], { fallbackOn })
    expect(await rejection(model.request(modelCall()))).toBe(busy)
  })

  it('asks nobody else once the call is aborted', async () => {
    const controller = new AbortController()
    const leaving = new FunctionModel(() => {
      controller.abort(new Error('Enough'))
      throw busy
    })
    const second = answering('b')
    const model = new FallbackModel([leaving, second])
    const call = modelCall({ signal: controller.signal })
    await expect(model.request(call)).rejects.toThrow('Enough')
    expect(second.calls).toEqual([])
  })

  it('stands in another one, and its failure counts as one', async () => {
    const inner = new FallbackModel([failing('a', busy), failing('b', down)])
    const call = listening()
    const model = new FallbackModel([inner, answering('c')])
    await expect(model.request(call)).resolves.toMatchObject({ modelName: 'c' })
    expect(call.told.map(({ modelName, nextModelName }) => [modelName, nextModelName])).toEqual([
      ['a', 'b'],
      ['fallback:a,b', 'c'],
    ])
  })

  it('is made of names, models and AI SDK objects, and shows them', () => {
    const model = new FallbackModel(['openai:gpt-5.2', retrying('anthropic:claude-x')])
    expect(model.modelName).toBe('fallback:gpt-5.2,claude-x')
    expect(model.system).toBe('fallback:openai,anthropic')
    expect(model.isRemote).toBe(true)
    expect(inspect(model)).toBe('FallbackModel(openai:gpt-5.2, RetryingModel(anthropic:claude-x))')
    expect(new FallbackModel([answering('a')]).isRemote).toBe(false)
  })

  it('needs models and conditions', () => {
    expect(() => new FallbackModel([])).toThrow(UserError)
    expect(() => new FallbackModel([answering('a')], { fallbackOn: [] })).toThrow(UserError)
  })

  it('gives each model its own settings, under those of the call', async () => {
    const [first, second] = [failing('a', busy), answering('b')]
    const own = withSettings(second, { temperature: 1, topK: 3 })
    const settings = { temperature: 0.5, seed: 1 }
    await new FallbackModel([first, own]).request(modelCall({ settings }))
    expect(second.calls[0]?.settings).toEqual({ temperature: 0.5, topK: 3, seed: 1 })
  })

  it('is prepared so that every model understands, and can do what the first can', () => {
    const rich = new ScriptedModel([], {
      profile: { defaultStructuredOutputMode: 'native', supportsInlineSystemPrompts: true },
    })
    const poor = new ScriptedModel([], {
      profile: {
        supportsJsonSchemaOutput: false,
        supportsInlineSystemPrompts: false,
        nativeOutputRequiresSchemaInInstructions: true,
      },
    })
    expect(new FallbackModel([rich, rich]).profile).toEqual(rich.profile)
    expect(new FallbackModel([rich, poor]).profile).toEqual({
      ...rich.profile,
      defaultStructuredOutputMode: 'tool',
      supportsInlineSystemPrompts: false,
      nativeOutputRequiresSchemaInInstructions: true,
    })
  })
})

const full = new ConcurrencyLimitError(1, 0)

describe('a bad response', () => {
  const isEmpty = ({ parts }: ModelResponseInput): boolean => parts.length === 0
  const empty = { parts: [], usage: { inputTokens: 10, outputTokens: 1 } }
  const good: ModelResponseInput = {
    parts: [{ partKind: 'text', content: 'ok' }],
    usage: { inputTokens: 12, outputTokens: 5, details: { thinking: 2 } },
  }

  it('is left for the next model, and what it used is not lost', async () => {
    const call = listening()
    const models = [answering('a', empty), answering('b', empty), answering('c', good)]
    const model = new FallbackModel(models, { fallbackOn: { badResponse: isEmpty } })
    const taken = await model.request(call)
    expect(taken).toMatchObject({
      modelName: 'c',
      usage: { inputTokens: 32, outputTokens: 7, details: { thinking: 2 }, cost: null },
    })
    expect(call.told[0]?.error).toBeInstanceOf(ResponseRejectedError)
  })

  it('is paid at the price of its own model', async () => {
    const cheap = { ...empty, usage: { ...empty.usage, cost: '0.001' } }
    const dear = { ...good, usage: { ...good.usage, cost: '0.02' } }
    const model = new FallbackModel([answering('a', cheap), answering('b', dear)], {
      fallbackOn: [ModelAPIError, { badResponse: async (found) => isEmpty(found) }],
    })
    await expect(model.request(modelCall())).resolves.toMatchObject({ usage: { cost: '0.021' } })
  })

  it('is kept in the error when no model did better', async () => {
    const model = new FallbackModel([answering('a', empty), failing('b', busy)], {
      fallbackOn: [{ badResponse: isEmpty }, ModelAPIError],
    })
    const error = await rejection(model.request(modelCall()))
    expect(error).toMatchObject({
      errors: [{ name: 'ResponseRejectedError', modelName: 'a', response: empty }, busy],
    })
  })

  it('is found in a stream that ends without content', async () => {
    const usage = { inputTokens: 10, outputTokens: 0, cost: '0.5' }
    const first = streaming([[{ kind: 'response', usage }]], { modelName: 'a' })
    const second = streaming(
      [[text('o'), { kind: 'response', usage: { inputTokens: 7, cost: '0.25' } }, text('k')]],
      { modelName: 'b' },
    )
    const model = new FallbackModel([first, second], { fallbackOn: { badResponse: isEmpty } })
    const taken = await collectStream(model.stream(modelCall()))
    expect(taken).toMatchObject({
      modelName: 'b',
      parts: [{ content: 'ok' }],
      usage: { inputTokens: 17, cost: '0.75' },
    })
  })
})

describe('a fallback that streams', () => {
  it('shows nothing of a model that fails before its first content', async () => {
    const call = listening()
    const first = streaming(
      [[{ kind: 'response', providerName: 'first', usage: { inputTokens: 9 } }, text(''), busy]],
      { modelName: 'a' },
    )
    const second = streaming([[text('He'), text('llo')]], { modelName: 'b' })
    const deltas = await collected(new FallbackModel([first, second]).stream(call))
    expect(deltas).toEqual([{ kind: 'response', modelName: 'b' }, text('He'), text('llo')])
    expect(call.told).toMatchObject([{ modelName: 'a', nextModelName: 'b', error: busy }])
  })

  it('holds facts back until there is content, and keeps their order', async () => {
    const first = streaming([[{ kind: 'response', providerName: 'p' }, text('Hi')]])
    const deltas = await collected(new FallbackModel([first]).stream(modelCall()))
    expect(deltas.slice(1)).toEqual([{ kind: 'response', providerName: 'p' }, text('Hi')])
  })

  it('throws the error of a model that has begun to speak', async () => {
    const second = streaming([[text('no')]])
    const model = new FallbackModel([streaming([[text('He'), busy]]), second])
    const seen: string[] = []
    const reading = (async () => {
      for await (const delta of model.stream(modelCall())) seen.push(textOf([delta]))
    })()
    expect(await rejection(reading)).toBe(busy)
    expect(seen.join('')).toBe('He')
    expect(second.calls).toEqual([])
  })

  it('closes the stream that its reader leaves', async () => {
    const first = streaming([[text('a'), text('b')]])
    for await (const delta of new FallbackModel([first]).stream(modelCall())) {
      if (delta.kind === 'text') break
    }
    expect(first.open).toBe(0)
  })

  it('passes on an answer without content', async () => {
    const first = streaming([[{ kind: 'response', finishReason: 'stop' }]], { modelName: 'a' })
    const taken = await collectStream(new FallbackModel([first]).stream(modelCall()))
    expect(taken).toEqual({ modelName: 'a', finishReason: 'stop', parts: [] })
  })

  it('takes models that only answer as a whole', async () => {
    const model = new FallbackModel([failing('a', busy), answering('b', 'Hello')])
    await expect(collectStream(streamFrom(model, modelCall()))).resolves.toMatchObject({
      modelName: 'b',
      parts: [{ content: 'Hello' }],
    })
  })

  it('tells all errors when no model has begun', async () => {
    const model = new FallbackModel([streaming([[busy]]), streaming([[down]])])
    const error = await rejection(collected(model.stream(modelCall())))
    expect(error).toMatchObject({ name: 'FallbackExhaustedError', errors: [busy, down] })
  })
})

describe('a suspended response', () => {
  const paused = { parts: [], state: 'suspended', providerResponseId: 'job' } as const
  const done = { parts: [{ partKind: 'text', content: 'done' }] } as const

  function scripted(modelName: string, answers: (ModelResponseInput | Error)[]): ScriptedModel {
    return new ScriptedModel(answers, { modelName })
  }

  it('is continued by the model that gave it', async () => {
    const first = failing('a', busy)
    const second = scripted('b', [paused, done])
    const agent = new Agent({ model: new FallbackModel([first, second]) })
    expect((await agent.run('Hi')).output).toBe('done')
    const asked = second.calls[1]?.messages.at(-1)
    expect(asked).toMatchObject({ kind: 'response', state: 'suspended', providerDetails: {} })
  })

  it('finds its model through fallbacks within fallbacks, streamed or not', async () => {
    const make = (): { model: FallbackModel; last: ScriptedModel } => {
      const last = scripted('c', [paused, done])
      const inner = new FallbackModel([failing('b', busy), last])
      return { model: new FallbackModel([failing('a', busy), retrying(inner)]), last }
    }
    for (const how of ['request', 'stream'] as const) {
      const { model, last } = make()
      const ask = async (call: ModelCall): Promise<ModelResponseInput> =>
        how === 'request' ? model.request(call) : collectStream(model.stream(call))
      const first = await ask(modelCall())
      expect(first.providerDetails).toEqual({
        fallback_models: ['fallback:b-system,scripted:fallback:b,c', 'scripted:c'],
      })
      const { providerDetails = null } = first
      const suspended = { ...response(), state: 'suspended' as const, providerDetails }
      const messages = [...modelCall().messages, suspended]
      await expect(ask(modelCall({ messages }))).resolves.toMatchObject({ parts: done.parts })
      expect(last.calls[1]?.messages.at(-1)).toEqual({ ...suspended, providerDetails: {} })
    }
  })

  it('is given up when its model fails: the others start from before it', async () => {
    const [owner, second] = [scripted('a', [down, busy]), scripted('b', [done])]
    const call = modelCall()
    const suspended = { ...response(), state: 'suspended' as const }
    const messages = [...call.messages, suspended]
    const model = new FallbackModel([owner, second])
    await expect(model.request({ ...call, messages })).resolves.toMatchObject({ modelName: 'b' })
    expect(owner.calls.map((asked) => asked.messages)).toEqual([messages, call.messages])
    expect(second.calls[0]?.messages).toEqual(call.messages)
  })

  it.each(['run', 'stream'] as const)(
    'that is given up is replaced by what another model says, not continued by it (%s)',
    async (how) => {
      const half = { parts: [{ partKind: 'text', content: 'hal' }], state: 'suspended' } as const
      const first = scripted('a', [half, down, down])
      const second = scripted('b', [done])
      const agent = new Agent({ model: new FallbackModel([first, second]) })
      const result = await (how === 'run' ? agent.run('Hi') : agent.stream('Hi').result)
      expect(result.output).toBe('done')
      expect(result.response).toMatchObject({ modelName: 'b', parts: [{ content: 'done' }] })
    },
  )

  it('is asked about again after the delay of its own model', () => {
    const first = streaming([], { modelName: 'a', continuationDelayMs: () => 5 })
    const second = streaming([], { modelName: 'b', continuationDelayMs: () => 7 })
    const model = new FallbackModel([first, second])
    const providerDetails = { fallback_models: ['test:b'] }
    expect(model.continuationDelayMs({ ...response(), providerDetails })).toBe(7)
    expect(model.continuationDelayMs(response())).toBe(5)
  })
})
