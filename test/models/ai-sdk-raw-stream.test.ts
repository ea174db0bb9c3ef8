import { describe, expect, it } from 'vitest'
import { AiSdkModel } from '../../src/models/ai-sdk/index.ts'
import { collectStream } from '../../src/models/index.ts'
import { modelCall } from './calls.ts'
import { sdkModel } from './sdk-model.ts'

const finish = { type: 'finish', usage: {}, finishReason: { unified: 'stop', raw: 'end' } }

describe('a stream of a known family', () => {
  const raw = (rawValue: unknown) => ({ type: 'raw', rawValue })
  const chunk = (delta: object, more: object = {}) =>
    raw({ id: 'r1', model: 'm', choices: [{ delta, ...more }] })
  const provider = 'openai.chat'

  it('is read from what the provider sends, not from what the package tells', async () => {
    const parts = [
      chunk({ reasoning_content: 'hm' }),
      chunk({ content: 'Hi' }),
      { type: 'text-delta', id: '0', delta: 'something else' },
      chunk({}, { finish_reason: 'stop' }),
      finish,
    ]
    const languageModel = sdkModel({ provider, parts })
    const response = await collectStream(new AiSdkModel(languageModel).stream(modelCall()))
    expect(languageModel.asked[0]).toMatchObject({ includeRawChunks: true })
    expect(response).toMatchObject({
      providerName: 'openai',
      providerResponseId: 'r1',
      parts: [
        { partKind: 'thinking', content: 'hm' },
        { partKind: 'text', content: 'Hi' },
      ],
    })
  })

  it('goes on where the package cannot read a chunk that can be read', async () => {
    const error = Object.assign(new Error('schema'), { name: 'AI_TypeValidationError' })
    const parts = [
      chunk({ content: 'Hi' }),
      { type: 'error', error },
      chunk({}, { finish_reason: 'stop' }),
      finish,
    ]
    const model = new AiSdkModel(sdkModel({ provider, parts }))
    expect(await collectStream(model.stream(modelCall()))).toMatchObject({
      parts: [{ content: 'Hi' }],
    })
  })

  it('fails by an error that the package passes over', async () => {
    const error = { message: 'limit', code: 502 }
    const parts = [chunk({ content: 'Hi' }), raw({ choices: [], error }), finish]
    const stream = new AiSdkModel(sdkModel({ provider, parts })).stream(modelCall())
    await expect(collectStream(stream)).rejects.toMatchObject({
      name: 'ModelStreamError',
      body: error,
    })
  })

  it.each([
    { why: 'it sends something unknown', body: {}, first: raw({ surprise: true }) },
    {
      why: 'the package asks for the output by a tool of its own',
      body: { tools: [{ name: 'json' }] },
      first: chunk({ content: 'not for us' }),
    },
  ])('is read from what the package tells when $why', async ({ body, first }) => {
    const parts = [first, { type: 'text-delta', id: '0', delta: 'Hi' }, finish]
    const model = new AiSdkModel(sdkModel({ provider, parts, body }))
    expect(await collectStream(model.stream(modelCall()))).toMatchObject({
      parts: [{ content: 'Hi' }],
    })
  })

  it('that stops in the middle of work in the background is suspended', async () => {
    const event = (type: string, sequence_number: number) =>
      raw({ type, sequence_number, response: { id: 'r1', background: true, status: 'queued' } })
    const parts = [event('response.created', 0), event('response.queued', 1)]
    const model = new AiSdkModel(sdkModel({ provider: 'openai.responses', parts }))
    expect(await collectStream(model.stream(modelCall()))).toMatchObject({
      state: 'suspended',
      providerResponseId: 'r1',
      providerDetails: { background: true, last_sequence_number: 1 },
    })
  })
})
