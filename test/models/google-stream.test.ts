import { describe, expect, it } from 'vitest'
import { GoogleStreamReader } from '../../src/models/google/read-stream.ts'
import type { ModelSettings } from '../../src/models/index.ts'
import { type AgentEvent, ResponseFold } from '../../src/streaming/index.ts'
import { at } from './calls.ts'
import { content } from './google-server.ts'

/** What a streamed answer becomes, and the parts in the order in which they are shown. */
function read(chunks: readonly Readonly<Record<string, unknown>>[], settings: ModelSettings = {}) {
  const events: AgentEvent[] = []
  const fold = new ResponseFold({ emit: (event) => events.push(event), timestamp: at })
  const reader = new GoogleStreamReader({ providerName: 'google', settings })
  for (const chunk of chunks) for (const delta of reader.read(chunk)) fold.add(delta)
  for (const delta of reader.end()) fold.add(delta)
  fold.end()
  const started = events.flatMap((event) =>
    event.eventKind === 'part_start' ? [`${event.part.partKind}@${event.index}`] : [],
  )
  return { response: fold.response, started, isComplete: reader.isComplete }
}

const search = { toolType: 'FILE_SEARCH', id: 's1' }
const found = {
  groundingMetadata: {
    groundingChunks: [{ retrievedContext: { text: 'Paris', fileSearchStore: 'stores/1' } }],
  },
}
const passages = [{ text: 'Paris', file_search_store: 'stores/1' }]

describe('a streamed answer of Google', () => {
  it('joins the pieces of thinking and of text, and keeps a signature that comes alone', () => {
    const { response, isComplete } = read([
      content([{ text: 'Let me ', thought: true }]),
      content([{ text: 'see', thought: true }, 'It ']),
      content(['is']),
      content([{ text: '', thoughtSignature: 'c2ln' }], 'STOP'),
    ])
    expect(response).toMatchObject({
      parts: [
        { partKind: 'thinking', content: 'Let me see', providerName: null },
        {
          partKind: 'text',
          content: 'It is',
          providerName: 'google',
          providerDetails: { thought_signature: 'c2ln' },
        },
      ],
      finishReason: 'stop',
      modelName: 'gemini-2.5-flash-001',
      providerResponseId: 'r1',
      usage: { inputTokens: 3, outputTokens: 2 },
    })
    expect(isComplete).toBe(true)
  })

  it('begins a call for each one in a piece, with the id that Google gave it or one made up', () => {
    const { response } = read([
      content([
        { functionCall: { name: 'a', args: { n: 1 }, id: 'c1' }, thoughtSignature: 'c2ln' },
        { functionCall: { name: 'b', args: {} } },
      ]),
      content([{ functionCall: { name: 'a', args: { n: 2 }, id: 'c3' } }], 'STOP'),
    ])
    expect(response.parts).toMatchObject([
      { toolName: 'a', args: { n: 1 }, toolCallId: 'c1', providerName: 'google' },
      {
        toolName: 'b',
        args: {},
        toolCallId: expect.stringMatching(/^pyd_ai_/),
        providerName: null,
      },
      { toolName: 'a', args: { n: 2 }, toolCallId: 'c3' },
    ])
  })

  it('keeps counters that a later piece leaves out', () => {
    const first = { promptTokenCount: 9, cachedContentTokenCount: 4, trafficType: 'ON_DEMAND' }
    const { response } = read([
      { ...content(['a']), usageMetadata: first },
      {
        ...content(['b'], 'STOP'),
        usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2 },
      },
    ])
    expect(response).toMatchObject({
      usage: {
        inputTokens: 9,
        cacheReadTokens: 4,
        outputTokens: 2,
        details: { cached_content_tokens: 4 },
      },
      providerDetails: { traffic_type: 'ON_DEMAND', finish_reason: 'STOP' },
    })
  })

  it('tells of a refused prompt, and nothing that comes behind it', () => {
    const feedback = { blockReason: 'PROHIBITED_CONTENT', blockReasonMessage: 'No' }
    const { response, isComplete } = read([
      { promptFeedback: feedback, responseId: 'r1' },
      content([], 'STOP'),
    ])
    expect(response).toMatchObject({
      parts: [],
      finishReason: 'content_filter',
      providerResponseId: 'r1',
      providerDetails: { block_reason: 'PROHIBITED_CONTENT', block_reason_message: 'No' },
    })
    expect(response.providerDetails).not.toHaveProperty('finish_reason')
    expect(isComplete).toBe(true)
  })

  it.each([
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
    ['MALFORMED_FUNCTION_CALL', 'error'],
    ['OTHER', null],
  ])('may end without content, by %s', (reason, finishReason) => {
    const { response, isComplete } = read([{ candidates: [{ finishReason: reason }] }])
    expect(response).toMatchObject({
      parts: [],
      finishReason,
      providerDetails: { finish_reason: reason },
    })
    expect(isComplete).toBe(true)
  })

  it('is not whole before Google says that it is', () => {
    expect(read([content(['Hel'])]).isComplete).toBe(false)
  })

  it('shows pictures, but not those that the model thinks with', () => {
    const inlineData = { data: 'AAAA', mimeType: 'image/png' }
    const { response } = read([
      content([{ inlineData, thought: true }]),
      content([{ inlineData, thoughtSignature: 'c2ln' }], 'STOP'),
    ])
    expect(response.parts).toMatchObject([
      {
        partKind: 'file',
        content: { mediaType: 'image/png', data: 'AAAA' },
        providerDetails: { thought_signature: 'c2ln' },
      },
    ])
  })

  it('shows what Google read on the web before the text about it', () => {
    const urlMetadata = [{ retrievedUrl: 'https://example.com', urlRetrievalStatus: 'OK' }]
    const { response, started } = read([
      content(['Hel'], undefined, { urlContextMetadata: { urlMetadata } }),
      content(['lo'], 'STOP'),
    ])
    expect(started).toEqual(['builtin-tool-call@0', 'builtin-tool-return@1', 'text@2'])
    expect(response.parts).toMatchObject([
      { toolName: 'web_fetch', args: { urls: ['https://example.com'] } },
      { content: [{ retrieved_url: 'https://example.com', url_retrieval_status: 'OK' }] },
      { content: 'Hello' },
    ])
  })

  it('shows a listed file search once, in its place, when what it found is there', () => {
    const { response, started } = read([
      content([{ toolCall: { ...search, args: { query: 'capital' } } }, { toolResponse: search }]),
      content(['Par']),
      content(['is'], 'STOP', found),
    ])
    expect(started).toEqual(['builtin-tool-call@0', 'text@2', 'builtin-tool-return@1'])
    expect(response.parts).toMatchObject([
      { toolName: 'file_search', toolCallId: 's1', args: { query: 'capital' } },
      { toolName: 'file_search', toolCallId: 's1', content: passages },
      { content: 'Paris' },
    ])
  })

  it('shows a listed file search that found nothing at the end', () => {
    const { response, started } = read([
      content([{ toolResponse: search }]),
      content(['?'], 'STOP'),
    ])
    expect(started).toEqual(['text@1', 'builtin-tool-return@0'])
    expect(response.parts).toMatchObject([{ toolName: 'file_search', content: null }, {}])
  })

  it('reads a file search out of code, if one was asked for', () => {
    const code = String.raw`print(file_search.query(query="say \"hi\""))`
    const chunks = [
      content([{ executableCode: { code, language: 'PYTHON' } }]),
      content(['Hi'], 'STOP', found),
    ]
    const nativeTools = [{ kind: 'file_search', fileStoreIds: ['stores/1'] }] as const
    const [call, , answer] = read(chunks, { nativeTools }).response.parts
    expect(call).toMatchObject({ toolName: 'file_search', args: { query: 'say "hi"' } })
    expect(answer).toMatchObject({ toolName: 'file_search', content: passages })
    expect(read(chunks).response.parts).toMatchObject([{ toolName: 'code_execution' }, {}])
  })
})
