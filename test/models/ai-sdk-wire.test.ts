import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { model } from '../../src/models/index.ts'
import { ReplayServer } from '../recordings/replay-server.ts'
import { modelCall, request, response } from './calls.ts'

let server: ReplayServer

beforeEach(async () => {
  server = await ReplayServer.start()
})
afterEach(() => server.close())

/** Asks a model named by a string, through the AI SDK, at the loopback server; gives its answer or its error. */
async function ask(name: string, call = modelCall()): Promise<unknown> {
  const named = model(`ai-sdk/${name}`, {
    baseUrl: `${server.url}/v1`,
    apiKey: 'secret',
    headers: { 'x-a': 'b' },
  })
  try {
    return await named.request(call)
  } catch (error) {
    return error
  }
}

function answer(status: number, body: unknown): void {
  server.answerNext({ status, body: typeof body === 'string' ? body : JSON.stringify(body) })
}

const chat = 'openai-chat:gpt-5.2'
const chatBody = {
  object: 'chat.completion',
  id: 'r1',
  model: 'gpt-5.2',
  created: 1_700_000_000,
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi' } }],
}

describe('a model named by a string', () => {
  it.each([
    [chat, '/v1/chat/completions', 'authorization', 'Bearer secret'],
    ['openai:gpt-5.2', '/v1/responses', 'authorization', 'Bearer secret'],
    ['anthropic:claude-sonnet-4-5', '/v1/messages', 'x-api-key', 'secret'],
    [
      'google:gemini-2.5-pro',
      '/v1/models/gemini-2.5-pro:generateContent',
      'x-goog-api-key',
      'secret',
    ],
  ])('%s asks at %s with the key and headers it was given', async (name, path, header, value) => {
    answer(400, '{}')
    await ask(name)
    const [arrival] = server.arrivals
    expect(arrival).toMatchObject({ method: 'POST', path })
    expect(arrival?.headers).toMatchObject({ [header]: value, 'x-a': 'b' })
  })

  it('asks once: retrying is not its business', async () => {
    answer(503, '{}')
    expect(await ask(chat)).toMatchObject({ name: 'ModelHTTPError', statusCode: 503 })
    expect(server.arrivals).toHaveLength(1)
  })

  it('asks about a response in the background with GET', async () => {
    const id = 'resp_1'
    const queued = { object: 'response', id, model: 'gpt-5.2', output: [] }
    answer(200, { ...queued, status: 'queued', background: true })
    const suspended = {
      ...response(),
      state: 'suspended',
      providerName: 'openai',
      providerResponseId: id,
      providerDetails: { background: true },
    } as const
    const messages = [...modelCall().messages, suspended]
    expect(await ask('openai:gpt-5.2', modelCall({ messages }))).toMatchObject({
      state: 'suspended',
    })
    const [arrival] = server.arrivals
    expect(arrival).toMatchObject({ method: 'GET', path: '/v1/responses/resp_1', body: '' })
    expect(arrival?.headers).not.toHaveProperty('x-agentchart-retrieve')
  })
})

describe('a failure on the wire', () => {
  const wrapped = { error: { message: 'no', type: 'invalid' } }
  it.each([
    [
      'a status, OpenAI',
      chat,
      404,
      wrapped,
      { name: 'ModelHTTPError', statusCode: 404, body: wrapped.error },
    ],
    [
      'a status, Anthropic',
      'anthropic:c',
      429,
      wrapped,
      { name: 'ModelHTTPError', statusCode: 429, body: wrapped },
    ],
    [
      'a status, Google',
      'google:g',
      500,
      wrapped,
      { name: 'ModelHTTPError', statusCode: 500, body: wrapped },
    ],
    [
      'a status with text',
      chat,
      502,
      'Bad Gateway',
      { name: 'ModelHTTPError', body: 'Bad Gateway' },
    ],
    ['a status without body', chat, 500, '', { name: 'ModelHTTPError', body: null }],
    ['no JSON', chat, 200, '<html>', { name: 'UnexpectedModelBehavior' }],
    ['JSON of another kind', chat, 200, { hello: 1 }, { name: 'UnexpectedModelBehavior' }],
    ['an error with status 200', chat, 200, wrapped, { name: 'UnexpectedModelBehavior' }],
    ['no choices', chat, 200, { ...chatBody, choices: [] }, { name: 'UnexpectedModelBehavior' }],
    [
      'no content, Anthropic',
      'anthropic:c',
      200,
      { type: 'message' },
      { name: 'UnexpectedModelBehavior' },
    ],
    [
      'no output, Responses',
      'openai:gpt-5.2',
      200,
      { object: 'response' },
      { name: 'UnexpectedModelBehavior' },
    ],
  ])('of the kind "%s" has its own error', async (_kind, name, status, body, error) => {
    answer(status, body)
    expect(await ask(name)).toMatchObject(error)
  })

  it('to reach the provider names the model and keeps the cause', async () => {
    const nobody = model(`ai-sdk/${chat}`, { baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'k' })
    const error: unknown = await nobody.request(modelCall()).catch((e) => e)
    expect(error).toMatchObject({ name: 'ModelAPIError', modelName: 'gpt-5.2' })
    expect(error).toHaveProperty('cause')
  })

  it('that was an abort rejects with the reason of the signal', async () => {
    server.answerNext({ status: 200, body: JSON.stringify(chatBody), delayMs: 5000 })
    const controller = new AbortController()
    const reason = new Error('enough')
    const asked = ask(chat, modelCall({ signal: controller.signal }))
    await expect.poll(() => server.arrivals.length).toBe(1)
    controller.abort(reason)
    expect(await asked).toBe(reason)
  })

  it('to answer in time is one of the provider', async () => {
    server.answerNext({ status: 200, body: JSON.stringify(chatBody), delayMs: 5000 })
    const error = await ask(chat, modelCall({ settings: { timeoutMs: 20 } }))
    expect(error).toMatchObject({ name: 'ModelAPIError', message: 'No answer within 20 ms' })
  })
})

describe('usage', () => {
  const message = {
    type: 'message',
    role: 'assistant',
    id: 'm',
    model: 'c',
    stop_reason: 'end_turn',
  }
  it.each([
    {
      name: chat,
      body: {
        ...chatBody,
        usage: {
          prompt_tokens: 100,
          completion_tokens: 30,
          total_tokens: 130,
          is_byok: false,
          prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10, audio_tokens: 5 },
          completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 2 },
        },
      },
      usage: {
        inputTokens: 100,
        cacheReadTokens: 60,
        cacheWriteTokens: 10,
        outputTokens: 30,
        inputAudioTokens: 5,
        outputAudioTokens: 2,
        details: { is_byok: 0, reasoning_tokens: 20, audio_tokens: 2 },
      },
    },
    {
      name: 'openai:gpt-5.2',
      body: {
        object: 'response',
        id: 'r',
        model: 'gpt-5.2',
        status: 'completed',
        output: [],
        usage: {
          input_tokens: 100,
          output_tokens: 30,
          total_tokens: 130,
          input_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
          output_tokens_details: { reasoning_tokens: 20 },
        },
      },
      usage: {
        inputTokens: 100,
        cacheReadTokens: 60,
        cacheWriteTokens: 10,
        outputTokens: 30,
        details: { reasoning_tokens: 20 },
      },
    },
    {
      name: 'anthropic:claude-sonnet-4-5',
      body: {
        ...message,
        content: [],
        usage: {
          input_tokens: 30,
          output_tokens: 30,
          cache_creation_input_tokens: 10,
          cache_read_input_tokens: 60,
        },
      },
      usage: {
        inputTokens: 100,
        cacheReadTokens: 60,
        cacheWriteTokens: 10,
        outputTokens: 30,
        details: { input_tokens: 30, cache_read_input_tokens: 60 },
      },
    },
    {
      name: 'anthropic:claude-sonnet-4-5 with compaction and an advisor',
      body: {
        ...message,
        content: [],
        usage: {
          input_tokens: 30,
          output_tokens: 30,
          iterations: [
            { type: 'compaction', input_tokens: 50, output_tokens: 5 },
            { type: 'message', input_tokens: 30, output_tokens: 30 },
            { type: 'advisor_message', input_tokens: 7, output_tokens: 8 },
          ],
        },
      },
      usage: {
        inputTokens: 80,
        outputTokens: 35,
        details: { advisor_input_tokens: 7, advisor_output_tokens: 8, message_iterations: 1 },
      },
    },
    {
      name: 'google:gemini-2.5-pro',
      body: {
        candidates: [{ content: { parts: [] }, finishReason: 'STOP' }],
        usageMetadata: {
          promptTokenCount: 90,
          toolUsePromptTokenCount: 10,
          cachedContentTokenCount: 60,
          candidatesTokenCount: 10,
          thoughtsTokenCount: 20,
          promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 5 }],
        },
      },
      usage: {
        inputTokens: 100,
        cacheReadTokens: 60,
        outputTokens: 30,
        inputAudioTokens: 5,
        details: { thoughts_tokens: 20, tool_use_prompt_tokens: 10, cached_content_tokens: 60 },
      },
    },
  ])('of $name counts what was cached and thought once', async ({ name, body, usage }) => {
    answer(200, body)
    expect(await ask(name.split(' ')[0] ?? '')).toMatchObject({ usage })
  })
})

describe('an answer', () => {
  const text = { type: 'output_text', text: 'x', annotations: [] }
  const responseBody = { object: 'response', id: 'r', model: 'm', created_at: 1 }
  it.each([
    {
      what: 'a refusal of chat has no parts',
      name: chat,
      body: {
        ...chatBody,
        choices: [{ finish_reason: 'stop', message: { refusal: 'I will not' } }],
      },
      read: {
        parts: [],
        finishReason: 'content_filter',
        providerDetails: { refusal: 'I will not' },
      },
    },
    {
      what: 'thinking between tags is thinking',
      name: chat,
      body: { ...chatBody, choices: [{ message: { content: 'a<think>b</think>c<think>d' } }] },
      read: {
        parts: [
          { partKind: 'text', content: 'a' },
          { partKind: 'thinking', content: 'b', id: 'content' },
          { partKind: 'text', content: 'c' },
          { partKind: 'text', content: 'd' },
        ],
      },
    },
    {
      what: 'a refusal of Responses has no parts',
      name: 'openai:m',
      body: {
        ...responseBody,
        status: 'completed',
        output: [{ type: 'message', content: [text, { type: 'refusal', refusal: 'no' }] }],
      },
      read: { parts: [], finishReason: 'content_filter', providerDetails: { refusal: 'no' } },
    },
    {
      what: 'a response cut off by its limit says so',
      name: 'openai:m',
      body: {
        ...responseBody,
        status: 'incomplete',
        output: [],
        incomplete_details: { reason: 'max_output_tokens' },
      },
      read: { state: 'complete', finishReason: 'length' },
    },
    {
      what: 'a response that failed says why',
      name: 'openai:m',
      body: { ...responseBody, status: 'failed', output: [], error: { code: 'x', message: 'y' } },
      read: { finishReason: 'error', providerDetails: { error: { message: 'y' } } },
    },
    {
      what: 'a response still in progress but not in the background is incomplete',
      name: 'openai:m',
      body: { ...responseBody, status: 'in_progress', output: [] },
      read: { state: 'incomplete', finishReason: null },
    },
    {
      what: 'a turn that Anthropic paused is suspended',
      name: 'anthropic:m',
      body: { type: 'message', id: 'm', model: 'm', content: [], stop_reason: 'pause_turn' },
      read: { state: 'suspended', finishReason: null },
    },
    {
      what: 'blocks that nobody knows are passed over',
      name: 'anthropic:m',
      body: {
        type: 'message',
        id: 'm',
        model: 'm',
        stop_reason: 'max_tokens',
        content: [{ type: 'hologram' }, { type: 'text', text: 'x' }],
      },
      read: { parts: [{ partKind: 'text', content: 'x' }], finishReason: 'length' },
    },
    {
      what: 'a result of an MCP call of an earlier response is kept',
      name: 'anthropic:m',
      body: {
        type: 'message',
        id: 'm',
        model: 'm',
        content: [{ type: 'mcp_tool_result', tool_use_id: 't', content: [], is_error: false }],
      },
      read: {
        parts: [{ partKind: 'builtin-tool-return', toolName: 'mcp_server', toolCallId: 't' }],
      },
    },
    {
      what: 'calls of Google tools are taken from the answer where it lists them',
      name: 'google:m',
      body: {
        candidates: [
          {
            content: {
              parts: [
                { toolCall: { toolType: 'GOOGLE_SEARCH_WEB', id: 't', args: { queries: ['q'] } } },
                { toolResponse: { toolType: 'GOOGLE_SEARCH_WEB', id: 't', response: { a: 1 } } },
                { inlineData: { mimeType: 'image/png', data: 'AAAA' }, thoughtSignature: 's' },
              ],
            },
            groundingMetadata: { webSearchQueries: ['q'] },
          },
        ],
      },
      read: {
        parts: [
          { partKind: 'builtin-tool-call', toolName: 'web_search', args: { queries: ['q'] } },
          { partKind: 'builtin-tool-return', toolName: 'web_search', content: { a: 1 } },
          { partKind: 'file', providerDetails: { thought_signature: 's' } },
        ],
      },
    },
  ])('$what', async ({ name, body, read }) => {
    answer(200, body)
    expect(await ask(name)).toMatchObject(read)
  })

  it('to a request with a history in it needs no more than the history', async () => {
    answer(200, chatBody)
    const messages = [...modelCall().messages, response(), request()]
    expect(await ask(chat, modelCall({ messages }))).toMatchObject({ parts: [{ content: 'Hi' }] })
  })
})
