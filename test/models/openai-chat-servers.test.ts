import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ModelStreamError, UnexpectedModelBehavior } from '../../src/errors/index.ts'
import {
  BinaryContent,
  CachePoint,
  ImageUrl,
  type UserContent,
  UserPromptPart,
} from '../../src/messages/index.ts'
import { requestBody } from '../../src/models/openai-chat/request-body.ts'
import { chatTarget } from '../../src/models/openai-chat/target.ts'
import { at, modelCall, request, tool } from './calls.ts'
import { ChatServer, completion, delta, done } from './chat-server.ts'
import { pull, streamed, whole } from './loopback-server.ts'

let server: ChatServer

beforeEach(async () => {
  server = await ChatServer.start()
})
afterEach(() => server.close())

const answered = (message: object, choice: object = {}) => {
  const [first] = completion.choices
  server.answer = whole({ ...completion, choices: [{ ...first, message, ...choice }] })
  return server.model().request(modelCall())
}
const told = (...chunks: readonly (object | string)[]) => {
  server.answer = streamed(...chunks)
  return pull(server.model(), modelCall())
}

describe('a server that is not quite like OpenAI', () => {
  it('may write the answer as blocks', async () => {
    const content = [{ type: 'text', text: 'Hel' }, { type: 'other' }, { type: 'text', text: 'lo' }]
    expect((await answered({ content })).parts).toMatchObject([{ content: 'Hello' }])
    const { response } = await told(delta({ content }), delta({}, 'stop'), done)
    expect(response.parts).toMatchObject([{ content: 'Hello' }])
  })

  it('may write arguments as an object', async () => {
    const tool_calls = [{ index: 0, id: 'c', function: { name: 'add', arguments: { a: 1 } } }]
    const part = { toolName: 'add', args: { a: 1 }, toolCallId: 'c' }
    expect((await answered({ tool_calls })).parts).toMatchObject([part])
    const { response } = await told(delta({ tool_calls }, 'tool_calls'), done)
    expect(response.parts).toMatchObject([part])
  })

  const call = (
    index: number | undefined,
    id: string | undefined,
    name: string | null,
    args = '',
  ) => delta({ tool_calls: [{ index, id, function: { name, arguments: args } }] })

  it.each([
    [
      'all at one index, by their ids',
      [call(0, 'a', 'x', '{}'), call(0, 'b', 'y', '{}')],
      ['x', 'y'],
    ],
    [
      'all at one index, as they are whole',
      [call(0, '', 'x', '{}'), call(0, '', 'x', '{}')],
      ['x', 'x'],
    ],
    [
      'without an index',
      [call(undefined, 'a', 'x', '{}'), call(undefined, 'b', 'y', '{}')],
      ['x', 'y'],
    ],
    [
      'with the name in each piece',
      [call(0, 'a', 'x', '{'), call(0, 'a', 'x', '}'), call(0, 'a', 'x')],
      ['x'],
    ],
    ['with the name in pieces', [call(0, 'a', 'get'), call(0, undefined, '_x', '{}')], ['get_x']],
  ])('may send calls %s', async (_, chunks, names) => {
    const { response } = await told(...chunks, delta({}, 'tool_calls'), done)
    expect(response.parts).toMatchObject(names.map((toolName) => ({ toolName, args: '{}' })))
  })

  it('may name a call in each piece, and another one like it behind its arguments, nested or not', async () => {
    const args = '{"a": {"b": "} \\" {"}, "c": [{}, "\\\\"]}'
    const pieces = (id: string) =>
      args.split('').map((piece, i) => call(0, i === 0 ? id : '', 'x', piece))
    const { response } = await told(...pieces('a'), ...pieces(''), delta({}, 'tool_calls'), done)
    expect(response.parts).toMatchObject([
      { toolName: 'x', args, toolCallId: 'a' },
      { toolName: 'x', args },
    ])
  })

  it('may give several answers, of which one is read', async () => {
    const other = (content: string, reason: string | null = null) => {
      const chunk = delta({ content }, reason)
      return { ...chunk, choices: [{ ...chunk.choices[0], index: 1 }] }
    }
    const chunks = [delta({ content: 'A' }), other('B'), other('', 'stop'), delta({ content: 'a' })]
    const { response } = await told(...chunks, delta({}, 'length'), done)
    expect(response).toMatchObject({ parts: [{ content: 'Aa' }], finishReason: 'length' })
  })

  it.each([null, '', false])(
    'may say with every chunk that there was no error: %j',
    async (error) => {
      const { response } = await told({ ...delta({ content: 'Hi' }, 'stop'), error }, done)
      expect(response.parts).toMatchObject([{ content: 'Hi' }])
    },
  )

  it('may tell an error as an object of that kind', async () => {
    const body = { object: 'error', message: 'Out of memory', code: 500 }
    const { error } = await told(delta({ content: 'Hi' }), body)
    expect(error).toBeInstanceOf(ModelStreamError)
    expect(error).toMatchObject({ body, isRetryable: true })
  })

  it('may have failed behind a router, which is no answer', async () => {
    const error = { message: 'The server behind is down' }
    const failed = answered({ content: '' }, { finish_reason: 'error', error })
    await expect(failed).rejects.toThrow('The server behind is down')
  })

  it('may not call what has no name', async () => {
    const tool_calls = [{ id: 'c', type: 'custom', custom: { name: 'x', input: 'y' } }]
    await expect(answered({ tool_calls })).rejects.toThrow(UnexpectedModelBehavior)
  })
})

describe('what is sent', () => {
  const bodyOf = (model: string, call = modelCall()) =>
    requestBody(call, chatTarget(model, 'openai'), { isStream: false, asksForJsonObjects: true })
  const saying = (...content: UserContent[]) =>
    modelCall({ messages: [request(UserPromptPart(content, at))] })

  it('is marked for the cache where the model takes marks', () => {
    const call = saying('A', CachePoint(), 'B')
    const blocks = [
      { type: 'text', text: 'A', prompt_cache_breakpoint: { mode: 'explicit' } },
      { type: 'text', text: 'B' },
    ]
    expect(bodyOf('gpt-5.6-sol', call)['messages']).toEqual([{ role: 'user', content: blocks }])
    expect(JSON.stringify(bodyOf('gpt-4o', call))).not.toContain('prompt_cache_breakpoint')
    expect(() => bodyOf('gpt-5.6-sol', saying(CachePoint()))).toThrow('nothing in front of it')
  })

  it('has the settings for caches and moderation', () => {
    const settings = {
      openaiPromptCacheOptions: { mode: 'explicit' },
      openaiModeration: { model: 'omni-moderation-latest' },
    }
    expect(bodyOf('gpt-5.6-sol', modelCall({ settings }))).toMatchObject({
      prompt_cache_options: { mode: 'explicit' },
      moderation: { model: 'omni-moderation-latest' },
    })
  })

  it('has drawings in SVG as text, since they are refused as images', () => {
    const svg = BinaryContent(new TextEncoder().encode('<svg/>'), 'image/svg+xml')
    const { messages } = bodyOf('gpt-4o', saying(svg))
    expect(messages).toMatchObject([{ content: [{ text: expect.stringContaining('<svg/>') }] }])
  })

  it('says how closely to look only when somebody said so', () => {
    const image = ImageUrl('https://example.com/a.png', { vendorMetadata: {} })
    expect(JSON.stringify(bodyOf('gpt-4o', saying(image)))).not.toContain('detail')
  })

  it('keeps the order of tools, whatever the order in which they are named', () => {
    const functionTools = [tool('a'), tool('b'), tool('c')]
    const settings = { toolChoice: ['c', 'a'] }
    const body = bodyOf('gpt-4o', modelCall({ settings, parameters: { functionTools } }))
    expect(body['tools']).toMatchObject([{ function: { name: 'a' } }, { function: { name: 'c' } }])
  })
})
