import { describe, expect, it } from 'vitest'
import { ValidationError } from '../../src/errors/index.ts'
import {
  messagesFromJson,
  messagesFromWire,
  messagesToJson,
  messagesToWire,
  usageFromWire,
  usageToWire,
} from '../../src/messages/index.ts'

const text = { part_kind: 'text', content: 'x' }
const userPrompt = { part_kind: 'user-prompt', content: 'x' }
const request = (...parts: readonly unknown[]): object => ({ kind: 'request', parts })
const response = (...parts: readonly unknown[]): object => ({ kind: 'response', parts })

function errorOf(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

describe('loading', () => {
  it.each([
    { what: 'a history that is no list', wire: {}, path: [] },
    { what: 'a message that is no object', wire: ['x'], path: [0] },
    { what: 'a message without kind', wire: [{ parts: [] }], path: [0, 'kind'] },
    { what: 'an unknown kind of message', wire: [{ kind: 'reply', parts: [] }], path: [0, 'kind'] },
    {
      what: 'a kind from the prototype',
      wire: [{ kind: 'toString', parts: [] }],
      path: [0, 'kind'],
    },
    { what: 'a message without parts', wire: [{ kind: 'request' }], path: [0] },
    {
      what: 'a part without kind',
      wire: [request({ content: 'x' })],
      path: [0, 'parts', 0, 'part_kind'],
    },
    {
      what: 'an unknown kind of part',
      wire: [request({ part_kind: 'x' })],
      path: [0, 'parts', 0, 'part_kind'],
    },
    {
      what: 'a response part in a request',
      wire: [request(text)],
      path: [0, 'parts', 0, 'part_kind'],
    },
    {
      what: 'a request part in a response',
      wire: [response(text, userPrompt)],
      path: [0, 'parts', 1, 'part_kind'],
    },
    {
      what: 'text without content',
      wire: [response({ part_kind: 'text' })],
      path: [0, 'parts', 0],
    },
    {
      what: 'thinking without content',
      wire: [response({ part_kind: 'thinking' })],
      path: [0, 'parts', 0],
    },
    {
      what: 'a user prompt without content',
      wire: [request({ part_kind: 'user-prompt' })],
      path: [0, 'parts', 0],
    },
    {
      what: 'a system prompt without content',
      wire: [request({ part_kind: 'system-prompt' })],
      path: [0, 'parts', 0],
    },
    {
      what: 'a tool return without content',
      wire: [request({ part_kind: 'tool-return', tool_name: 't' })],
      path: [0, 'parts', 0],
    },
    {
      what: 'a retry prompt without content',
      wire: [request({ part_kind: 'retry-prompt' })],
      path: [0, 'parts', 0],
    },
    {
      what: 'a call without tool name',
      wire: [response({ part_kind: 'tool-call' })],
      path: [0, 'parts', 0],
    },
    {
      what: 'a return without tool name',
      wire: [request({ part_kind: 'tool-return', content: 1 })],
      path: [0, 'parts', 0],
    },
    {
      what: 'arguments that are a list',
      wire: [response({ part_kind: 'tool-call', tool_name: 't', args: [1] })],
      path: [0, 'parts', 0, 'args'],
    },
    {
      what: 'an unknown finish reason',
      wire: [{ ...response(), finish_reason: 'done' }],
      path: [0, 'finish_reason'],
    },
    {
      what: 'an unknown state of a request',
      wire: [{ ...request(), state: 'suspended' }],
      path: [0, 'state'],
    },
    {
      what: 'an unknown state of a response',
      wire: [{ ...response(), state: 'x' }],
      path: [0, 'state'],
    },
    {
      what: 'an unknown outcome',
      wire: [request({ part_kind: 'tool-return', tool_name: 't', content: 1, outcome: 'x' })],
      path: [0, 'parts', 0, 'outcome'],
    },
    {
      what: 'an unknown tool kind',
      wire: [response({ part_kind: 'tool-call', tool_name: 't', tool_kind: 'x' })],
      path: [0, 'parts', 0, 'tool_kind'],
    },
    {
      what: 'a time that is none',
      wire: [request({ ...userPrompt, timestamp: 'noon' })],
      path: [0, 'parts', 0, 'timestamp'],
    },
    {
      what: 'a day that is none',
      wire: [request({ ...userPrompt, timestamp: '2026-02-30T00:00:00Z' })],
      path: [0, 'parts', 0, 'timestamp'],
    },
    {
      what: 'a part whose time is null',
      wire: [request({ ...userPrompt, timestamp: null })],
      path: [0, 'parts', 0, 'timestamp'],
    },
    {
      what: 'binary data that is not base64',
      wire: [
        request({ ...userPrompt, content: [{ kind: 'binary', data: 'a?b=', media_type: 'x/y' }] }),
      ],
      path: [0, 'parts', 0, 'content', 0, 'data'],
    },
    {
      what: 'an unknown kind of user content',
      wire: [request({ ...userPrompt, content: ['a', { kind: 'x' }] })],
      path: [0, 'parts', 0, 'content', 1, 'kind'],
    },
    {
      what: 'provider details that are text',
      wire: [response({ ...text, provider_details: 'x' })],
      path: [0, 'parts', 0, 'provider_details'],
    },
    {
      what: 'a broken token count',
      wire: [{ ...response(), usage: { input_tokens: 'x' } }],
      path: [0, 'usage', 'input_tokens'],
    },
    {
      what: 'a cost that is no number',
      wire: [{ ...response(), usage: { cost: 'much' } }],
      path: [0, 'usage', 'cost'],
    },
    {
      what: 'a retry with an error that has no place',
      wire: [request({ part_kind: 'retry-prompt', content: [{ type: 'x', msg: 'y', input: 1 }] })],
      path: [0, 'parts', 0, 'content', 0],
    },
  ])('refuses $what, naming the place', ({ wire, path }) => {
    const error = errorOf(() => messagesFromWire(wire))
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toHaveProperty('path', path)
  })

  it('refuses speech of the wrong speaker in the words of the reference', () => {
    const speech = { part_kind: 'speech', speaker: 'assistant' }
    expect(() => messagesFromWire([request(speech)])).toThrow(
      "`SpeechPart` in `ModelRequest.parts` must have `speaker='user'`, got 'assistant'",
    )
    expect(() => messagesFromWire([response({ ...speech, speaker: 'user' })])).toThrow(
      "`SpeechPart` in `ModelResponse.parts` must have `speaker='assistant'`, got 'user'",
    )
  })

  it('refuses text that is not JSON and bytes that are not UTF-8', () => {
    expect(() => messagesFromJson('[')).toThrow(ValidationError)
    expect(() => messagesFromJson(Uint8Array.of(0x5b, 0xff, 0x5d))).toThrow(ValidationError)
  })

  it('ignores keys it does not know', () => {
    const [message] = messagesFromWire([{ ...request({ ...userPrompt, more: 1 }), more: 2 }])
    expect(message).not.toHaveProperty('more')
    expect(message?.parts[0]).not.toHaveProperty('more')
  })

  it('accepts the names of earlier versions', () => {
    const [message] = messagesFromWire([
      {
        ...response(text),
        vendor_id: 'v',
        vendor_details: { a: 1 },
        usage: { request_tokens: 3, response_tokens: 4, details: null },
      },
    ])
    expect(message).toMatchObject({
      providerResponseId: 'v',
      providerDetails: { a: 1 },
      usage: { inputTokens: 3, outputTokens: 4, details: {} },
    })
    const [delta] = messagesFromWire([
      request({ part_kind: 'tool-availability-delta', added: ['a'] }),
    ])
    expect(delta?.parts[0]).toMatchObject({ toolsAdded: ['a'] })
  })

  it('keeps further numbers of usage and writes them last', () => {
    const usage = usageFromWire({ weird: 7, input_tokens: 1, note: 'x' })
    expect(usage.extra).toEqual({ weird: 7 })
    expect(Object.entries(Object(usageToWire(usage))).at(-1)).toEqual(['weird', 7])
  })

  it('turns a cost given as number into a decimal', () => {
    expect(usageFromWire({ cost: 0.000196 }).cost).toBe('0.000196')
    expect(usageFromWire({ cost: '1.50' }).cost).toBe('1.50')
  })

  it('makes ids, times and identifiers for what has none', () => {
    const [, answer] = messagesFromWire([
      request(userPrompt),
      response({ part_kind: 'tool-call', tool_name: 't' }),
    ])
    expect(answer?.parts[0]).toHaveProperty(
      'toolCallId',
      expect.stringMatching(/^pyd_ai_[\da-f]{32}$/),
    )
    expect(messagesToWire(messagesFromWire([request(userPrompt)]))).toEqual([
      expect.objectContaining({ timestamp: null, state: 'complete' }),
    ])
  })

  it('never sets a prototype', () => {
    const json = `[{"kind":"response","parts":[{"part_kind":"tool-call","tool_name":"t","tool_call_id":"c","args":{"__proto__":{"isAdmin":true}}}],"metadata":{"__proto__":{"isAdmin":true}},"usage":{"__proto__":{"inputTokens":5}},"timestamp":"2026-01-02T03:04:05Z"}]`
    const [message] = messagesFromJson(json)
    expect(message).not.toHaveProperty('isAdmin')
    expect(Object.getPrototypeOf(message?.metadata)).toBe(Object.prototype)
    expect(messagesToJson(messagesFromJson(json))).toContain(
      '"args":{"__proto__":{"isAdmin":true}}',
    )
  })

  it('refuses data nested so deeply that walking it would overflow the stack', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const json = `[{"kind":"request","parts":[{"part_kind":"tool-return","tool_name":"t","content":${deep}}]}]`
    expect(() => messagesFromJson(json)).toThrow(ValidationError)
  })

  it.each(['1e400', '-1e400', '1.5E+309', '12345678901234567e300'])(
    'refuses the number %s, which would become null, and says where',
    (number) => {
      const json = `[{"kind":"request","parts":[{"part_kind":"tool-return","tool_name":"t","content":{"a":[1,${number}]}}]}]`
      expect(() => messagesFromJson(json)).toThrow(ValidationError)
      expect(() => messagesFromJson(json)).toThrow('(at [0].parts[0].content.a[1])')
    },
  )

  it('refuses what is parsed already and says how to read it', () => {
    // What a caller without types may pass.
    const read = () => Reflect.apply(messagesFromJson, undefined, [[]])
    expect(read).toThrow(ValidationError)
    expect(read).toThrow('messagesFromWire(value)')
  })
})
