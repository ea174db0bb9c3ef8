import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BinaryContent, type RequestPart } from '../../src/messages/index.ts'
import { requestBody } from '../../src/models/openai-responses/request-body.ts'
import { readOpenAiResponse } from '../../src/models/openai-responses/read-response.ts'
import { at, modelCall, request, tool } from './calls.ts'
import { begun, body, ended, ResponsesServer, type StreamEvent } from './responses-server.ts'
import { pull, streamed } from './loopback-server.ts'

let server: ResponsesServer

beforeEach(async () => {
  server = await ResponsesServer.start()
})
afterEach(() => server.close())

async function partsOf(...events: readonly StreamEvent[]) {
  server.answer = streamed(...begun(), ...events, ended())
  const { response, error } = await pull(server.model(), modelCall())
  expect(error).toBeUndefined()
  return response.parts
}

describe('a server that does not stream in pieces', () => {
  it('is heard when it only tells whole texts', async () => {
    const done = { type: 'response.output_text.done', item_id: 'msg_1', text: 'Hello' }
    const piece = { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'Hello' }
    expect(await partsOf(done)).toMatchObject([{ content: 'Hello', id: 'msg_1' }])
    expect(await partsOf(piece, done)).toMatchObject([{ content: 'Hello', id: 'msg_1' }])
  })

  it.each([
    ['with the call', '{"a":1}', []],
    ['at the end', '', []],
    ['in pieces, too', '', ['{"a"', ':1}']],
  ])('is heard when arguments come %s', async (_, args, pieces) => {
    const item = { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'add', arguments: args }
    const type = 'response.function_call_arguments'
    const deltas = pieces.map((delta) => ({ type: `${type}.delta`, item_id: 'fc_1', delta }))
    const parts = await partsOf({ type: 'response.output_item.added', item }, ...deltas, {
      type: `${type}.done`,
      item_id: 'fc_1',
      arguments: '{"a":1}',
    })
    expect(parts).toMatchObject([{ toolName: 'add', args: '{"a":1}' }])
  })
})

describe('native calls', () => {
  const read = (item: object) =>
    readOpenAiResponse({ ...body, output: [item] }, { providerName: 'openai', settings: {} }).parts

  it('of a search that has not said what it looks for have no arguments', () => {
    const call = { type: 'web_search_call', id: 'ws_1', status: 'completed' }
    expect(read(call)).toMatchObject([{ args: null }, { content: { status: 'completed' } }])
  })

  it('of a search that found nothing have no list of sources', () => {
    const action = { type: 'search', query: 'q', sources: [] }
    const [call, found] = read({ type: 'web_search_call', id: 'ws_1', status: 'completed', action })
    expect(call).toMatchObject({ args: { type: 'search', query: 'q' } })
    expect(found).toHaveProperty('content', { status: 'completed' })
  })

  it('of code that is not told have empty code', () => {
    const call = { type: 'code_interpreter_call', id: 'ci_1', container_id: 'c', code: null }
    expect(read(call)[0]).toMatchObject({ args: { container_id: 'c', code: '' } })
  })
})

describe('what is sent', () => {
  const context = {
    modelName: 'gpt-4o',
    system: 'openai',
    isStreamed: false,
    takesJsonObjects: true,
  }

  it('says that a tool failed in front of the files it left', () => {
    const part: RequestPart = {
      partKind: 'tool-return',
      toolName: 'draw',
      content: [BinaryContent('AQID', 'image/png'), 'out of ink'],
      toolCallId: 'call_1',
      toolKind: null,
      metadata: null,
      timestamp: at,
      outcome: 'failed',
    }
    expect(requestBody(modelCall({ messages: [request(part)] }), context)['input']).toMatchObject([
      {
        output: [
          { type: 'input_text', text: '{"error":"out of ink"}' },
          { type: 'input_image', image_url: 'data:image/png;base64,AQID' },
        ],
      },
    ])
  })

  it('names the tools that may be called in the order in which they were chosen', () => {
    const call = modelCall({
      settings: { toolChoice: ['b', 'a', 'b'] },
      parameters: { functionTools: [tool('a'), tool('b'), tool('c')] },
    })
    expect(requestBody(call, context)['tool_choice']).toEqual({
      type: 'allowed_tools',
      mode: 'required',
      tools: [
        { type: 'function', name: 'b' },
        { type: 'function', name: 'a' },
      ],
    })
  })

  it('allows only the output tool when no other is wanted and text is allowed', () => {
    const call = modelCall({
      settings: { toolChoice: 'none' },
      parameters: { outputTools: [tool('final_result', 'output')] },
    })
    expect(requestBody(call, context)['tool_choice']).toMatchObject({ type: 'allowed_tools' })
  })
})
