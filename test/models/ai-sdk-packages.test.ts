import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import type { LanguageModelV3, LanguageModelV4 } from '@ai-sdk/provider'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type AiSdkLanguageModel,
  collectStream,
  type Model,
  toModel,
} from '../../src/models/index.ts'
import { AiSdkModel, retrievingFetch } from '../../src/models/ai-sdk/index.ts'
import { ReplayServer } from '../recordings/replay-server.ts'
import { modelCall, response } from './calls.ts'

const settings = { baseURL: 'http://127.0.0.1:9/v1', apiKey: 'key' }

/** Compiles only while objects of both specifications are models to us. */
const accepted = (model: LanguageModelV3 | LanguageModelV4): AiSdkLanguageModel => model

describe('a language model object of a provider package', () => {
  it.each([
    { languageModel: createOpenAI(settings).chat('m'), system: 'openai' },
    { languageModel: createOpenAI(settings).responses('m'), system: 'openai' },
    { languageModel: createAnthropic(settings)('m'), system: 'anthropic' },
    { languageModel: createGoogle(settings)('m'), system: 'google' },
  ])('$languageModel.provider is a model of $system', ({ languageModel, system }) => {
    const model = toModel(accepted(languageModel))
    expect(model).toMatchObject({ modelName: 'm', system, isRemote: true })
    expect(model.profile.supportsJsonSchemaOutput).toBe(true)
  })
})

describe('a response in the background', () => {
  let server: ReplayServer
  beforeEach(async () => {
    server = await ReplayServer.start()
  })
  afterEach(() => server.close())

  const suspended = {
    ...response(),
    state: 'suspended',
    providerName: 'openai',
    providerResponseId: 'resp_1',
    providerDetails: { background: true },
  } as const
  const call = modelCall({ messages: [...modelCall().messages, suspended] })

  it('can be asked about through an object that was made for it', async () => {
    const done = { object: 'response', id: 'resp_1', status: 'completed', output: [] }
    server.answerNext({ status: 200, body: JSON.stringify(done) })
    const openai = createOpenAI({
      baseURL: server.url,
      apiKey: 'key',
      fetch: retrievingFetch(globalThis.fetch),
    })
    const model = new AiSdkModel(openai('m'), { canRetrieve: true })
    expect(await model.request(call)).toMatchObject({ state: 'complete' })
    expect(server.arrivals).toMatchObject([{ method: 'GET', path: '/responses/resp_1' }])
  })

  it.each([
    { how: 'from where it stopped', last: { last_sequence_number: 4 }, query: true },
    { how: 'as a whole when it was not streamed before', last: {}, query: false },
  ])('is streamed $how', async ({ last, query }) => {
    const done = { object: 'response', id: 'resp_1', status: 'completed', output: [] }
    const event = { type: 'response.completed', response: done }
    server.answerNext(
      query
        ? {
            status: 200,
            contentType: 'text/event-stream',
            body: `data: ${JSON.stringify(event)}\n\n`,
          }
        : { status: 200, body: JSON.stringify(done) },
    )
    const pending = { ...suspended, providerDetails: { background: true, ...last } }
    const messages = [...modelCall().messages, pending]
    const fetch = retrievingFetch(globalThis.fetch)
    const openai = createOpenAI({ baseURL: server.url, apiKey: 'key', fetch })
    const model = new AiSdkModel(openai('m'), { canRetrieve: true })
    const answer = await collectStream(model.stream(modelCall({ messages })))
    expect(answer).toMatchObject({ finishReason: 'stop' })
    const path = query ? '/responses/resp_1?starting_after=4&stream=true' : '/responses/resp_1'
    expect(server.arrivals).toMatchObject([{ method: 'GET', path }])
  })

  it('cannot be asked about through any other object, which says so', async () => {
    const model: Model = toModel(createOpenAI(settings)('m'))
    await expect(model.request(call)).rejects.toThrow("'openai:m'")
  })

  it('is asked about every second', () => {
    const model = toModel(createOpenAI(settings)('m'))
    expect(model.continuationDelayMs?.(suspended)).toBe(1000)
    expect(model.continuationDelayMs?.(response())).toBe(0)
  })
})
