import { describe, expect, it } from 'vitest'
import { AiSdkModel } from '../../src/models/ai-sdk/index.ts'
import { modelCall } from './calls.ts'
import { sdkModel } from './sdk-model.ts'

async function answer(result: Readonly<Record<string, unknown>>, version: 'v3' | 'v4' = 'v4') {
  const languageModel = sdkModel({ result, specificationVersion: version })
  return new AiSdkModel(languageModel).request(modelCall())
}

describe('the result of a package that has no reader of ours', () => {
  it.each(['v3', 'v4'] as const)('is read from the fields of specification %s', async (version) => {
    const timestamp = new Date('2026-01-02T03:04:05Z')
    const response = { id: 'r1', modelId: 'acme-1-2026', timestamp }
    expect(await answer({ response }, version)).toMatchObject({
      parts: [{ partKind: 'text', content: 'Hello' }],
      modelName: 'acme-1-2026',
      providerName: 'acme',
      providerResponseId: 'r1',
      finishReason: 'stop',
      providerDetails: { finish_reason: 'end', timestamp: '2026-01-02T03:04:05Z' },
    })
  })

  it('counts cached tokens as part of the input, and thinking as part of the output', async () => {
    const { usage } = await answer({})
    expect(usage).toMatchObject({
      inputTokens: 10,
      cacheReadTokens: 5,
      cacheWriteTokens: 1,
      outputTokens: 7,
      details: { reasoning_tokens: 3 },
    })
  })

  it.each([
    ['length', 'length'],
    ['content-filter', 'content_filter'],
    ['tool-calls', 'tool_call'],
    ['error', 'error'],
    ['other', null],
  ])('stopped for the reason %s', async (unified, finishReason) => {
    expect(await answer({ finishReason: { unified, raw: 'x' } })).toMatchObject({ finishReason })
  })

  it('has a part for each kind of content, with what the package attached', async () => {
    const providerMetadata = { acme: { signature: 's' } }
    const content = [
      { type: 'reasoning', text: 'hm', providerMetadata },
      { type: 'tool-call', toolCallId: 'c1', toolName: 'look', input: '{}' },
      {
        type: 'tool-call',
        toolCallId: 'n1',
        toolName: 'search',
        input: '{}',
        providerExecuted: true,
      },
      { type: 'tool-result', toolCallId: 'n1', toolName: 'search', result: [1], isError: true },
      { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAAA' } },
      { type: 'file', mediaType: 'image/png', data: new Uint8Array(3) },
      { type: 'source', id: 's1' },
    ]
    expect((await answer({ content })).parts).toMatchObject([
      {
        partKind: 'thinking',
        content: 'hm',
        providerName: 'acme',
        providerDetails: { provider_metadata: providerMetadata },
      },
      { partKind: 'tool-call', toolName: 'look', toolCallId: 'c1', args: '{}' },
      { partKind: 'builtin-tool-call', toolName: 'search', toolCallId: 'n1' },
      { partKind: 'builtin-tool-return', content: [1], outcome: 'failed' },
      { partKind: 'file', content: { data: 'AAAA', mediaType: 'image/png' } },
      { partKind: 'file', content: { data: 'AAAA' } },
    ])
  })
})

describe('a result with the raw answer of a known API', () => {
  it('is read from the raw answer, whatever the package is called', async () => {
    const body = {
      object: 'chat.completion',
      id: 'r1',
      model: 'm',
      created: 1,
      choices: [{ finish_reason: 'stop', message: { reasoning_content: 'hm', content: 'Hi' } }],
      usage: { prompt_tokens: 1, completion_tokens: 2, prompt_cache_hit_tokens: 1 },
    }
    expect(await answer({ response: { body } })).toMatchObject({
      parts: [
        { partKind: 'thinking', content: 'hm' },
        { partKind: 'text', content: 'Hi' },
      ],
      usage: { details: { prompt_cache_hit_tokens: 1 } },
    })
  })

  it('comes from the package where it put a tool of its own in the place of a native output', async () => {
    const body = {
      type: 'message',
      content: [{ type: 'tool_use', id: 'c', name: 'json', input: {} }],
    }
    const content = [{ type: 'text', text: '{}' }]
    const languageModel = sdkModel({ result: { content, response: { body } } })
    const call = modelCall({ parameters: { outputMode: 'native' } })
    const { parts } = await new AiSdkModel(languageModel).request(call)
    expect(parts).toMatchObject([{ partKind: 'text', content: '{}' }])
  })
})
