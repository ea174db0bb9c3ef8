import { describe, expect, it } from 'vitest'
import { completeResponse } from '../../src/messages/index.ts'
import { AiSdkModel } from '../../src/models/ai-sdk/index.ts'
import { collectStream, forbidModelRequests } from '../../src/models/index.ts'
import { type ResponseDelta, type ResponseEvent, ResponseFold } from '../../src/streaming/index.ts'
import { at, modelCall } from './calls.ts'
import { sdkModel } from './sdk-model.ts'

const usage = {
  inputTokens: { total: 10, noCache: 4, cacheRead: 5, cacheWrite: 1 },
  outputTokens: { total: 7, text: 4, reasoning: 3 },
}
const finish = { type: 'finish', usage, finishReason: { unified: 'stop', raw: 'end' } }
const metadata = (value: string) => ({ providerMetadata: { acme: { mark: value } } })
const details = (value: string) => ({ provider_metadata: { acme: { mark: value } } })

/** What comes of a stream with these parts and a finish: the response and its events. */
async function streamed(parts: readonly unknown[], version: 'v3' | 'v4' = 'v4') {
  const languageModel = sdkModel({ parts: [...parts, finish], specificationVersion: version })
  const events: ResponseEvent[] = []
  const fold = new ResponseFold({ emit: (event) => void events.push(event), timestamp: at })
  for await (const delta of new AiSdkModel(languageModel).stream(modelCall())) fold.add(delta)
  fold.end()
  return { ...fold.response, events: events.map(shown) }
}

function shown(event: ResponseEvent): string {
  if (event.eventKind === 'part_start') return `start ${event.part.partKind}`
  return event.eventKind === 'part_delta' ? `delta ${event.delta.partDeltaKind}` : event.eventKind
}

async function failure(stream: AsyncIterable<ResponseDelta>): Promise<unknown> {
  return collectStream(stream).catch((error: unknown) => error)
}

describe.each(['v3', 'v4'] as const)('a stream of specification %s', (version) => {
  it('has a part for each kind of content, with what the package attached', async () => {
    const parts = [
      { type: 'stream-start', warnings: [] },
      { type: 'ping' },
      {
        type: 'response-metadata',
        id: 'r1',
        modelId: 'acme-1-2026',
        timestamp: new Date('2026-01-02T03:04:05Z'),
      },
      { type: 'raw', rawValue: { anything: true } },
      { type: 'reasoning-start', id: '0' },
      { type: 'reasoning-delta', id: '0', delta: 'h' },
      { type: 'reasoning-delta', id: '0', delta: 'm' },
      { type: 'reasoning-end', id: '0', ...metadata('thought') },
      { type: 'text-start', id: '0', ...metadata('text') },
      { type: 'text-delta', id: '0', delta: '' },
      { type: 'text-delta', id: '0', delta: 'Hel' },
      { type: 'text-delta', id: '0', delta: 'lo' },
      { type: 'text-end', id: '0' },
      { type: 'tool-input-start', id: 'c1', toolName: 'look' },
      { type: 'tool-input-delta', id: 'c1', delta: '{"a"' },
      { type: 'tool-input-delta', id: 'c1', delta: ':1}' },
      { type: 'tool-input-end', id: 'c1' },
      {
        type: 'tool-call',
        toolCallId: 'c1',
        toolName: 'look',
        input: '{"a":1}',
        ...metadata('call'),
      },
      { type: 'tool-input-start', id: 'n1', toolName: 'search', providerExecuted: true },
      { type: 'tool-input-delta', id: 'n1', delta: '{}' },
      {
        type: 'tool-call',
        toolCallId: 'n1',
        toolName: 'search',
        input: '{}',
        providerExecuted: true,
      },
      { type: 'tool-result', toolCallId: 'n1', toolName: 'search', result: [1], isError: true },
      { type: 'tool-approval-request', approvalId: 'a1', toolCallId: 'n1' },
      {
        type: 'file',
        mediaType: 'image/png',
        data: version === 'v3' ? 'AAAA' : { type: 'data', data: 'AAAA' },
      },
      { type: 'source', sourceType: 'url', id: 's1', url: 'https://example.com' },
      { type: 'custom', kind: 'acme.note' },
    ]
    const { events, ...response } = await streamed(parts, version)
    expect(response).toMatchObject({
      modelName: 'acme-1-2026',
      providerName: 'acme',
      providerResponseId: 'r1',
      finishReason: 'stop',
      usage: { inputTokens: 10, cacheReadTokens: 5, cacheWriteTokens: 1, outputTokens: 7 },
      providerDetails: {
        finish_reason: 'end',
        timestamp: '2026-01-02T03:04:05Z',
        sources: [{ sourceType: 'url', id: 's1', url: 'https://example.com' }],
      },
      parts: [
        {
          partKind: 'thinking',
          content: 'hm',
          providerName: 'acme',
          providerDetails: details('thought'),
        },
        {
          partKind: 'text',
          content: 'Hello',
          providerName: 'acme',
          providerDetails: details('text'),
        },
        {
          partKind: 'tool-call',
          toolName: 'look',
          toolCallId: 'c1',
          args: '{"a":1}',
          providerDetails: details('call'),
        },
        {
          partKind: 'builtin-tool-call',
          toolName: 'search',
          toolCallId: 'n1',
          args: '{}',
          providerName: 'acme',
        },
        { partKind: 'builtin-tool-return', toolCallId: 'n1', content: [1], outcome: 'failed' },
        { partKind: 'file', content: { data: 'AAAA', mediaType: 'image/png' } },
      ],
    })
    const told = [
      ['start thinking', 'delta thinking', 'delta thinking', 'part_end'],
      ['start text', 'delta text', 'part_end'],
      ['start tool-call', 'delta tool_call', 'delta tool_call', 'delta tool_call', 'part_end'],
      ['start builtin-tool-call', 'delta tool_call', 'part_end'],
      ['start builtin-tool-return', 'start file'],
    ]
    expect(events).toEqual(told.flat())
  })
})

describe('a block of a stream', () => {
  const text = (id: string, delta: string) => [
    { type: 'text-start', id },
    { type: 'text-delta', id, delta },
    { type: 'text-end', id },
  ]

  it('is a part of its own, also when the package uses an id again', async () => {
    const { parts } = await streamed([...text('0', 'a'), ...text('0', 'b')])
    expect(parts).toMatchObject([{ content: 'a' }, { content: 'b' }])
  })

  it('grows by its id when several are open', async () => {
    const { parts } = await streamed([
      { type: 'reasoning-start', id: '1' },
      { type: 'text-start', id: '1' },
      { type: 'reasoning-delta', id: '1', delta: 'h' },
      { type: 'text-delta', id: '1', delta: 'a' },
      { type: 'reasoning-delta', id: '1', delta: 'm' },
      { type: 'text-delta', id: '1', delta: 'b' },
    ])
    expect(parts).toMatchObject([{ content: 'hm' }, { content: 'ab' }])
  })

  it.each([
    { why: 'nothing is attached to it', end: {}, parts: [] },
    {
      why: 'a signature is',
      end: metadata('s'),
      parts: [{ partKind: 'thinking', content: '', providerDetails: details('s') }],
    },
  ])('that stays empty makes $parts.length part(s) when $why', async ({ end, parts }) => {
    const block = [
      { type: 'reasoning-start', id: '1' },
      { type: 'reasoning-delta', id: '1', delta: '' },
      { type: 'reasoning-end', id: '1', ...end },
    ]
    const response = await streamed(block)
    expect(response.parts).toHaveLength(parts.length)
    expect(response.parts).toMatchObject(parts)
  })

  it('keeps what was attached last', async () => {
    const { parts } = await streamed([
      { type: 'text-start', id: '1', ...metadata('first') },
      { type: 'text-delta', id: '1', delta: 'a' },
      { type: 'text-end', id: '1', ...metadata('last'), citations: [{ startIndex: 0 }] },
    ])
    const providerDetails = { ...details('last'), citations: [{ startIndex: 0 }] }
    expect(parts).toMatchObject([{ content: 'a', providerDetails }])
  })
})

describe('a call in a stream', () => {
  const start = { type: 'tool-input-start', id: 'c1', toolName: 'look' }
  const call = { type: 'tool-call', toolCallId: 'c1', toolName: 'look', input: '{"a":1}' }
  const delta = (text: string) => ({ type: 'tool-input-delta', id: 'c1', delta: text })
  it.each([
    { why: 'that comes whole', parts: [call], starts: 1 },
    { why: 'whose arguments come at the end', parts: [start, call], starts: 1 },
    {
      why: 'whose last piece is left out',
      parts: [start, delta('{"a"'), call],
      starts: 1,
    },
    {
      why: 'whose pieces are not JSON',
      parts: [{ ...start, inputEncoding: 'text' }, delta('a = 1'), call],
      starts: 1,
    },
    { why: 'that the package writes anew', parts: [start, delta('{ "a"'), call], starts: 2 },
  ])('$why has the arguments of the whole call', async ({ parts, starts }) => {
    const { parts: read, events } = await streamed(parts)
    const args = '{"a":1}'
    expect(read).toMatchObject([{ partKind: 'tool-call', toolName: 'look', args }])
    expect(events.filter((event) => event === 'start tool-call')).toHaveLength(starts)
  })

  it('turns into one of the provider when the package says so at its end', async () => {
    const { parts } = await streamed([start, delta('{"a"'), { ...call, providerExecuted: true }])
    expect(parts).toMatchObject([{ partKind: 'builtin-tool-call', args: '{"a":1}' }])
  })

  it('has the last of its preliminary results', async () => {
    const result = { type: 'tool-result', toolCallId: 'n1', toolName: 'draw' }
    const { parts } = await streamed([
      { ...result, result: 'sketch', preliminary: true },
      { ...result, result: 'picture' },
    ])
    expect(parts).toMatchObject([{ partKind: 'builtin-tool-return', content: 'picture' }])
  })
})

it('what a package attached to parts of a stream goes back with them', async () => {
  const parts = [
    { type: 'reasoning-start', id: '1' },
    { type: 'reasoning-delta', id: '1', delta: 'hm', ...metadata('thought') },
    { type: 'tool-call', toolCallId: 'c1', toolName: 'look', input: '{}', ...metadata('call') },
    {
      type: 'tool-call',
      toolCallId: 'n1',
      toolName: 'search',
      input: '{"q":1}',
      providerExecuted: true,
      ...metadata('native'),
    },
    { type: 'tool-result', toolCallId: 'n1', toolName: 'search', result: 'no', isError: true },
    finish,
  ]
  const languageModel = sdkModel({ parts })
  const model = new AiSdkModel(languageModel)
  const first = modelCall()
  const answer = completeResponse(await collectStream(model.stream(first)), at)
  await model.request(modelCall({ messages: [...first.messages, answer] }))
  const options = (mark: string) => ({ providerOptions: { acme: { mark } } })
  expect(languageModel.asked[1]?.['prompt']).toMatchObject([
    { role: 'user' },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'hm', ...options('thought') },
        { type: 'tool-call', toolName: 'look', ...options('call') },
        { type: 'tool-call', input: { q: 1 }, providerExecuted: true, ...options('native') },
        { type: 'tool-result', output: { type: 'error-json', value: 'no' } },
      ],
    },
  ])
})

describe('a stream that fails', () => {
  const begun = [
    { type: 'text-start', id: '0' },
    { type: 'text-delta', id: '0', delta: 'Hel' },
  ]
  const told = { message: 'busy', code: 'server_error' }
  const known = { provider: 'acme', modelName: 'acme-1' }
  it.each([
    {
      why: 'by what the provider wrote into it',
      parts: [{ type: 'error', error: told }],
      error: { name: 'ModelStreamError', message: 'busy', body: told, isRetryable: true, ...known },
    },
    {
      why: 'by what the package made of that',
      parts: [{ type: 'error', error: { message: 'no', data: { type: 'invalid' } } }],
      error: { name: 'ModelStreamError', body: { type: 'invalid' }, isRetryable: false },
    },
    {
      why: 'by an error of the package',
      parts: [{ type: 'error', error: new Error('odd') }],
      error: { name: 'ModelStreamError', message: 'odd', cause: { message: 'odd' } },
    },
    {
      why: 'by a text',
      parts: [{ type: 'error', error: 'overloaded' }],
      error: { name: 'ModelStreamError', message: 'overloaded', body: 'overloaded' },
    },
    {
      why: 'by a chunk that cannot be read',
      parts: [
        { type: 'error', error: Object.assign(new Error('odd'), { name: 'AI_JSONParseError' }) },
      ],
      error: { name: 'UnexpectedModelBehavior' },
    },
    {
      why: 'by ending without a finish',
      parts: [],
      error: { name: 'ModelAPIError', isRetryable: true, ...known },
    },
    {
      why: 'by a finish that the package made up',
      parts: [{ ...finish, finishReason: { unified: 'interrupted' } }],
      error: { name: 'ModelAPIError', isRetryable: true },
    },
  ])('$why throws an error that says so', async ({ parts, error }) => {
    const languageModel = sdkModel({ parts: [...begun, ...parts] })
    expect(await failure(new AiSdkModel(languageModel).stream(modelCall()))).toMatchObject(error)
  })

  it('has told what came until then', async () => {
    const languageModel = sdkModel({ parts: [...begun, { type: 'error', error: told }] })
    const deltas: ResponseDelta[] = []
    const read = async () => {
      for await (const delta of new AiSdkModel(languageModel).stream(modelCall()))
        deltas.push(delta)
    }
    await expect(read()).rejects.toThrow('busy')
    expect(deltas).toContainEqual(expect.objectContaining({ kind: 'text', content: 'Hel' }))
  })

  it('by having nothing in it is not worth a retry', async () => {
    const parts = [
      { type: 'stream-start', warnings: [] },
      { ...finish, finishReason: { unified: 'interrupted' } },
    ]
    const stream = new AiSdkModel(sdkModel({ parts })).stream(modelCall())
    expect(await failure(stream)).toMatchObject({
      name: 'UnexpectedModelBehavior',
      message: "The stream of 'acme-1' is empty",
    })
  })

  it('before it begins has the errors of any other request', async () => {
    const failed = {
      name: 'AI_APICallError',
      message: 'slow down',
      statusCode: 429,
      responseHeaders: { 'Retry-After': '7' },
      responseBody: '{"why":"limit"}',
      isRetryable: true,
    }
    const languageModel = sdkModel({ failure: failed })
    expect(await failure(new AiSdkModel(languageModel).stream(modelCall()))).toMatchObject({
      name: 'ModelHTTPError',
      statusCode: 429,
      retryAfter: 7,
      isRetryable: true,
      body: { why: 'limit' },
      ...known,
    })
  })
})

/** Says nothing and does not end. */
const silence: AsyncIterable<unknown> = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
}

describe('a stream', () => {
  it('is asked for at the first pull', async () => {
    const languageModel = sdkModel({ parts: [finish] })
    const stream = new AiSdkModel(languageModel).stream(modelCall())
    expect(languageModel.asked).toEqual([])
    await stream.next()
    expect(languageModel.asked).toHaveLength(1)
  })

  it('ends with the reason of the signal, even if the model does not listen', async () => {
    const languageModel = sdkModel({ parts: silence })
    const controller = new AbortController()
    const reason = new Error('enough')
    const call = modelCall({ signal: controller.signal })
    const failed = failure(new AiSdkModel(languageModel).stream(call))
    await expect.poll(() => languageModel.asked.length).toBe(1)
    controller.abort(reason)
    expect(await failed).toBe(reason)
  })

  it('that nobody follows any more is closed, and its request aborted', async () => {
    let isClosed = false
    const languageModel = sdkModel({ parts: endless(() => (isClosed = true)) })
    for await (const delta of new AiSdkModel(languageModel).stream(modelCall())) {
      if (delta.kind === 'text') break
    }
    await expect.poll(() => isClosed).toBe(true)
    expect(languageModel.asked[0]).toMatchObject({ abortSignal: { aborted: true } })
  })

  it('is forbidden where requests are', async () => {
    const allow = forbidModelRequests()
    const error = await failure(new AiSdkModel(sdkModel({ parts: [finish] })).stream(modelCall()))
    allow()
    expect(error).toMatchObject({ name: 'ModelRequestsForbiddenError' })
  })
})

async function* endless(close: () => void): AsyncGenerator {
  try {
    for (;;) yield { type: 'text-delta', id: '0', delta: 'a' }
  } finally {
    close()
  }
}
