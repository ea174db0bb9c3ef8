import { describe, expect, it } from 'vitest'
import {
  BinaryContent,
  CachePoint,
  completeResponse,
  ImageUrl,
  type ModelMessage,
  type ModelResponseInput,
  type RequestPart,
  UploadedFile,
  type UserContent,
  VideoUrl,
} from '../../src/messages/index.ts'
import type { ModelSettings, NativeTool } from '../../src/models/index.ts'
import type { OpenAIResponsesOptions } from '../../src/models/openai-responses/settings.ts'
import { requestBody } from '../../src/models/openai-responses/request-body.ts'
import { at, modelCall, request, tool } from './calls.ts'

type Changes = Parameters<typeof modelCall>[0] & { readonly modelName?: string }

function bodyOf({ modelName = 'gpt-4o', ...changes }: Changes = {}): Readonly<
  Record<string, unknown>
> {
  const context = { modelName, system: 'openai', isStreamed: false, takesJsonObjects: true }
  return requestBody(modelCall(changes), context)
}

function inputOf(...messages: readonly ModelMessage[]): unknown {
  return bodyOf({ modelName: 'gpt-5', messages })['input']
}

function said(fields: Partial<ModelResponseInput>): ModelMessage {
  return completeResponse({ parts: [], providerName: 'openai', ...fields }, at)
}

function asked(content: string | readonly UserContent[]): ModelMessage {
  return request({ partKind: 'user-prompt', content, timestamp: at })
}

const user = (content: unknown) => ({ role: 'user', content })
const responses = (options: OpenAIResponsesOptions): ModelSettings => ({ ...options })

describe('the history in a request to the Responses API', () => {
  const answer = said({
    parts: [{ partKind: 'text', content: 'Hello', id: 'msg_1', providerName: 'openai' }],
    providerResponseId: 'resp_1',
    providerDetails: { conversation_id: 'conv_1' },
  })
  const history = [asked('Hi'), answer, asked('More')]

  it('begins after the response that OpenAI goes on from', () => {
    const settings = responses({ openaiPreviousResponseId: 'auto' })
    expect(bodyOf({ messages: history, settings })).toMatchObject({
      previous_response_id: 'resp_1',
      input: [user('More')],
    })
    expect(bodyOf({ messages: [asked('Hi')], settings })).not.toHaveProperty('previous_response_id')
  })

  it('begins with a given response, until the history has a later one', () => {
    const settings = responses({ openaiPreviousResponseId: 'resp_0' })
    expect(bodyOf({ messages: [asked('Hi')], settings })).toMatchObject({
      previous_response_id: 'resp_0',
      input: [user('Hi')],
    })
    expect(bodyOf({ messages: history, settings })).toMatchObject({
      previous_response_id: 'resp_1',
    })
  })

  it('begins after what a conversation of OpenAI holds', () => {
    for (const openaiConversationId of ['auto', 'conv_1']) {
      const body = bodyOf({ messages: history, settings: responses({ openaiConversationId }) })
      expect(body).toMatchObject({ conversation: 'conv_1', input: [user('More')] })
    }
    const both = responses({ openaiConversationId: 'auto', openaiPreviousResponseId: 'auto' })
    expect(() => bodyOf({ messages: history, settings: both })).toThrow('cannot be set at the same')
  })

  it('is sent whole across a compaction, which goes back sealed', () => {
    const compacted = said({
      parts: [
        {
          partKind: 'compaction',
          id: 'cmp_1',
          providerName: 'openai',
          providerDetails: { encrypted_content: 'sealed' },
        },
      ],
      providerResponseId: 'resp_2',
      providerDetails: { compaction: true },
    })
    const settings = responses({ openaiPreviousResponseId: 'auto' })
    const body = bodyOf({ messages: [compacted, asked('Go')], settings })
    expect(body).not.toHaveProperty('previous_response_id')
    expect(body['input']).toEqual([
      { type: 'compaction', id: 'cmp_1', encrypted_content: 'sealed' },
      user('Go'),
    ])
  })

  it('has one item again of what came in one item', () => {
    const thinking = { partKind: 'thinking', id: 'rs_1', providerName: 'openai' } as const
    const text = { partKind: 'text', id: 'msg_1', providerName: 'openai' } as const
    const parts = [
      { ...thinking, content: 'First', signature: 'sealed' },
      { ...thinking, content: 'Then' },
      { ...text, content: 'So' },
      { ...text, content: ' it is' },
    ]
    expect(inputOf(said({ parts }))).toMatchObject([
      {
        type: 'reasoning',
        id: 'rs_1',
        encrypted_content: 'sealed',
        summary: [{ text: 'First' }, { text: 'Then' }],
      },
      { type: 'message', id: 'msg_1', content: [{ text: 'So' }, { text: ' it is' }] },
    ])
  })

  it('keeps ids and native calls of OpenAI only, and those only if they are wanted', () => {
    const call = {
      partKind: 'builtin-tool-call',
      toolName: 'web_search',
      args: { type: 'search', query: 'Mars' },
      toolCallId: 'ws_1',
      id: 'ws_1',
      providerName: 'openai',
    } as const
    const answered = {
      partKind: 'builtin-tool-return',
      toolName: 'web_search',
      content: { status: 'failed' },
      toolCallId: 'ws_1',
      providerName: 'openai',
    } as const
    const parts = [call, answered]
    expect(inputOf(said({ parts }))).toEqual([
      {
        type: 'web_search_call',
        id: 'ws_1',
        action: { type: 'search', query: 'Mars' },
        status: 'failed',
      },
    ])
    const foreign = parts.map((part) => ({ ...part, providerName: 'anthropic' }))
    expect(inputOf(said({ parts: foreign }), asked('Go'))).toEqual([user('Go')])
    const settings = responses({ openaiSendReasoningIds: false })
    const messages = [said({ parts }), answer, asked('Go')]
    expect(bodyOf({ modelName: 'gpt-5', messages, settings })['input']).toEqual([
      { role: 'assistant', content: 'Hello' },
      user('Go'),
    ])
  })

  it('replays tools of MCP servers by their ids', () => {
    const call = (toolCallId: string, args: Readonly<Record<string, unknown>>) =>
      ({
        partKind: 'builtin-tool-call',
        toolName: 'mcp_server:wiki',
        args,
        toolCallId,
        providerName: 'openai',
      }) as const
    const parts = [
      call('mcpl_1', { action: 'list_tools' }),
      call('mcp_1', { action: 'call_tool', tool_name: 'ask', tool_args: { q: 1 } }),
    ]
    expect(inputOf(said({ parts }))).toEqual([
      { type: 'mcp_list_tools', id: 'mcpl_1', server_label: 'wiki', tools: [] },
      {
        type: 'mcp_call',
        id: 'mcp_1',
        server_label: 'wiki',
        name: 'ask',
        arguments: '{"q":1}',
        error: null,
        output: null,
      },
    ])
  })

  it('tells of tools that failed', () => {
    const part: RequestPart = {
      partKind: 'tool-return',
      toolName: 'add',
      content: 'no network',
      toolCallId: 'call_1',
      toolKind: null,
      metadata: null,
      timestamp: at,
      outcome: 'failed',
    }
    expect(inputOf(request(part))).toEqual([
      { type: 'function_call_output', call_id: 'call_1', output: '{"error":"no network"}' },
    ])
  })

  it('is not empty, since the API refuses instructions alone', () => {
    const parameters = { instructions: 'Tell a joke.' }
    expect(bodyOf({ messages: [request()], parameters })).toMatchObject({
      instructions: 'Tell a joke.',
      input: [user('')],
    })
  })
})

describe('files in a request to the Responses API', () => {
  it('go as images or as named files', () => {
    const content = [
      ImageUrl('https://example.com/a.png', { vendorMetadata: { detail: 'low' } }),
      BinaryContent('AAAA', 'application/json'),
      UploadedFile('file-1', 'openai'),
      UploadedFile('file-2', 'openai', { mediaType: 'image/png' }),
    ]
    expect(inputOf(asked(content))).toEqual([
      user([
        { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' },
        {
          type: 'input_file',
          file_data: 'data:application/json;base64,AAAA',
          filename: 'filename.json',
        },
        { type: 'input_file', file_id: 'file-1' },
        { type: 'input_image', file_id: 'file-2', detail: 'auto' },
      ]),
    ])
  })

  it.each([
    ['films', VideoUrl('https://example.com/a.mp4'), 'takes no films'],
    ['sound', BinaryContent('AAAA', 'audio/wav'), 'takes no sound'],
    ['files of other providers', UploadedFile('file-1', 'anthropic'), "uploaded to 'anthropic'"],
  ])('cannot be %s', (_, file, message) => {
    expect(() => inputOf(asked([file]))).toThrow(message)
  })

  it('are marked for the cache where the model takes marks', () => {
    const messages = [asked(['Long', CachePoint(), 'Short'])]
    const mark = { prompt_cache_breakpoint: { mode: 'explicit' } }
    const [long, short] = ['Long', 'Short'].map((text) => ({ type: 'input_text', text }))
    expect(bodyOf({ modelName: 'gpt-5.6', messages })['input']).toEqual([
      user([{ ...long, ...mark }, short]),
    ])
    expect(bodyOf({ messages })['input']).toEqual([user([long, short])])
    const first = [asked([CachePoint(), 'Short'])]
    expect(() => bodyOf({ modelName: 'gpt-5.6', messages: first })).toThrow(
      'nothing in front of it',
    )
  })
})

describe('the tools in a request to the Responses API', () => {
  const functionTools = [tool('add'), tool('sub')]
  const outputTools = [tool('final_result', 'output')]

  it.each([
    { why: 'text may end the run', settings: {}, parameters: {}, choice: 'auto' },
    {
      why: 'only a call can end the run',
      settings: {},
      parameters: { outputTools, allowTextOutput: false },
      choice: 'required',
    },
    {
      why: 'one tool is named',
      settings: { toolChoice: ['add'] },
      parameters: {},
      choice: { type: 'function', name: 'add' },
    },
    {
      why: 'function tools are forbidden',
      settings: { toolChoice: 'none' as const },
      parameters: { outputTools },
      choice: {
        type: 'allowed_tools',
        mode: 'auto',
        tools: [{ type: 'function', name: 'final_result' }],
      },
    },
  ])('are chosen from when $why', ({ settings, parameters, choice }) => {
    const body = bodyOf({ settings, parameters: { functionTools, ...parameters } })
    expect(body['tool_choice']).toEqual(choice)
  })

  it("hold the provider's own, with the ways of OpenAI spelt out", () => {
    const settings: ModelSettings = {
      nativeTools: [
        { kind: 'web_search', allowedDomains: ['example.com'] },
        { kind: 'image_generation', aspectRatio: '3:2' },
        { kind: 'mcp_server', id: 'mail', url: 'x-openai-connector:connector_gmail' },
        { kind: 'web_fetch', optional: true },
      ],
    }
    const body = bodyOf({ settings })
    expect(body['tools']).toMatchObject([
      {
        type: 'web_search',
        search_context_size: 'medium',
        filters: { allowed_domains: ['example.com'] },
      },
      { type: 'image_generation', size: '1536x1024', output_format: 'png' },
      {
        type: 'mcp',
        server_label: 'mail',
        connector_id: 'connector_gmail',
        require_approval: 'never',
      },
    ])
    expect(body['tool_choice']).toBe('auto')
  })

  it('are refused when OpenAI does not have them', () => {
    const wanting = (native: NativeTool) => () => bodyOf({ settings: { nativeTools: [native] } })
    expect(wanting({ kind: 'memory' })).toThrow("'memory' is not there")
    expect(wanting({ kind: 'tool_search' })).toThrow("'tool_search' is not there for 'gpt-4o'")
    expect(wanting({ kind: 'image_generation', aspectRatio: '16:9' })).toThrow("'16:9'")
  })

  it('are found by search, but for those that are always shown', () => {
    const settings: ModelSettings = { nativeTools: [{ kind: 'tool_search', toolNames: ['sub'] }] }
    const body = bodyOf({ modelName: 'gpt-5.4', settings, parameters: { functionTools } })
    expect(body['tools']).toMatchObject([
      { type: 'tool_search' },
      { name: 'add' },
      { name: 'sub', defer_loading: true },
    ])
    expect(JSON.stringify(body['tools']).match(/defer_loading/g)).toHaveLength(1)
  })

  it('include the one that draws when images are the output', () => {
    expect(bodyOf({ parameters: { allowImageOutput: true } })['tools']).toEqual([
      { type: 'image_generation' },
    ])
  })
})

describe('the settings in a request to the Responses API', () => {
  const sampling = { temperature: 0.2, topP: 0.9 }

  it.each([
    ['gpt-4o', {}, true],
    ['gpt-5', {}, false],
    ['gpt-5.2', {}, true],
    ['gpt-5.2', { thinking: true }, false],
    ['gpt-5.5', {}, false],
    ['gpt-5.5', { thinking: false }, true],
  ])('of chance go to %s with %j: %s', (modelName, settings, isSent) => {
    const body = bodyOf({ modelName, settings: { ...sampling, ...settings } })
    expect('temperature' in body).toBe(isSent)
    expect('top_p' in body).toBe(isSent)
  })

  it.each([
    ['gpt-4o', 'high', undefined],
    ['gpt-5', false, undefined],
    ['gpt-5', 'minimal', { effort: 'minimal' }],
    ['gpt-5.2', false, { effort: 'none' }],
    ['gpt-5.6', 'minimal', { effort: 'low', context: 'all_turns' }],
  ] as const)(
    'of thinking are told to %s for %j as it knows them',
    (modelName, thinking, expected) => {
      expect(bodyOf({ modelName, settings: { thinking } })['reasoning']).toEqual(expected)
    },
  )

  it('of OpenAI only have their own words', () => {
    const settings = responses({
      openaiStore: false,
      openaiTruncation: 'auto',
      openaiTextVerbosity: 'low',
      openaiServiceTier: 'flex',
      openaiIncludeWebSearchSources: true,
      openaiLogprobs: true,
      openaiTopLogprobs: 2,
    })
    expect(bodyOf({ settings })).toMatchObject({
      store: false,
      truncation: 'auto',
      text: { verbosity: 'low' },
      service_tier: 'flex',
      include: ['web_search_call.action.sources', 'message.output_text.logprobs'],
      top_logprobs: 2,
    })
  })

  it('that are not known here are merged into the body, `extraBody` last', () => {
    const settings: ModelSettings = {
      maxTokens: 5,
      providerOptions: {
        openai: { max_output_tokens: 6, metadata: { a: 1 } },
        anthropic: { other: true },
      },
      extraBody: { metadata: { b: 2 } },
    }
    const body = bodyOf({ settings })
    expect(body).toMatchObject({ max_output_tokens: 6, metadata: { b: 2 } })
    expect(body).not.toHaveProperty('other')
  })
})

describe('prompted output of the Responses API', () => {
  it('says JSON in the input, where the API looks for it', () => {
    const system = request(
      { partKind: 'system-prompt', content: 'Be terse.', timestamp: at, dynamicRef: null },
      { partKind: 'user-prompt', content: 'Hi', timestamp: at },
    )
    const parameters = { outputMode: 'prompted', instructions: 'Answer in JSON.' } as const
    const body = bodyOf({ messages: [system], parameters })
    expect(body).toMatchObject({ text: { format: { type: 'json_object' } } })
    expect(body).not.toHaveProperty('instructions')
    expect(body['input']).toEqual([
      { role: 'system', content: 'Be terse.' },
      { role: 'system', content: 'Answer in JSON.' },
      user('Hi'),
    ])
  })
})
