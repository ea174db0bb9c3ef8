import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { completeResponse } from '../../src/messages/index.ts'
import type { ModelSettings } from '../../src/models/index.ts'
import { AnthropicServer, block, end, message, start, stop, textBlock } from './anthropic-server.ts'
import { eventText, pull, streamed, whole } from './loopback-server.ts'
import { at, modelCall, request } from './calls.ts'

let server: AnthropicServer

beforeEach(async () => {
  server = await AnthropicServer.start()
})
afterEach(() => server.close())

const prompt = request({ partKind: 'user-prompt', content: 'Hi', timestamp: at })

describe('a stream of an Anthropic model', () => {
  it('hands on each piece before the next one is sent', async () => {
    const thinking = block(
      0,
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'thinking_delta', thinking: 'Hm' },
    )
    const text = textBlock(1, 'Hel', 'lo')
    const packets = [
      [start],
      [{ type: 'ping' }, ...thinking.slice(0, 1)],
      thinking.slice(1),
      text.slice(0, 2),
      text.slice(2),
      [end('end_turn'), stop],
    ]
    let sendNext: () => void = () => {}
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      sendNext = () => {
        const packet = packets.shift()
        if (packet === undefined) response.end()
        else response.write(eventText(...packet))
      }
      sendNext()
    }
    const seen: unknown[] = []
    for await (const delta of server.model().stream(modelCall())) {
      seen.push([delta.kind, packets.length])
      sendNext()
    }
    expect(seen).toEqual([
      ['response', 5],
      ['thinking', 4],
      ['thinking', 3],
      ['text', 2],
      ['text', 1],
      ['response', 0],
    ])
  })

  it('ends the request when its reader leaves', async () => {
    const closed = new Promise<void>((resolve) => {
      server.answer = (response) => {
        response.once('close', resolve)
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(eventText(start, ...textBlock(0, 'Hello')))
      }
    })
    for await (const delta of server.model().stream(modelCall())) {
      if (delta.kind === 'text') break
    }
    await expect(closed).resolves.toBeUndefined()
  })

  it('tells usage, ids and the end as the message has them', async () => {
    server.answer = streamed(
      {
        ...start,
        message: { ...start.message, usage: { input_tokens: 3, cache_read_input_tokens: 5 } },
      },
      ...textBlock(0, 'Hello'),
      end('max_tokens', { container: { id: 'box_1' } }),
      stop,
    )
    const { response } = await pull(server.model(), modelCall())
    expect(response).toMatchObject({
      parts: [{ partKind: 'text', content: 'Hello' }],
      modelName: 'claude-sonnet-4-5-20250929',
      providerName: 'anthropic',
      providerResponseId: 'msg_1',
      finishReason: 'length',
      state: 'complete',
      providerDetails: { finish_reason: 'max_tokens', container_id: 'box_1' },
      usage: { inputTokens: 8, cacheReadTokens: 5, outputTokens: 9 },
    })
  })

  it('holds redacted thinking, refusals and summaries', async () => {
    server.answer = streamed(
      start,
      ...block(
        0,
        { type: 'compaction', content: null },
        { type: 'compaction_delta', content: 'So far' },
      ),
      ...block(1, { type: 'redacted_thinking', data: 'sealed' }),
      ...block(
        2,
        { type: 'thinking', thinking: '', signature: '' },
        { type: 'thinking_delta', thinking: 'Hm' },
        { type: 'signature_delta', signature: 'own' },
      ),
      end('refusal', { stop_details: { explanation: 'No', category: 'bio' } }),
      stop,
    )
    const { response } = await pull(server.model(), modelCall())
    expect(response).toMatchObject({
      parts: [
        { partKind: 'compaction', content: 'So far', providerName: 'anthropic' },
        { partKind: 'thinking', content: '', id: 'redacted_thinking', signature: 'sealed' },
        { partKind: 'thinking', content: 'Hm', signature: 'own', providerName: 'anthropic' },
      ],
      finishReason: 'content_filter',
      providerDetails: { refusal: 'No', refusal_category: 'bio' },
    })
  })

  it.each([
    {
      why: 'as it is written',
      block: { type: 'tool_use', id: 'c1', name: 'look', input: {} },
      pieces: ['', '{"at":', ' "sea"}'],
      part: { partKind: 'tool-call', toolName: 'look', toolCallId: 'c1', args: '{"at": "sea"}' },
    },
    {
      why: 'at the beginning, from gateways that do not stream it',
      block: { type: 'tool_use', id: 'c1', name: 'look', input: { at: 'sea' } },
      pieces: [],
      part: { partKind: 'tool-call', toolName: 'look', args: { at: 'sea' } },
    },
    {
      why: 'in words of all providers, of a search for tools',
      block: { type: 'server_tool_use', id: 's1', name: 'tool_search_tool_regex', input: {} },
      pieces: ['{"pattern": "we.*"}'],
      part: { partKind: 'builtin-tool-call', toolName: 'tool_search', args: { queries: ['we.*'] } },
    },
    {
      why: 'wrapped, for a tool of an MCP server',
      block: { type: 'mcp_tool_use', id: 'm1', name: 'ask', server_name: 'wiki', input: {} },
      pieces: ['{"q": 1}'],
      part: {
        toolName: 'mcp_server:wiki',
        args: '{"action":"call_tool","tool_name":"ask","tool_args":{"q": 1}}',
      },
    },
    {
      why: 'wrapped, for a tool of an MCP server without arguments',
      block: { type: 'mcp_tool_use', id: 'm1', name: 'ask', server_name: 'wiki', input: {} },
      pieces: [''],
      part: { args: '{"action":"call_tool","tool_name":"ask","tool_args":{}}' },
    },
    {
      why: 'completed, for code whose last brackets are missing',
      block: { type: 'server_tool_use', id: 's1', name: 'bash_code_execution', input: {} },
      pieces: ['{"command": "echo ', '{\\"a\\" [\\\\"'],
      part: { toolName: 'code_execution', args: { command: 'echo {"a" [\\' } },
    },
    {
      why: 'as it is written, for code that breaks off in the middle of a word',
      block: { type: 'server_tool_use', id: 's1', name: 'code_execution', input: {} },
      pieces: ['{"code": "prin'],
      part: { toolName: 'code_execution', args: '{"code": "prin' },
    },
  ])('has the arguments of a call $why', async ({ block: content, pieces, part }) => {
    const deltas = pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json }))
    server.answer = streamed(start, ...block(0, content, ...deltas), end('tool_use'), stop)
    const settings: ModelSettings = {
      nativeTools: [
        { kind: 'tool_search', strategy: 'regex' },
        { kind: 'web_fetch' },
        { kind: 'code_execution' },
      ],
    }
    const { response } = await pull(server.model(), modelCall({ settings }))
    expect(response.parts).toMatchObject([part])
  })

  it('leaves out calls of server tools that nobody offered', async () => {
    const madeUp = { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} }
    const words = { type: 'input_json_delta', partial_json: '{"query": "x"}' }
    server.answer = streamed(
      start,
      ...block(0, madeUp, words),
      ...textBlock(1, 'Hello'),
      end('end_turn'),
      stop,
    )
    const { response } = await pull(server.model(), modelCall())
    expect(response.parts).toMatchObject([{ partKind: 'text', content: 'Hello' }])
  })

  it('knows that newer tools for the web run code', async () => {
    const code = { type: 'server_tool_use', id: 's1', name: 'code_execution', input: {} }
    server.answer = streamed(start, ...block(0, code), end('end_turn'), stop)
    const settings: ModelSettings = { nativeTools: [{ kind: 'web_search' }] }
    const partsOf = async (modelName: string) =>
      (await pull(server.model(modelName), modelCall({ settings }))).response.parts
    expect(await partsOf('claude-opus-4-6')).toMatchObject([{ toolName: 'code_execution' }])
    expect(await partsOf('claude-sonnet-4-5')).toEqual([])
  })

  it('passes over blocks and events that nobody knows yet', async () => {
    server.answer = streamed(
      start,
      ...block(0, { type: 'hologram' }, { type: 'input_json_delta', partial_json: '{}' }),
      { type: 'weather' },
      ...textBlock(1, 'Hello'),
      end('end_turn'),
      stop,
    )
    const { response } = await pull(server.model(), modelCall())
    expect(response.parts).toMatchObject([{ partKind: 'text', content: 'Hello' }])
  })
})

describe('an answer of an Anthropic model', () => {
  it('has calls of server tools that were offered, or that were answered all the same', async () => {
    const call = (id: string, name: string) => ({ type: 'server_tool_use', id, name, input: {} })
    const content = [
      call('s1', 'web_search'),
      call('s2', 'web_fetch'),
      call('s3', 'code_execution'),
      { type: 'web_fetch_tool_result', tool_use_id: 's2', content: { type: 'web_fetch_result' } },
    ]
    server.answer = whole({ ...message, content })
    const settings: ModelSettings = { nativeTools: [{ kind: 'web_search' }] }
    const { parts } = await server.model().request(modelCall({ settings }))
    expect(parts).toMatchObject([{ toolCallId: 's1' }, { toolCallId: 's2' }, { toolCallId: 's2' }])
  })

  it('is streamed, unseen, when it may be too long for one piece', async () => {
    server.answer = streamed(start, ...textBlock(0, 'Hel', 'lo'), end('end_turn'), stop)
    const call = modelCall({ settings: { maxTokens: 64_000 } })
    const response = await server.model().request(call)
    expect(server.asked[0]?.body).toMatchObject({ stream: true, max_tokens: 64_000 })
    expect(response).toMatchObject({
      parts: [{ partKind: 'text', content: 'Hello' }],
      finishReason: 'stop',
      providerResponseId: 'msg_1',
    })
  })

  it('is not streamed when somebody set how long it may take', async () => {
    server.answer = whole(message)
    const settings = { maxTokens: 64_000, timeoutMs: 60_000 }
    expect(await server.model().request(modelCall({ settings }))).toMatchObject({
      parts: [{ content: 'Hello' }],
    })
    expect(server.asked[0]?.body).toMatchObject({ stream: false })
  })

  it('is given up after the time somebody set', async () => {
    server.answer = () => {}
    await expect(
      server.model().request(modelCall({ settings: { timeoutMs: 5 } })),
    ).rejects.toMatchObject({ name: 'ModelAPIError', isRetryable: true })
  })

  it.each([{ stream: true }, { stream: false }])(
    'that pauses is suspended, and goes on when it is sent back (stream: $stream)',
    async ({ stream }) => {
      const search = {
        type: 'server_tool_use',
        id: 's1',
        name: 'web_search',
        input: { query: 'x' },
      }
      const paused = {
        ...message,
        content: [search],
        stop_reason: 'pause_turn',
        container: { id: 'box_1' },
      }
      server.answer = stream
        ? streamed(
            start,
            ...block(0, search),
            end('pause_turn', { container: { id: 'box_1' } }),
            stop,
          )
        : whole(paused)
      const model = server.model()
      const settings: ModelSettings = { nativeTools: [{ kind: 'web_search' }] }
      const call = modelCall({ settings })
      const first = stream ? (await pull(model, call)).response : await model.request(call)
      expect(first).toMatchObject({ state: 'suspended', finishReason: null })

      server.answer = whole(message)
      await model.request(modelCall({ messages: [prompt, completeResponse(first, at)] }))
      expect(server.asked[1]?.body).toMatchObject({
        container: 'box_1',
        messages: [{ role: 'user' }, { role: 'assistant', content: [search] }],
      })
    },
  )
})
