import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SystemPromptPart, UserPromptPart } from '../../src/messages/index.ts'
import { GoogleModel, type GoogleSettings } from '../../src/models/google/model.ts'
import type { ModelRequestParameters } from '../../src/models/index.ts'
import { at, modelCall, request, tool } from './calls.ts'
import { GoogleServer, sentBody } from './google-server.ts'
import { whole } from './loopback-server.ts'

const gemini3 = 'gemini-3-flash-preview'

const functionTools = [tool('a'), tool('b')]
const outputTools = [tool('end', 'output')]
const config = (choice: object) => ({ toolConfig: { functionCallingConfig: choice } })

describe('tools for Google', () => {
  it.each<{
    why: string
    parameters: Partial<ModelRequestParameters>
    toolChoice?: GoogleSettings['toolChoice']
    sent: object
  }>([
    { why: 'the model may choose', parameters: { functionTools }, sent: { mode: 'VALIDATED' } },
    {
      why: 'a tool is not strict',
      parameters: { functionTools: [{ ...tool('a'), strict: false }, tool('b')] },
      sent: { mode: 'AUTO' },
    },
    {
      why: 'there is no text output',
      parameters: { functionTools, outputTools, allowTextOutput: false },
      sent: { mode: 'ANY' },
    },
    {
      why: 'some are named',
      parameters: { functionTools: [...functionTools, tool('c')] },
      toolChoice: ['c', 'a'],
      sent: { mode: 'ANY', allowedFunctionNames: ['a', 'c'] },
    },
    {
      why: 'they are forbidden',
      parameters: { functionTools },
      toolChoice: 'none',
      sent: { mode: 'NONE' },
    },
    {
      why: 'only output tools are left',
      parameters: { functionTools, outputTools, allowTextOutput: false },
      toolChoice: 'none',
      sent: { mode: 'ANY', allowedFunctionNames: ['end'] },
    },
  ])('are chosen by $sent when $why', ({ parameters, toolChoice, sent }) => {
    const settings = toolChoice === undefined ? {} : { toolChoice }
    expect(sentBody({ parameters, settings })).toMatchObject(config(sent))
  })

  it('leaves out tools that may not be called where an answer in words may come', () => {
    const parameters = { functionTools, outputTools }
    expect(sentBody({ parameters, settings: { toolChoice: 'none' } })).toMatchObject({
      tools: [{ functionDeclarations: [{ name: 'end' }] }],
    })
  })

  it('says in words what Google does not take in a schema', () => {
    const parametersJsonSchema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Call',
      type: 'object',
      properties: {
        title: { type: 'string', format: 'date', title: 'Title', examples: ['x'] },
        kind: { const: 'cat' },
        home: { anyOf: [{ type: 'string', title: 'Home' }], description: 'A town' },
        ages: {
          anyOf: [{ type: 'array', items: { type: 'integer', exclusiveMinimum: 0 } }, { const: 0 }],
        },
      },
      additionalProperties: false,
    }
    const parameters = { functionTools: [{ ...tool('a'), parametersJsonSchema }] }
    expect(sentBody({ parameters })).toMatchObject({
      tools: [
        {
          functionDeclarations: [
            {
              parameters_json_schema: {
                type: 'object',
                properties: {
                  title: { type: 'string', description: 'Format: date' },
                  kind: { type: 'string', enum: ['cat'] },
                  home: { type: 'string', description: 'A town' },
                  ages: {
                    anyOf: [
                      { type: 'array', items: { type: 'integer' } },
                      { type: 'integer', enum: [0] },
                    ],
                  },
                },
                additionalProperties: false,
              },
            },
          ],
        },
      ],
    })
  })

  it('asks for its own tools, before others', () => {
    const nativeTools = [
      { kind: 'web_fetch' },
      { kind: 'file_search', fileStoreIds: ['stores/1'] },
    ] as const
    const tools = [
      { urlContext: {} },
      { fileSearch: { file_search_store_names: ['stores/1'] } },
      { functionDeclarations: [{ name: 'a' }, { name: 'b' }] },
    ]
    const changes = { settings: { nativeTools }, parameters: { functionTools } }
    const listing = { includeServerSideToolInvocations: true }
    expect(sentBody(changes, gemini3)).toMatchObject({ tools, toolConfig: listing })
    expect(sentBody(changes, gemini3, true)['toolConfig']).not.toMatchObject(listing)
  })

  it('refuses its own tools where they cannot be, and leaves out optional ones', () => {
    const parameters = { functionTools }
    const search = { kind: 'web_search' } as const
    const memory = { kind: 'memory' } as const
    const refused = [
      { settings: { nativeTools: [search] }, parameters },
      { settings: { nativeTools: [memory] } },
      { settings: { nativeTools: [{ kind: 'image_generation' } as const] } },
    ]
    for (const changes of refused) {
      expect(() => sentBody(changes)).toThrow(expect.objectContaining({ name: 'UserError' }))
    }
    const nativeTools = [
      { ...search, optional: true },
      { ...memory, optional: true },
    ]
    expect(sentBody({ settings: { nativeTools }, parameters })).toMatchObject({
      tools: [{ functionDeclarations: [{ name: 'a' }, { name: 'b' }] }],
    })
  })
})

describe('settings for Google', () => {
  it.each<{ settings: GoogleSettings; sent: object; modelName?: string; isVertex?: boolean }>([
    { settings: { topK: 3 }, sent: { generationConfig: { topK: 3 } } },
    {
      settings: { thinking: 'low' },
      sent: { generationConfig: { thinkingConfig: { thinking_budget: 2048 } } },
    },
    {
      settings: { thinking: false },
      sent: { generationConfig: { thinkingConfig: { thinking_budget: 0 } } },
    },
    {
      settings: { thinking: 'minimal' },
      modelName: 'gemini-3-pro-preview',
      sent: { generationConfig: { thinkingConfig: { thinking_level: 'LOW' } } },
    },
    {
      settings: { thinking: 'high', googleThinkingConfig: { thinking_budget: 7 } },
      sent: { generationConfig: { thinkingConfig: { thinking_budget: 7 } } },
    },
    { settings: { serviceTier: 'default' }, sent: { serviceTier: 'standard' } },
    {
      settings: { googleLogprobs: true, googleTopLogprobs: 2 },
      sent: { generationConfig: { responseLogprobs: true, logprobs: 2 } },
    },
    {
      settings: {
        googleSafetySettings: [{ category: 'HATE', threshold: 'OFF' }],
        googleLabels: { a: 'b' },
        googleModelArmorConfig: { prompt_template_name: 't' },
      },
      sent: {
        safetySettings: [{ category: 'HATE', threshold: 'OFF' }],
        labels: { a: 'b' },
        modelArmorConfig: { prompt_template_name: 't' },
      },
    },
    {
      settings: {
        maxTokens: 5,
        providerOptions: { google: { generationConfig: { candidateCount: 1 } } },
        extraBody: { generationConfig: { maxOutputTokens: 6 } },
      },
      sent: { generationConfig: { candidateCount: 1, maxOutputTokens: 6 } },
    },
    {
      settings: {
        nativeTools: [{ kind: 'image_generation', aspectRatio: '1:1', size: '2K' }],
      },
      modelName: 'gemini-3-pro-image-preview',
      sent: {
        generationConfig: {
          responseModalities: ['TEXT', 'IMAGE'],
          imageConfig: { aspectRatio: '1:1', imageSize: '2K' },
        },
      },
    },
    {
      settings: { nativeTools: [{ kind: 'image_generation', outputCompression: 80 }] },
      modelName: 'gemini-2.5-flash-image',
      isVertex: true,
      sent: {
        generationConfig: {
          imageConfig: { imageOutputOptions: { mimeType: 'image/jpeg', compressionQuality: 80 } },
        },
      },
    },
  ])('$settings are sent', ({ settings, sent, modelName, isVertex }) => {
    expect(sentBody({ settings }, modelName, isVertex)).toMatchObject(sent)
  })

  it('leaves thinking to models that cannot be told', () => {
    const sent = [
      sentBody({ settings: { thinking: false } }, 'gemini-2.5-pro'),
      sentBody({ settings: { thinking: 'high' } }, 'gemini-2.0-flash'),
    ]
    for (const { generationConfig } of sent)
      expect(generationConfig).not.toHaveProperty('thinkingConfig')
  })

  it('goes without prompts and tools when they are cached', () => {
    const messages = [request(SystemPromptPart('Be terse.', at), UserPromptPart('Hi', at))]
    const settings = { googleCachedContent: 'cachedContents/1' }
    const sent = sentBody({ messages, settings, parameters: { functionTools } })
    expect(sent).toMatchObject({ cachedContent: 'cachedContents/1' })
    for (const key of ['systemInstruction', 'tools', 'toolConfig'])
      expect(sent).not.toHaveProperty(key)
  })

  it('asks for JSON in prompted mode when no tool stands in the way', () => {
    const json = { responseMimeType: 'application/json' }
    const parameters = { outputMode: 'prompted' } as const
    expect(sentBody({ parameters })).toMatchObject({ generationConfig: json })
    expect(
      sentBody({ parameters: { ...parameters, functionTools } })['generationConfig'],
    ).not.toMatchObject(json)
  })

  it('refuses a size that Google does not know', () => {
    const settings = { nativeTools: [{ kind: 'image_generation', size: '1024x1024' }] } as const
    expect(() => sentBody({ settings }, 'gemini-2.5-flash-image')).toThrow(/512, 1K, 2K, 4K/)
  })
})

describe('a request to Google', () => {
  let server: GoogleServer

  beforeEach(async () => {
    server = await GoogleServer.start()
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await server.close()
  })

  it('has its key, its headers and nothing but its body', async () => {
    const model = server.model('gemini-2.5-flash', { headers: { 'x-a': 'b' } })
    const call = modelCall({ settings: { extraHeaders: { 'x-c': 'd' } } })
    expect(await model.request(call)).toMatchObject({ parts: [{ content: 'Hello' }] })
    expect(server.asked).toMatchObject([
      {
        url: '/v1beta/models/gemini-2.5-flash:generateContent',
        headers: { 'x-goog-api-key': 'key', 'x-a': 'b', 'x-c': 'd' },
        body: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
      },
    ])
  })

  it('tells the tier that was granted', async () => {
    const { answer } = server
    server.answer = (reply, asked) =>
      answer(reply.setHeader('x-gemini-service-tier', 'FLEX'), asked)
    expect(await server.model().request(modelCall())).toMatchObject({
      providerDetails: { service_tier: 'flex', finish_reason: 'STOP' },
    })
  })

  it.each([{ body: { candidates: [{ finishReason: 'STOP' }] } }, { body: { responseId: 'r2' } }])(
    'counts $body as an answer of the model that was asked, which says nothing',
    async ({ body }) => {
      server.answer = whole(body)
      const { parts, modelName } = await server.model().request(modelCall())
      expect({ parts, modelName }).toEqual({ parts: [], modelName: 'gemini-2.5-flash' })
    },
  )

  it('says the tier in headers on Vertex', async () => {
    const model = server.model('gemini-2.5-flash', { isVertex: true })
    await model.request(modelCall({ settings: { serviceTier: 'flex' } }))
    await model.request(modelCall({ settings: { googleCloudServiceTier: 'pt_only' } }))
    expect(server.asked).toMatchObject([
      { headers: { 'x-vertex-ai-llm-shared-request-type': 'flex' } },
      { headers: { 'x-vertex-ai-llm-request-type': 'dedicated' } },
    ])
  })

  it.each([
    { place: {}, address: 'https://aiplatform.googleapis.com/v1beta1/publishers/google/models' },
    {
      place: { baseUrl: 'https://proxy.example/v1/projects/p/locations/l/publishers/google' },
      address: 'https://proxy.example/v1/projects/p/locations/l/publishers/google/models',
    },
  ])('goes to $address on Vertex with a key', async ({ place, address }) => {
    vi.stubEnv('GOOGLE_VERTEX_API_KEY', 'secret')
    const asked: unknown[] = []
    const fetch: typeof globalThis.fetch = async (input, init) => {
      asked.push([input, new Headers(init?.headers).get('x-goog-api-key')])
      return Response.json({ candidates: [{ finishReason: 'STOP' }] })
    }
    const model = new GoogleModel('gemini-2.5-flash', { isVertex: true, fetch, ...place })
    await model.request(modelCall())
    expect(asked).toEqual([[`${address}/gemini-2.5-flash:generateContent`, 'secret']])
  })
})
