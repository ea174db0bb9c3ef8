import { describe, expect, it } from 'vitest'
import {
  AudioUrl,
  BinaryContent,
  CachePoint,
  DocumentUrl,
  ImageUrl,
  type ModelMessage,
  type RequestPart,
  type ResponsePart,
  SystemPromptPart,
  TextContent,
  TextPart,
  ThinkingPart,
  ToolCallPart,
  UploadedFile,
  type UserContent,
  UserPromptPart,
  VideoUrl,
} from '../../src/messages/index.ts'
import { AiSdkModel } from '../../src/models/ai-sdk/index.ts'
import { at, modelCall, request, response } from './calls.ts'
import { sdkModel } from './sdk-model.ts'

const png = BinaryContent(new Uint8Array([0xfb, 0xff, 1]), 'image/png', { identifier: 'img-1' })

/** The prompt that a history becomes for a model of a provider. */
async function prompt(
  messages: readonly ModelMessage[],
  provider = 'acme.chat',
  specificationVersion: 'v3' | 'v4' = 'v4',
): Promise<unknown> {
  const languageModel = sdkModel({ provider, specificationVersion })
  await new AiSdkModel(languageModel).request(modelCall({ messages }))
  return languageModel.asked[0]?.['prompt']
}

const user = (...content: UserContent[]): ModelMessage => request(UserPromptPart(content, at))

function toolReturn(
  fields: Partial<Extract<RequestPart, { partKind: 'tool-return' }>>,
): RequestPart {
  return {
    toolName: 'look',
    content: 'seen',
    toolCallId: 'c1',
    toolKind: null,
    metadata: { secret: true },
    timestamp: at,
    outcome: 'success',
    partKind: 'tool-return',
    ...fields,
  }
}

describe('a request in the prompt of an AI SDK model', () => {
  it('has instructions behind the system prompts', async () => {
    const languageModel = sdkModel()
    const messages = [request(SystemPromptPart('Be kind.', at), UserPromptPart('Hi', at))]
    const parameters = { instructions: 'Be brief.' }
    await new AiSdkModel(languageModel).request(modelCall({ messages, parameters }))
    expect(languageModel.asked[0]?.['prompt']).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
    ])
  })

  it.each<{ kind: string; content: UserContent; sent: unknown }>([
    { kind: 'text', content: 'a', sent: { type: 'text', text: 'a' } },
    { kind: 'text with metadata', content: TextContent('b', 1), sent: { type: 'text', text: 'b' } },
    {
      kind: 'bytes, in the standard alphabet',
      content: png,
      sent: { type: 'file', mediaType: 'image/png', data: { type: 'data', data: '+/8B' } },
    },
    {
      kind: 'an image by URL',
      content: ImageUrl('https://x.test/a.png'),
      sent: file('image/png', 'https://x.test/a.png'),
    },
    {
      kind: 'sound by URL',
      content: AudioUrl('https://x.test/a.mp3'),
      sent: file('audio/mpeg', 'https://x.test/a.mp3'),
    },
    {
      kind: 'a video by URL without type',
      content: { ...VideoUrl('https://x.test/a.mp4'), mediaType: null },
      sent: file('video', 'https://x.test/a.mp4'),
    },
    {
      kind: 'a document by URL',
      content: DocumentUrl('https://x.test/a.pdf'),
      sent: file('application/pdf', 'https://x.test/a.pdf'),
    },
    {
      kind: 'an uploaded file',
      content: UploadedFile('file-1', 'acme', { mediaType: 'application/pdf' }),
      sent: {
        type: 'file',
        mediaType: 'application/pdf',
        data: { type: 'reference', reference: { acme: 'file-1' } },
      },
    },
  ])('holds $kind', async ({ content, sent }) => {
    expect(await prompt([user(content)])).toEqual([{ role: 'user', content: [sent] }])
  })

  it('holds text files as text for providers that take none', async () => {
    const notes = BinaryContent(new TextEncoder().encode('plain'), 'text/plain', {
      identifier: 't',
    })
    const text = '-----BEGIN FILE id="t" type="text/plain"-----\nplain\n-----END FILE id="t"-----'
    expect(await prompt([user(notes)], 'openai.chat')).toMatchObject([{ content: [{ text }] }])
    expect(await prompt([user(notes)], 'anthropic.messages')).toMatchObject([
      { content: [{ type: 'file', mediaType: 'text/plain' }] },
    ])
  })

  it('marks what Anthropic is to cache, and says nothing of it to others', async () => {
    const messages = [user('long', CachePoint('1h'), 'short')]
    const cacheControl = { type: 'ephemeral', ttl: '1h' }
    expect(await prompt(messages, 'anthropic.messages')).toMatchObject([
      {
        content: [
          { text: 'long', providerOptions: { anthropic: { cacheControl } } },
          { text: 'short' },
        ],
      },
    ])
    expect(JSON.stringify(await prompt(messages))).not.toContain('cache')
    await expect(prompt([user(CachePoint())], 'anthropic.messages')).rejects.toThrow('CachePoint')
  })

  it.each([
    { outcome: 'success', content: 'seen', output: { type: 'text', value: 'seen' } },
    { outcome: 'success', content: { a: [1] }, output: { type: 'json', value: { a: [1] } } },
    { outcome: 'failed', content: 'broken', output: { type: 'error-text', value: 'broken' } },
    { outcome: 'denied', content: 'no', output: { type: 'execution-denied', reason: 'no' } },
    { outcome: 'interrupted', content: 'cut', output: { type: 'error-text', value: 'cut' } },
  ] as const)(
    'tells a return that $outcome as $output.type',
    async ({ outcome, content, output }) => {
      expect(await prompt([request(toolReturn({ outcome, content }))])).toMatchObject([
        { role: 'tool', content: [{ toolCallId: 'c1', toolName: 'look', output }] },
      ])
    },
  )

  it('keeps the answers to one response together, whatever stands between them', async () => {
    const messages = [
      response(
        ToolCallPart({ toolName: 'look', toolCallId: 'c1' }),
        ToolCallPart({ toolName: 'look', toolCallId: 'c2' }),
      ),
      request(toolReturn({}), UserPromptPart('and', at), toolReturn({ toolCallId: 'c2' })),
    ]
    expect(await prompt(messages)).toMatchObject([
      { role: 'assistant' },
      { role: 'tool', content: [{ toolCallId: 'c1' }, { toolCallId: 'c2' }] },
      { role: 'user', content: [{ text: 'and' }] },
    ])
  })

  it('sends media of a tool in its result, or behind it where results hold no media', async () => {
    const messages = [request(toolReturn({ content: ['Chart:', png] }))]
    expect(await prompt(messages, 'anthropic.messages')).toMatchObject([
      { content: [{ output: { type: 'content', value: [{ text: 'Chart:' }, { type: 'file' }] } }] },
    ])
    expect(await prompt(messages, 'openai.chat')).toMatchObject([
      { role: 'tool', content: [{ output: { value: '["Chart:","See file img-1."]' } }] },
      { role: 'user', content: [{ text: 'This is file img-1:' }, { type: 'file' }] },
    ])
  })

  it('tells feedback as the error of its call, or as a user message', async () => {
    const retry = { toolCallId: 'c1', timestamp: at, partKind: 'retry-prompt' } as const
    expect(await prompt([request({ ...retry, content: 'bad', toolName: 'look' })])).toMatchObject([
      {
        role: 'tool',
        content: [{ output: { type: 'error-text', value: expect.stringContaining('bad') } }],
      },
    ])
    expect(await prompt([request({ ...retry, content: 'bad', toolName: null })])).toMatchObject([
      { role: 'user', content: [{ text: expect.stringContaining('bad') }] },
    ])
  })

  it('has the words of spoken parts, and passes over tools that became available', async () => {
    const speech: RequestPart = {
      speaker: 'user',
      transcript: 'hey',
      audio: null,
      interruptedAtMs: null,
      id: null,
      providerName: null,
      providerDetails: null,
      partKind: 'speech',
    }
    const delta: RequestPart = {
      toolsAdded: ['x'],
      toolCallId: null,
      partKind: 'tool-availability-delta',
    }
    expect(await prompt([request(speech, delta)])).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'hey' }] },
    ])
  })
})

describe('a response in the prompt of an AI SDK model', () => {
  it('has texts and calls with parsed arguments', async () => {
    const call = ToolCallPart({ toolName: 'look', toolCallId: 'c1', args: '{"at":"sky"}' })
    expect(await prompt([response(TextPart('Let me see.'), call)])).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Let me see.' },
          { type: 'tool-call', toolCallId: 'c1', toolName: 'look', input: { at: 'sky' } },
        ],
      },
    ])
  })

  it('is left out when nothing of it can be sent', async () => {
    expect(await prompt([response(), user('Hi')])).toHaveLength(1)
  })

  it.each([
    ['anthropic.messages', 'anthropic', { anthropic: { signature: 'sig' } }],
    ['openai.responses', 'openai', { openai: { reasoningEncryptedContent: 'sig' } }],
  ])('gives %s its signed thinking back', async (provider, providerName, providerOptions) => {
    const thinking = ThinkingPart('hm', { signature: 'sig', providerName })
    expect(await prompt([response(thinking)], provider)).toMatchObject([
      { content: [{ type: 'reasoning', text: 'hm', providerOptions }] },
    ])
  })

  it('gives Anthropic back what it redacted', async () => {
    const id = 'redacted_thinking'
    const thinking = ThinkingPart('', { id, signature: 'data', providerName: 'anthropic' })
    expect(await prompt([response(thinking)], 'anthropic.messages')).toMatchObject([
      {
        content: [{ type: 'reasoning', providerOptions: { anthropic: { redactedData: 'data' } } }],
      },
    ])
  })

  it('gives Google the signatures of parts of any kind back', async () => {
    const details = { thought_signature: 'sig' }
    const provider = { providerName: 'google', providerDetails: details }
    const parts: ResponsePart[] = [
      TextPart('a', provider),
      ToolCallPart({ toolName: 'look', toolCallId: 'c1', ...provider }),
    ]
    const providerOptions = { google: { thoughtSignature: 'sig' } }
    expect(await prompt([response(...parts)], 'google.generative-ai')).toMatchObject([
      { content: [{ providerOptions }, { providerOptions }] },
    ])
  })

  it('tells the thinking of another provider as marked text, without its signature', async () => {
    const thinking = ThinkingPart('hm', { signature: 'sig', providerName: 'google' })
    const sent = await prompt([response(thinking, ThinkingPart(''))], 'openai.responses')
    expect(sent).toEqual([
      { role: 'assistant', content: [{ type: 'text', text: '<think>\nhm\n</think>' }] },
    ])
  })

  it('returns to an unknown package what it attached to a part', async () => {
    const metadata = { acme: { token: 1 } }
    const details = { provider_metadata: metadata }
    const thinking = ThinkingPart('hm', { providerName: 'acme', providerDetails: details })
    expect(await prompt([response(thinking)])).toMatchObject([
      { content: [{ type: 'reasoning', providerOptions: metadata }] },
    ])
  })

  it('has native calls for the provider that made them only', async () => {
    const shared = { toolName: 'code_execution', toolCallId: 's1', toolKind: null }
    const own = {
      providerName: 'anthropic',
      providerDetails: { anthropic_tool_name: 'bash_code_execution' },
    }
    const content = { type: 'bash_code_execution_result', stdout: '3' }
    const parts: ResponsePart[] = [
      { ...shared, ...own, id: null, args: { command: 'wc' }, partKind: 'builtin-tool-call' },
      {
        ...shared,
        ...own,
        content,
        metadata: null,
        timestamp: at,
        outcome: 'success',
        partKind: 'builtin-tool-return',
      },
    ]
    expect(await prompt([response(...parts)], 'anthropic.messages')).toMatchObject([
      {
        content: [
          { input: { type: 'bash_code_execution', command: 'wc' }, providerExecuted: true },
          { type: 'tool-result', toolCallId: 's1', output: { type: 'json', value: content } },
        ],
      },
    ])
    expect(await prompt([response(...parts, TextPart('3'))], 'openai.chat')).toEqual([
      { role: 'assistant', content: [{ type: 'text', text: '3' }] },
    ])
  })

  it('has files, spoken words and readable summaries', async () => {
    const provider = { id: null, providerName: null, providerDetails: null }
    const parts: ResponsePart[] = [
      { content: png, ...provider, partKind: 'file' },
      { content: 'summary', ...provider, partKind: 'compaction' },
      { content: null, ...provider, partKind: 'compaction' },
      {
        speaker: 'assistant',
        transcript: 'hi',
        audio: null,
        interruptedAtMs: null,
        ...provider,
        partKind: 'speech',
      },
    ]
    expect(await prompt([response(...parts)])).toMatchObject([
      { content: [{ type: 'file' }, { text: 'summary' }, { text: 'hi' }] },
    ])
  })
})

describe('specification v3', () => {
  it('has the data of files bare, and names of its own for files in tool results', async () => {
    const messages = [
      user(png, ImageUrl('https://x.test/a.png')),
      request(toolReturn({ content: ['Chart:', png] })),
    ]
    expect(await prompt(messages, 'anthropic.messages', 'v3')).toMatchObject([
      { content: [{ data: '+/8B' }, { data: new URL('https://x.test/a.png') }] },
      { content: [{ output: { value: [{ type: 'text' }, { type: 'file-data', data: '+/8B' }] } }] },
    ])
  })
})

function file(mediaType: string, url: string) {
  return { type: 'file', mediaType, data: { type: 'url', url: new URL(url) } }
}
