import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callArguments, completeResponse } from '../../src/messages/index.ts'
import { at, modelCall } from './calls.ts'
import { begun, body, ended, ResponsesServer, type StreamEvent } from './responses-server.ts'
import { eventText, pull, streamed } from './loopback-server.ts'

let server: ResponsesServer

beforeEach(async () => {
  server = await ResponsesServer.start()
})
afterEach(() => server.close())

const created = { type: 'response.created', response: { ...body, status: 'in_progress' } }

/** What a stream of these events comes to. */
async function read(...events: readonly StreamEvent[]) {
  server.answer = streamed(created, ...events)
  const { response, error } = await pull(server.model(), modelCall())
  expect(error).toBeUndefined()
  return completeResponse(response, at)
}

const added = (item: object) => ({ type: 'response.output_item.added', item })
const done = (item: object) => ({ type: 'response.output_item.done', item })

describe('a stream of the Responses API', () => {
  it('hands on each piece before the next one is sent, thinking as it comes', async () => {
    const thinking = (delta: string) => ({
      type: 'response.reasoning_summary_text.delta',
      item_id: 'rs_1',
      summary_index: 0,
      delta,
    })
    const text = { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'Hello' }
    const packets: StreamEvent[] = [created, thinking('Hm'), thinking('.'), text, ended()]
    let sendNext: () => void = () => {}
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      sendNext = () => {
        const packet = packets.shift()
        if (packet !== undefined) response.write(eventText(packet))
      }
      sendNext()
    }
    const seen: unknown[] = []
    for await (const piece of server.model().stream(modelCall())) {
      if (piece.kind === 'response' && piece.providerResponseId === undefined) continue
      seen.push([piece.kind, packets.length])
      sendNext()
    }
    expect(seen).toEqual([
      ['response', 4],
      ['thinking', 3],
      ['thinking', 2],
      ['text', 1],
    ])
  })

  it('tells at once which response it is, and at the end how it ended', async () => {
    server.answer = streamed(...begun('Hel', 'lo'), ended())
    const { response } = await pull(server.model(), modelCall())
    expect(response).toMatchObject({
      parts: [{ content: 'Hello', id: 'msg_1', providerName: 'openai' }],
      modelName: 'gpt-4o-2024-08-06',
      providerName: 'openai',
      providerResponseId: 'resp_1',
      providerDetails: { finish_reason: 'completed', timestamp: '2026-01-01T00:00:00Z' },
      finishReason: 'stop',
      state: 'complete',
      usage: { inputTokens: 3, outputTokens: 2 },
    })
    expect(response.providerUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/)
  })

  it('is over when it says so, whether or not the server hangs up', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const incomplete = {
        incomplete_details: { reason: 'max_output_tokens' },
        status: 'incomplete',
      }
      response.write(eventText(...begun('Hel'), ended('response.incomplete', incomplete)))
    }
    const { response } = await pull(server.model(), modelCall())
    expect(response).toMatchObject({ finishReason: 'length', state: 'complete' })
  })

  it('tells what the model said instead of an answer', async () => {
    const { finishReason, providerDetails } = await read(
      { type: 'response.refusal.delta', delta: 'I ca' },
      { type: 'response.refusal.delta', delta: "n't" },
      { type: 'response.refusal.done', refusal: "I can't" },
      ended(),
    )
    expect(finishReason).toBe('content_filter')
    expect(providerDetails).toMatchObject({ refusal: "I can't" })
    expect(providerDetails).not.toHaveProperty('finish_reason')
  })

  it('passes over events and items that nobody knows yet', async () => {
    const { parts } = await read(
      { type: 'response.something.new', value: 1 },
      added({ type: 'new_call', id: 'new_1' }),
      done({ type: 'new_call', id: 'new_1' }),
      { type: 'response.output_text.delta', item_id: 'msg_1', delta: null },
      ended(),
    )
    expect(parts).toEqual([])
  })

  it('keeps plain thinking and the signature with the first summary', async () => {
    const { parts } = await read(
      added({ type: 'reasoning', id: 'rs_1' }),
      { type: 'response.reasoning_text.delta', item_id: 'rs_1', content_index: 0, delta: 'Well' },
      { type: 'response.reasoning_text.delta', item_id: 'rs_1', content_index: 0, delta: '!' },
      {
        type: 'response.reasoning_summary_text.delta',
        item_id: 'rs_1',
        summary_index: 0,
        delta: 'A',
      },
      {
        type: 'response.reasoning_summary_text.delta',
        item_id: 'rs_1',
        summary_index: 1,
        delta: 'B',
      },
      done({ type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed' }),
      ended(),
    )
    expect(parts).toMatchObject([
      { content: 'A', signature: 'sealed', providerDetails: { raw_content: ['Well!'] } },
      { content: 'B', signature: null },
    ])
  })

  it('has calls of MCP servers, with and without arguments', async () => {
    const call = { type: 'mcp_call', id: 'mcp_1', server_label: 'wiki', name: 'ask', arguments: '' }
    const args = (delta: string) => ({
      type: 'response.mcp_call_arguments.delta',
      item_id: 'mcp_1',
      delta,
    })
    const argsDone = { type: 'response.mcp_call_arguments.done', item_id: 'mcp_1' }
    const callOf = async (...events: readonly StreamEvent[]) => {
      const { parts } = await read(added(call), ...events, argsDone, ended())
      const [part] = parts
      return part?.partKind === 'builtin-tool-call' ? callArguments(part) : part
    }
    const expected = { action: 'call_tool', tool_name: 'ask' }
    expect(await callOf(args('{"q"'), args(':1}'))).toEqual({ ...expected, tool_args: { q: 1 } })
    expect(await callOf()).toEqual({ ...expected, tool_args: {} })
  })

  it('shows a picture while it is drawn, and then the finished one in its place', async () => {
    const item = { type: 'image_generation_call', id: 'ig_1', status: 'in_progress' }
    const image = { type: 'response.image_generation_call.partial_image', item_id: 'ig_1' }
    const { parts } = await read(
      added(item),
      { ...image, partial_image_b64: 'AAAA', output_format: 'webp' },
      done({ ...item, status: 'generating', result: 'BBBB', output_format: 'webp' }),
      ended(),
    )
    expect(parts).toMatchObject([
      { partKind: 'builtin-tool-call', toolName: 'image_generation' },
      { partKind: 'file', content: { data: 'BBBB', mediaType: 'image/webp' } },
      { partKind: 'builtin-tool-return', content: { status: 'completed' } },
    ])
  })

  it('has the list of tools that only the whole response holds', async () => {
    const item = {
      type: 'mcp_list_tools',
      id: 'mcpl_1',
      server_label: 'wiki',
      tools: [{ name: 'ask' }],
    }
    const { parts } = await read(
      added({ ...item, tools: [] }),
      ended('response.completed', { output: [item] }),
    )
    expect(parts).toMatchObject([
      { toolName: 'mcp_server:wiki', args: { action: 'list_tools' } },
      { toolName: 'mcp_server:wiki', content: { tools: [{ name: 'ask' }] } },
    ])
  })

  it('has a search for tools that the run has to answer, by its last id', async () => {
    const search = {
      type: 'tool_search_call',
      id: 'tsc_1',
      execution: 'client',
      call_id: 'a',
      arguments: {},
    }
    const { parts } = await read(
      added(search),
      done({ ...search, call_id: 'b', arguments: { queries: ['rates'] } }),
      ended(),
    )
    expect(parts).toMatchObject([
      {
        partKind: 'tool-call',
        toolName: 'search_tools',
        args: '{"queries":["rates"]}',
        toolCallId: 'b',
      },
    ])
  })
})
