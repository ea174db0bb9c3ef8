import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors/index.ts'
import {
  AudioUrl,
  BinaryContent,
  CachePoint,
  DocumentUrl,
  ImageUrl,
  type ModelMessage,
  NativeToolCallPart,
  type RequestPart,
  type ResponsePart,
  SystemPromptPart,
  TextPart,
  ThinkingPart,
  ToolCallPart,
  ToolReturnPart,
  UploadedFile,
  type UserContent,
  UserPromptPart,
} from '../../src/messages/index.ts'
import { bodyOf } from './anthropic-server.ts'
import { at, request, response, tool } from './calls.ts'

function messagesOf(...messages: readonly ModelMessage[]): unknown {
  return bodyOf({ messages })['messages']
}

const said = (...content: readonly UserContent[]): RequestPart => UserPromptPart(content, at)
const own = { providerName: 'anthropic' }

describe('a message to an Anthropic model', () => {
  it.each([
    [
      'text that is a file',
      BinaryContent(new TextEncoder().encode('a,b'), 'text/csv'),
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,b' } },
    ],
    [
      'a data URL',
      ImageUrl('data:image/png;base64,iVBO'),
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBO' } },
    ],
    [
      'a PDF by its address',
      DocumentUrl('https://a.example/b.pdf'),
      { type: 'document', source: { type: 'url', url: 'https://a.example/b.pdf' } },
    ],
    [
      'a picture it holds',
      UploadedFile('file_1', 'anthropic', { mediaType: 'image/png' }),
      { type: 'image', source: { type: 'file', file_id: 'file_1' } },
    ],
    [
      'a document it holds',
      UploadedFile('file_1', 'anthropic', { mediaType: 'application/pdf' }),
      { type: 'document', source: { type: 'file', file_id: 'file_1' } },
    ],
  ])('takes %s', (_, content, block) => {
    expect(messagesOf(request(said(content)))).toEqual([{ role: 'user', content: [block] }])
  })

  it.each([
    ['sound', AudioUrl('https://a.example/b.mp3')],
    ['a film', BinaryContent('AAAA', 'video/mp4')],
    ['a file of another provider', UploadedFile('file_1', 'openai', { mediaType: 'image/png' })],
  ])('refuses %s', (_, content) => {
    expect(() => messagesOf(request(said(content)))).toThrow(UserError)
  })

  it('leaves out what is empty', () => {
    const history = [request(said('')), response(TextPart('')), request(said('Hi'))]
    expect(messagesOf(...history)).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
    ])
  })

  it('says of a tool whether it failed, and what it returned item by item', () => {
    const result = (outcome: 'failed' | 'denied', content: unknown): RequestPart =>
      ToolReturnPart({ toolName: 'look', toolCallId: 'c', content, outcome, timestamp: at })
    const history = request(
      result('failed', 'broken'),
      result('denied', 'no'),
      result('denied', null),
      result('denied', ['one', { two: 2 }]),
      result('denied', ''),
    )
    expect(messagesOf(history)).toMatchObject([
      {
        content: [
          { is_error: true, content: [{ type: 'text', text: 'broken' }] },
          { is_error: false, content: [{ type: 'text', text: 'no' }] },
          { is_error: false, content: [{ type: 'text', text: 'null' }] },
          { content: [{ text: 'one' }, { text: '{"two":2}' }] },
          { is_error: false, content: '' },
        ],
      },
    ])
  })

  it('holds a system prompt that comes late as words of the user', () => {
    const body = bodyOf({
      messages: [
        request(SystemPromptPart('First.', at), said('Hi')),
        response(TextPart('Hello')),
        request(SystemPromptPart('Be brief.', at)),
      ],
    })
    expect(body).toMatchObject({
      system: 'First.',
      messages: [{}, {}, { content: [{ text: '<system>Be brief.</system>' }] }],
    })
  })

  it('is a system prompt, for models that heed those in mid-conversation', () => {
    const body = bodyOf({
      modelName: 'claude-opus-5',
      messages: [
        request(SystemPromptPart('First.', at), said('Hi')),
        response(TextPart('Hello')),
        request(SystemPromptPart('Be brief.', at), said('So?')),
        response(TextPart('')), // nothing of it is sent
        request(said('And?')),
        response(TextPart('Yes')),
        request(SystemPromptPart('In French.', at)),
      ],
    })
    expect(body).toMatchObject({
      system: 'First.',
      messages: [
        { role: 'user' },
        { role: 'assistant' },
        { role: 'user', content: [{ text: 'So?' }] },
        { role: 'user', content: [{ text: 'And?' }] },
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        { role: 'assistant' },
        // Behind an answer it would be refused.
        { role: 'user', content: [{ text: '.' }] },
        { role: 'system', content: [{ text: 'In French.' }] },
      ],
    })
  })

  it('is left out when it came before the last summary of the provider', () => {
    const summary = (content: string | null, providerName = 'anthropic'): ResponsePart => {
      return { partKind: 'compaction', content, id: null, providerDetails: null, providerName }
    }
    const body = bodyOf({
      messages: [
        request(SystemPromptPart('First.', at), said('Hi')),
        response(TextPart('Hello'), summary('So far'), TextPart('So')),
        request(said('And?')),
        response(summary(null), summary('Other', 'openai'), TextPart('Well')),
      ],
    })
    expect(body).toMatchObject({
      system: 'First.',
      messages: [
        { role: 'assistant', content: [{ type: 'compaction', content: 'So far' }, { text: 'So' }] },
        { role: 'user' },
        { role: 'assistant', content: [{ type: 'compaction', content: null }, { text: 'Well' }] },
      ],
    })
  })

  it.each<[string, ResponsePart, unknown]>([
    [
      'thinking that it signed',
      ThinkingPart('Hm', { ...own, signature: 's' }),
      [{ type: 'thinking', thinking: 'Hm', signature: 's' }],
    ],
    [
      'thinking that it redacted',
      ThinkingPart('', { ...own, id: 'redacted_thinking', signature: 's' }),
      [{ type: 'redacted_thinking', data: 's' }],
    ],
    [
      'thinking that was cut off before it was signed',
      ThinkingPart('Hm', { ...own, signature: '' }),
      [{ type: 'text', text: '<thinking>\nHm\n</thinking>' }],
    ],
    [
      'thinking of others that shows nothing',
      ThinkingPart('', { providerName: 'openai', signature: 's' }),
      [],
    ],
    [
      'arguments that are no JSON',
      ToolCallPart({ toolName: 'look', toolCallId: 'c', args: '{"a' }),
      [{ type: 'tool_use', id: 'c', name: 'look', input: { INVALID_JSON: '{"a' } }],
    ],
  ])('gives back %s', (_, part, blocks) => {
    const history = [request(said('Hi')), response(part, TextPart('.'))]
    expect(messagesOf(...history)).toMatchObject([
      {},
      { content: [...(blocks as unknown[]), { type: 'text', text: '.' }] },
    ])
  })
})

describe('native tools in the history of an Anthropic model', () => {
  const search = NativeToolCallPart({
    ...own,
    toolName: 'web_search',
    toolCallId: 's1',
    args: { query: 'x' },
    providerDetails: { anthropic_caller: { type: 'code_execution_20260120', tool_id: 'e1' } },
  })
  const found = (toolName: string, content: unknown, more = {}): ResponsePart => ({
    partKind: 'builtin-tool-return',
    toolName,
    content,
    toolCallId: 's1',
    toolKind: null,
    metadata: null,
    timestamp: at,
    outcome: 'success',
    providerDetails: null,
    ...own,
    ...more,
  })

  it('go back as they came', () => {
    const history = [request(said('Hi')), response(search, found('web_search', [{ url: 'u' }]))]
    expect(messagesOf(...history)).toMatchObject([
      {},
      {
        content: [
          { type: 'server_tool_use', id: 's1', name: 'web_search', caller: { tool_id: 'e1' } },
          { type: 'web_search_tool_result', tool_use_id: 's1', content: [{ url: 'u' }] },
        ],
      },
    ])
  })

  it('of an MCP server go back unwrapped', () => {
    const args = { action: 'call_tool', tool_name: 'ask', tool_args: { q: 1 } }
    const call = NativeToolCallPart({ ...own, toolName: 'mcp_server:wiki', toolCallId: 's1', args })
    const answer = found('mcp_server:wiki', { content: 'yes', is_error: false })
    expect(messagesOf(request(said('Hi')), response(call, answer))).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'mcp_tool_use', id: 's1', server_name: 'wiki', name: 'ask', input: { q: 1 } },
          { type: 'mcp_tool_result', tool_use_id: 's1', content: 'yes', is_error: false },
        ],
      },
    ])
  })

  it('that found tools refer to those that there still are', () => {
    const args = { queries: ['weather'] }
    const call = NativeToolCallPart({ ...own, toolName: 'tool_search', toolCallId: 's1', args })
    const tools = { discovered_tools: [{ name: 'look' }, { name: 'gone' }] }
    const body = bodyOf({
      messages: [request(said('Hi')), response(call, found('tool_search', tools))],
      parameters: { functionTools: [tool('look')] },
    })
    expect(body['messages']).toMatchObject([
      {},
      {
        content: [
          { name: 'tool_search_tool_bm25', input: { query: 'weather' } },
          { content: { tool_references: [{ type: 'tool_reference', tool_name: 'look' }] } },
        ],
      },
    ])
  })

  it.each([
    [
      'another provider made',
      { ...search, providerName: 'openai' },
      found('web_search', [], { providerName: 'openai' }),
    ],
    ['never had an answer', search, TextPart('')],
    [
      'an advisor answered who is gone',
      { ...search, toolName: 'advisor' },
      found('advisor', { text: 'a' }),
    ],
  ])('stay away when %s', (_, call, answer) => {
    const history = [
      request(said('Hi')),
      response(call, answer, TextPart('.')),
      request(said('So?')),
    ]
    expect(messagesOf(...history)).toMatchObject([
      {},
      { content: [{ type: 'text', text: '.' }] },
      {},
    ])
  })

  it('may wait for their answer while other tools are answered', () => {
    const call = ToolCallPart({ toolName: 'look', toolCallId: 'c' })
    const result = ToolReturnPart({
      toolName: 'look',
      toolCallId: 'c',
      content: 'sea',
      timestamp: at,
    })
    const history = [request(said('Hi')), response(search, call), request(result)]
    expect(messagesOf(...history)).toMatchObject([
      {},
      { content: [{ type: 'server_tool_use' }, { type: 'tool_use' }] },
      {},
    ])
  })
})

describe('cache points of an Anthropic model', () => {
  const mark = (ttl = '5m') => ({ cache_control: { type: 'ephemeral', ttl } })
  const parameters = {
    functionTools: [tool('a'), tool('b')],
    instructionParts: [
      { content: 'Steady.', dynamic: false },
      { content: 'It is noon.', dynamic: true },
    ],
  }

  it('stand behind what does not change', () => {
    const settings = { anthropicCacheInstructions: '1h', anthropicCacheToolDefinitions: true }
    const body = bodyOf({ settings, parameters })
    expect(body).toMatchObject({
      system: [{ text: 'Steady.', ...mark('1h') }, { text: 'It is noon.' }],
      tools: [{ name: 'a' }, { name: 'b', ...mark() }],
    })
    expect(body['system']).not.toMatchObject([{}, mark()])
  })

  it('are left to the provider, or set on the last block', () => {
    expect(bodyOf({ settings: { anthropicCache: '1h' } })).toMatchObject(mark('1h'))
    const body = bodyOf({ settings: { anthropicCacheMessages: true } })
    expect(body).toMatchObject({ messages: [{ content: [{ text: 'Hi', ...mark() }] }] })
    expect(() =>
      bodyOf({ settings: { anthropicCache: true, anthropicCacheMessages: true } }),
    ).toThrow(UserError)
  })

  it('are no more than four: the oldest of the conversation go', () => {
    const marked = ['1', '2', '3', '4'].flatMap((text) => [text, CachePoint()])
    const settings = { anthropicCacheToolDefinitions: true, anthropicCache: true }
    const body = bodyOf({ messages: [request(said(...marked))], settings, parameters })
    const bare = (text: string) => ({ type: 'text', text })
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [bare('1'), bare('2'), { ...bare('3'), ...mark() }, { ...bare('4'), ...mark() }],
      },
    ])
  })

  it('at the beginning of a message end the one before it; there has to be something', () => {
    const history = [
      request(said('Hi')),
      response(TextPart('Yes?')),
      request(said(CachePoint(), 'So')),
    ]
    expect(messagesOf(...history)).toMatchObject([{}, { content: [mark()] }, {}])
    expect(() => messagesOf(request(said(CachePoint())))).toThrow(UserError)
  })
})
