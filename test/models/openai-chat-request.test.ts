import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors/index.ts'
import {
  BinaryContent,
  CachePoint,
  DocumentUrl,
  ImageUrl,
  TextContent,
  ThinkingPart,
  TextPart,
  ToolCallPart,
  ToolReturnPart,
  UploadedFile,
  type UserContent,
  UserPromptPart,
  VideoUrl,
} from '../../src/messages/index.ts'
import type { ModelCall, NativeTool } from '../../src/models/index.ts'
import { requestBody } from '../../src/models/openai-chat/request-body.ts'
import type { OpenAIChatSettings } from '../../src/models/openai-chat/settings.ts'
import { chatTarget } from '../../src/models/openai-chat/target.ts'
import { at, modelCall, request, response, tool } from './calls.ts'

type Body = Readonly<Record<string, unknown>>

function bodyOf(
  call: ModelCall,
  { model = 'gpt-4o', system = 'openai', isStream = false } = {},
): Body {
  return requestBody(call, chatTarget(model, system), { isStream, asksForJsonObjects: true })
}

const withSettings = (settings: OpenAIChatSettings, who?: { model?: string; system?: string }) =>
  bodyOf(modelCall({ settings }), who)

describe('settings', () => {
  it.each([
    ['gpt-5', 'temperature is left out: it always thinks', {}, undefined],
    ['gpt-5.2', 'it thinks on request only', {}, 0.5],
    ['gpt-5.2', 'it was asked to think', { thinking: 'high' }, undefined],
    ['gpt-5.5', 'it was asked not to', { thinking: false }, 0.5],
    ['gpt-4o', 'it never thinks', { thinking: true }, 0.5],
  ] as const)('of %s, when %s', (model, _, settings, temperature) => {
    expect(withSettings({ temperature: 0.5, ...settings }, { model })['temperature']).toBe(
      temperature,
    )
  })

  it.each([
    ['gpt-5', true, 'medium'],
    ['gpt-5', false, undefined],
    ['gpt-5.2', false, 'none'],
    ['gpt-5.6-sol', 'minimal', 'low'],
    ['o3', 'low', 'low'],
    ['gpt-4o', 'high', undefined],
  ] as const)('thinking of %s, set to %s, is the effort %s', (model, thinking, effort) => {
    expect(withSettings({ thinking }, { model })['reasoning_effort']).toBe(effort)
  })

  it('of the provider have the words of the API, and the body of the caller comes last', () => {
    const body = withSettings({
      openaiPromptCacheKey: 'k',
      openaiServiceTier: 'flex',
      openaiReasoningEffort: 'low',
      openaiStore: false,
      providerOptions: { openai: { verbosity: 'low', user: 'a' }, other: { x: 1 } },
      extraBody: { user: 'b' },
    })
    expect(body).toMatchObject({
      prompt_cache_key: 'k',
      service_tier: 'flex',
      reasoning_effort: 'low',
      store: false,
      verbosity: 'low',
      user: 'b',
    })
    expect(body).not.toHaveProperty('x')
  })
})

describe('tools', () => {
  const functionTools = [tool('add'), tool('sub')]
  const outputTools = [tool('final_result', 'output')]
  const choose = (settings: OpenAIChatSettings, parameters: object, who?: { system?: string }) => {
    const body = bodyOf(modelCall({ settings, parameters: { functionTools, ...parameters } }), who)
    const tools = body['tools'] as { function: { name: string } }[]
    return [tools.map((each) => each.function.name).join(' '), body['tool_choice']]
  }
  const named = (name: string) => ({ type: 'function', function: { name } })

  it.each([
    ['the model chooses', {}, {}, 'add sub', 'auto'],
    [
      'an output has to come',
      {},
      { outputTools, allowTextOutput: false },
      'add sub final_result',
      'required',
    ],
    ['none is wanted', { toolChoice: 'none' }, {}, 'add sub', 'none'],
    ['only the output is', { toolChoice: 'none' }, { outputTools }, 'final_result', 'auto'],
    ['one is wanted', { toolChoice: ['sub'] }, {}, 'add sub', named('sub')],
    ['some are', { toolChoice: ['add', 'sub'] }, { outputTools }, 'add sub', 'required'],
  ] as const)('are chosen so that %s', (_, settings, parameters, names, toolChoice) => {
    expect(choose(settings, parameters)).toEqual([names, toolChoice])
  })

  it('that cannot be named to a server are all it sees', () => {
    const chosen = choose({ toolChoice: ['sub'] }, {}, { system: 'lmstudio' })
    expect(chosen).toEqual(['sub', 'required'])
  })

  it('cannot be demanded when there are none', () => {
    expect(() => choose({ toolChoice: ['mul'] }, {})).toThrow(UserError)
    expect(() => choose({ toolChoice: 'required' }, { functionTools: [] })).toThrow(UserError)
  })

  it('of the provider are refused unless they are optional', () => {
    const ask = (...nativeTools: NativeTool[]) => withSettings({ nativeTools })
    expect(() => ask({ kind: 'code_execution' })).toThrow("have no native tool 'code_execution'")
    expect(ask({ kind: 'web_search', optional: true })).not.toHaveProperty('web_search_options')
  })
})

describe('what a user says', () => {
  const say = (content: readonly UserContent[], who?: { system?: string }) => {
    const messages = [request(UserPromptPart(content, at))]
    return (bodyOf(modelCall({ messages }), who)['messages'] as Body[])[0]?.['content']
  }
  const bytes = new Uint8Array([1, 2, 3])

  it('may have media in it, in the form of the API', () => {
    const content = say([
      TextContent('Look', { mine: true }),
      CachePoint(),
      ImageUrl('https://example.com/a.png', { vendorMetadata: { detail: 'low' } }),
      BinaryContent(bytes, 'audio/wav'),
      UploadedFile('file-1', 'openai'),
      BinaryContent(new TextEncoder().encode('{}'), 'application/json', { identifier: 'j' }),
    ])
    expect(content).toEqual([
      { type: 'text', text: 'Look' },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
      { type: 'input_audio', input_audio: { data: 'AQID', format: 'wav' } },
      { type: 'file', file: { file_id: 'file-1' } },
      {
        type: 'text',
        text: '-----BEGIN FILE id="j" type="application/json"-----\n{}\n-----END FILE id="j"-----',
      },
    ])
  })

  it.each([
    ['a document by address', DocumentUrl('https://example.com/a.pdf'), 'Download it first'],
    ['a film', BinaryContent(bytes, 'video/mp4'), 'no films'],
    ['a file of another provider', UploadedFile('f', 'anthropic'), "uploaded to 'anthropic'"],
    ['an uploaded image', UploadedFile('f.png', 'openai'), 'no uploaded images'],
  ])('is refused before anything is sent: %s', (_, content, why) => {
    expect(() => say([content])).toThrow(why)
  })

  it('may name files to OpenRouter', () => {
    const urls = [DocumentUrl('https://e.com/a.pdf'), VideoUrl('https://e.com/a.mp4')]
    expect(say(urls, { system: 'openrouter' })).toEqual([
      { type: 'file', file: { file_data: 'https://e.com/a.pdf', filename: 'filename.pdf' } },
      { type: 'video_url', video_url: { url: 'https://e.com/a.mp4' } },
    ])
  })
})

describe('a tool result', () => {
  const image = BinaryContent(new Uint8Array([1]), 'image/png', { identifier: 'i' })
  const results = (...parts: ToolReturnPart[]) =>
    bodyOf(modelCall({ messages: [request(...parts)] }))['messages']
  const returned = (content: unknown, outcome: ToolReturnPart['outcome'] = 'success') =>
    ToolReturnPart({ toolName: 't', content, toolCallId: 'c', timestamp: at, outcome })

  it.each([
    ['a picture', returned(image), 'See file i.'],
    ['a list with a picture', returned([{ a: 1 }, image]), '["{\\"a\\":1}","See file i."]'],
    ['a failure', returned('no disk', 'failed'), '{"error":"no disk"}'],
    [
      'a failure with a picture',
      returned(['bad', image], 'failed'),
      '[{"error":"bad"},"See file i."]',
    ],
    ['a denial', returned('The user said no', 'denied'), 'The user said no'],
  ])('is text: %s', (_, part, content) => {
    expect(results(part)).toContainEqual({ role: 'tool', tool_call_id: 'c', content })
  })

  it('has its media behind all the results of the turn', () => {
    const roles = (results(returned(image), returned('x')) as Body[]).map(({ role }) => role)
    expect(roles).toEqual(['tool', 'tool', 'user'])
  })
})

describe('an earlier answer', () => {
  const call = ToolCallPart({ toolName: 't', args: null, toolCallId: 'c' })
  const said = (parts: Parameters<typeof response>, system = 'openai', model = 'm') => {
    const messages = [response(...parts)]
    return (bodyOf(modelCall({ messages }), { system, model })['messages'] as Body[])[0]
  }
  const thinking = (id: string, providerName: string, details: Body | null = null) =>
    ThinkingPart('Hm', { id, providerName, providerDetails: details })

  it.each([
    ['goes to its own field', 'openai', 'reasoning', 'openai', { reasoning: 'Hm', content: 'Hi' }],
    [
      'of another provider is text',
      'openai',
      'reasoning',
      'groq',
      { content: '<think>\nHm\n</think>\n\nHi' },
    ],
    [
      'from tags goes back in tags',
      'openai',
      'content',
      'openai',
      { content: '<think>\nHm\n</think>\n\nHi' },
    ],
    [
      'goes to DeepSeek whosever it is',
      'deepseek',
      'x',
      'google',
      { reasoning_content: 'Hm', content: 'Hi' },
    ],
  ])('with thinking: it %s', (_, system, id, of, message) => {
    expect(said([thinking(id, of), TextPart('Hi')], system)).toEqual({
      role: 'assistant',
      ...message,
    })
  })

  it('of GLM at Cerebras has its thinking in the text', () => {
    const parts = [thinking('reasoning', 'cerebras'), TextPart('Hi')]
    expect(said(parts, 'cerebras', 'zai-glm-4.7')).toHaveProperty(
      'content',
      '<think>\nHm\n</think>\n\nHi',
    )
  })

  it('of OpenRouter goes back with what it signed', () => {
    const details = [{ type: 'reasoning.text', text: 'Hm', signature: 'abc' }]
    const parts = [
      thinking('reasoning', 'openrouter', { reasoning_details: details }),
      TextPart('Hi'),
    ]
    expect(said(parts, 'openrouter')).toMatchObject({ reasoning: 'Hm', reasoning_details: details })
  })

  it('without thinking gets an empty one at DeepSeek, when others have it', () => {
    const messages = [response(thinking('reasoning_content', 'deepseek'), call), response(call)]
    const body = bodyOf(modelCall({ messages }), { system: 'deepseek' })
    expect(body['messages']).toMatchObject([{ reasoning_content: 'Hm' }, { reasoning_content: '' }])
  })

  it('with nothing in it is left out', () => {
    expect(said([thinking('reasoning', 'openai')])).toBeUndefined()
  })

  it('has calls without arguments as an empty object', () => {
    expect(said([call])).toMatchObject({
      content: null,
      tool_calls: [{ function: { arguments: '{}' } }],
    })
  })
})

describe('compatible servers', () => {
  it.each([
    ['ollama', 'qwen3', { max_tokens: 9, reasoning_effort: 'high' }],
    ['lmstudio', 'qwen3', { max_tokens: 9, reasoning_effort: 'high' }],
    ['openrouter', 'x/y', { max_tokens: 9, reasoning: { effort: 'high', enabled: true } }],
    ['groq', 'openai/gpt-oss-120b', { max_completion_tokens: 9, reasoning_effort: 'high' }],
    ['groq', 'qwen/qwen3-32b', { max_completion_tokens: 9, reasoning_format: 'parsed' }],
    [
      'deepseek',
      'deepseek-v4-pro',
      { max_tokens: 9, thinking: { type: 'enabled' }, reasoning_effort: 'high' },
    ],
    ['together', 'x/y', { max_tokens: 9, reasoning_effort: 'high' }],
    ['fireworks', 'x/y', { max_tokens: 9, reasoning_effort: 'high' }],
    ['cerebras', 'gpt-oss-120b', { max_completion_tokens: 9, reasoning_effort: 'high' }],
    ['cerebras', 'zai-glm-4.7', { max_completion_tokens: 9, disable_reasoning: false }],
  ])('%s is asked in its own words (%s)', (system, model, fields) => {
    expect(withSettings({ thinking: 'high', maxTokens: 9 }, { system, model })).toMatchObject(
      fields,
    )
  })

  it('are not sent what they refuse', () => {
    const strict = { ...tool('add'), strict: true }
    const parameters = { functionTools: [strict], outputMode: 'prompted' } as const
    const settings = { frequencyPenalty: 1, parallelToolCalls: false }
    const groq = bodyOf(modelCall({ parameters, settings }), { system: 'groq' })
    expect(JSON.stringify(groq['tools'])).not.toContain('strict')
    expect(groq).not.toHaveProperty('response_format')
    const cerebras = bodyOf(modelCall({ parameters, settings }), { system: 'cerebras' })
    expect(cerebras).not.toHaveProperty('frequency_penalty')
    expect(cerebras).not.toHaveProperty('parallel_tool_calls')
  })

  it('that cannot force a call while they think are asked to choose', () => {
    const parameters = { outputTools: [tool('final_result', 'output')], allowTextOutput: false }
    const choice = (settings: OpenAIChatSettings) =>
      bodyOf(modelCall({ parameters, settings }), { system: 'deepseek' })['tool_choice']
    expect(choice({})).toBe('auto')
    expect(choice({ thinking: false })).toBe('required')
    expect(() => choice({ toolChoice: ['final_result'] })).toThrow('cannot be made to call')
  })
})
