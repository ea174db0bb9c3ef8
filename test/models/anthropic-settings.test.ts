import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors/index.ts'
import { UploadedFile, UserPromptPart } from '../../src/messages/index.ts'
import type { ModelSettings } from '../../src/models/index.ts'
import { AnthropicServer, type Asking, bodyOf, message } from './anthropic-server.ts'
import { whole } from './loopback-server.ts'
import { at, modelCall, request, tool } from './calls.ts'

describe('thinking of an Anthropic model', () => {
  it.each([
    {
      modelName: 'claude-sonnet-4-5',
      thinking: 'low',
      sent: { type: 'enabled', budget_tokens: 2048 },
    },
    { modelName: 'claude-sonnet-4-5', thinking: false, sent: undefined },
    {
      modelName: 'claude-sonnet-4-20250514',
      thinking: true,
      sent: { type: 'enabled', budget_tokens: 10_000 },
    },
    { modelName: 'claude-opus-4-6', thinking: 'xhigh', sent: { type: 'adaptive' }, effort: 'max' },
    {
      modelName: 'claude-opus-4-7',
      thinking: 'xhigh',
      sent: { type: 'adaptive' },
      effort: 'xhigh',
    },
    { modelName: 'claude-opus-5', thinking: true, sent: { type: 'adaptive' } },
    {
      modelName: 'claude-opus-4-5',
      thinking: 'minimal',
      sent: { type: 'enabled', budget_tokens: 1024 },
      effort: 'low',
    },
  ] as const)(
    'is asked for in the words of $modelName: $thinking',
    ({ modelName, thinking, sent, ...rest }) => {
      const body = bodyOf({ modelName, settings: { thinking } })
      expect(body['thinking']).toEqual(sent)
      expect(body['output_config']).toEqual('effort' in rest ? { effort: rest.effort } : undefined)
    },
  )

  it('leaves room for an answer when nobody says how much', () => {
    expect(bodyOf({ settings: { thinking: 'high' } })['max_tokens']).toBeGreaterThan(16_384)
    expect(bodyOf({ settings: { thinking: 'low' } })['max_tokens']).toBe(4096)
    expect(bodyOf({ settings: { thinking: 'high', maxTokens: 20_000 } })['max_tokens']).toBe(20_000)
  })

  it.each([
    { modelName: 'claude-sonnet-4-5', settings: { thinking: 'low' }, type: 'auto' },
    { modelName: 'claude-opus-4-6', settings: { thinking: 'low' }, type: 'any' },
    { modelName: 'claude-fable-5-1', settings: {}, type: 'auto' },
  ] as const)(
    'lets $modelName be forced to call, or not: $type',
    ({ modelName, settings, type }) => {
      const parameters = { outputTools: [tool('done', 'output')], allowTextOutput: false }
      expect(bodyOf({ modelName, settings, parameters })['tool_choice']).toEqual({ type })
    },
  )

  it('does not go with a choice of tools that forces a call', () => {
    const settings = { thinking: 'low', toolChoice: 'required' } as const
    const parameters = { functionTools: [tool('look')] }
    expect(() => bodyOf({ settings, parameters })).toThrow(UserError)
  })
})

describe('settings of an Anthropic model', () => {
  it.each<[string, Asking, Readonly<Record<string, unknown>>]>([
    ['topK', { settings: { topK: 5 } }, { top_k: 5 }],
    ['serviceTier', { settings: { serviceTier: 'default' } }, { service_tier: 'standard_only' }],
    [
      'its own',
      { settings: { anthropicMetadata: { user_id: 'u' } } },
      { metadata: { user_id: 'u' } },
    ],
    ['an effort', { settings: { anthropicEffort: 'max' } }, { output_config: { effort: 'max' } }],
    ['fast', { settings: { anthropicSpeed: 'fast' } }, { speed: undefined }],
    [
      'fast, where it can be',
      { modelName: 'claude-opus-4-6', settings: { anthropicSpeed: 'fast' } },
      { speed: 'fast' },
    ],
    [
      'temperature, where it can be set',
      { modelName: 'claude-opus-4-7', settings: { temperature: 1 } },
      { temperature: undefined },
    ],
    [
      'a container by its id alone',
      { settings: { anthropicContainer: { id: 'box_1' } } },
      { container: 'box_1' },
    ],
    [
      'a container with skills',
      { settings: { anthropicContainer: { skills: [] } } },
      { container: { skills: [] } },
    ],
    [
      'options of the provider, and a body that goes last',
      {
        settings: {
          providerOptions: {
            anthropic: { inference_geo: 'us', top_k: 1 },
            openai: { store: true },
          },
          extraBody: { top_k: 2 },
        },
      },
      { inference_geo: 'us', top_k: 2, store: undefined },
    ],
  ])('are sent: %s', (_, asking, fields) => {
    const body = bodyOf(asking)
    for (const [key, value] of Object.entries(fields)) expect(body[key]).toEqual(value)
  })

  it('hold tools to their schema when they are strict and the model can', () => {
    const parametersJsonSchema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      title: 'Place',
      properties: { title: { type: 'string', minLength: 2, description: 'Of the sea' } },
    }
    const strict = { ...tool('look'), parametersJsonSchema, strict: true }
    const parameters = { functionTools: [strict, { ...strict, name: 'see', strict: false }] }
    const schema = { type: 'object', properties: { title: parametersJsonSchema.properties.title } }
    const closed = {
      ...schema,
      properties: { title: { type: 'string', description: 'Of the sea\n\n{minLength: 2}' } },
      additionalProperties: false,
    }
    expect(bodyOf({ parameters })['tools']).toEqual([
      { name: 'look', description: '', input_schema: closed, strict: true },
      { name: 'see', description: '', input_schema: schema },
    ])
    const [old] = [bodyOf({ modelName: 'claude-3-haiku-20240307', parameters })['tools']]
    expect(old).not.toMatchObject([{ strict: true }])
  })

  it('tell in words what strict schemas cannot say', () => {
    const jsonSchema = {
      type: 'object',
      properties: {
        tags: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 5 },
        place: { oneOf: [{ $ref: '#/$defs/Place' }], description: 'By the sea' },
        when: { type: 'string', format: 'date' },
        code: { type: 'string', format: 'iban', pattern: '^DE' },
        size: { oneOf: [{ type: 'integer' }, { type: 'null' }], default: null },
      },
      $defs: { Place: { type: 'object', title: 'Place' } },
    }
    const outputObject = { name: 'Found', description: null, jsonSchema, strict: null }
    const body = bodyOf({ parameters: { outputMode: 'native', outputObject } })
    expect(body['output_config']).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: {
            tags: {
              type: 'array',
              items: { type: 'string' },
              description: '{maxItems: 5, minItems: 2}',
            },
            place: { $ref: '#/$defs/Place' },
            when: { type: 'string', format: 'date' },
            code: { type: 'string', description: '{pattern: ^DE, format: iban}' },
            size: {
              anyOf: [{ type: 'integer' }, { type: 'null' }],
              description: '{default: null}',
            },
          },
          additionalProperties: false,
          $defs: { Place: { type: 'object', properties: {}, additionalProperties: false } },
        },
      },
    })
  })

  it('keep tools from the model that it may not call', () => {
    const parameters = { functionTools: [tool('a'), tool('b'), tool('c')] }
    const body = bodyOf({ parameters, settings: { toolChoice: ['a', 'c'] } })
    expect(body).toMatchObject({
      tool_choice: { type: 'any' },
      tools: [{ name: 'a' }, { name: 'c' }],
    })
    expect(bodyOf({ parameters, settings: { toolChoice: 'none' } })).toMatchObject({
      tool_choice: { type: 'none' },
      tools: [{}, {}, {}],
    })
  })
})

describe('native tools of an Anthropic model', () => {
  it('are those that it has; others are refused unless they are optional', () => {
    const ask = (optional: boolean) =>
      bodyOf({ settings: { nativeTools: [{ kind: 'file_search', fileStoreIds: [], optional }] } })
    expect(ask(true)['tools']).toBeUndefined()
    expect(() => ask(false)).toThrow(UserError)
  })

  it('find uploaded files in their sandbox', () => {
    const settings: ModelSettings = { nativeTools: [{ kind: 'code_execution', fileIds: ['f1'] }] }
    expect(bodyOf({ settings })).toMatchObject({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi' },
            { type: 'container_upload', file_id: 'f1' },
          ],
        },
      ],
    })
  })

  it('take the place of the function that remembers', () => {
    const settings = { nativeTools: [{ kind: 'memory' }] } as const
    const functionTools = [tool('memory'), tool('look')]
    expect(bodyOf({ settings, parameters: { functionTools } })['tools']).toMatchObject([
      { name: 'look' },
      { name: 'memory', type: 'memory_20250818' },
    ])
    expect(() => bodyOf({ settings })).toThrow(UserError)
  })

  it('are sent with the features that they need switched on, and those that are wanted', async () => {
    const server = await AnthropicServer.start()
    server.answer = whole(message)
    const settings: ModelSettings = {
      nativeTools: [
        { kind: 'web_fetch', maxUses: 2 },
        { kind: 'mcp_server', id: 'wiki', url: 'https://wiki.example', allowedTools: ['ask'] },
      ],
      anthropicBetas: ['b'],
      extraHeaders: { 'Anthropic-Beta': 'c, a', 'x-mine': '1' },
    }
    const picture = UploadedFile('file_1', 'anthropic', { mediaType: 'image/png' })
    const call = modelCall({ settings, messages: [request(UserPromptPart([picture], at))] })
    await server.model(undefined, { headers: { 'anthropic-beta': 'd' } }).request(call)
    const [asked] = server.asked
    expect(asked?.url).toBe('/v1/messages?beta=true')
    expect(asked?.headers).not.toHaveProperty('authorization')
    expect(asked?.headers).toMatchObject({
      'x-mine': '1',
      'x-api-key': 'key',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'a,b,c,d,files-api-2025-04-14,mcp-client-2025-04-04,web-fetch-2025-09-10',
    })
    expect(asked?.body).toMatchObject({
      tools: [{ name: 'web_fetch', type: 'web_fetch_20250910', max_uses: 2 }],
      mcp_servers: [
        { name: 'wiki', tool_configuration: { enabled: true, allowed_tools: ['ask'] } },
      ],
    })
    await server.close()
  })

  it('have an advisor, for models that listen to one', () => {
    const nativeTools = [{ kind: 'advisor', model: 'claude-opus-5', maxTokens: 900 }] as const
    const ask = (modelName: string): unknown => bodyOf({ modelName, settings: { nativeTools } })
    expect(ask('claude-sonnet-5')).toMatchObject({
      tools: [{ type: 'advisor_20260301', model: 'claude-opus-5', max_tokens: 900 }],
    })
    expect(() => ask('claude-sonnet-4-5')).toThrow(UserError)
  })

  it('have a version for each model', () => {
    const nativeTools = [{ kind: 'web_search' }, { kind: 'code_execution' }] as const
    const types = (modelName: string): unknown =>
      bodyOf({ modelName, settings: { nativeTools } })['tools']
    expect(types('claude-opus-4-6')).toMatchObject([
      { type: 'web_search_20260209' },
      { type: 'code_execution_20260120' },
    ])
    expect(types('claude-haiku-4-5-20251001')).toMatchObject([
      { type: 'web_search_20250305' },
      { type: 'code_execution_20250825' },
    ])
  })
})
