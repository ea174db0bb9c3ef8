import { describe, expect, it } from 'vitest'
import { AiSdkModel } from '../../src/models/ai-sdk/index.ts'
import { at, modelCall, request, tool } from './calls.ts'
import { sdkModel } from './sdk-model.ts'

describe('native tools through the AI SDK', () => {
  async function sent(provider: string, call: Parameters<typeof modelCall>[0], modelId?: string) {
    const languageModel = { ...sdkModel({ provider }), ...(modelId !== undefined && { modelId }) }
    await new AiSdkModel(languageModel).request(modelCall(call))
    return languageModel.asked[0] ?? {}
  }
  const location = { city: 'Oslo', country: 'NO' }
  const search = { kind: 'web_search', userLocation: location, allowedDomains: ['a.no'] } as const
  const server = {
    kind: 'mcp_server',
    id: 'wiki',
    url: 'https://w.io',
    allowedTools: ['ask'],
  } as const

  it.each([
    {
      provider: 'openai.responses',
      tool: search,
      id: 'openai.web_search',
      args: {
        userLocation: { type: 'approximate', ...location },
        filters: { allowedDomains: ['a.no'] },
      },
    },
    {
      provider: 'openai.responses',
      tool: server,
      id: 'openai.mcp',
      args: {
        serverLabel: 'wiki',
        serverUrl: 'https://w.io',
        allowedTools: ['ask'],
        requireApproval: 'never',
      },
    },
    {
      provider: 'openai.responses',
      tool: { kind: 'file_search', fileStoreIds: ['vs_1'] },
      id: 'openai.file_search',
      args: { vectorStoreIds: ['vs_1'] },
    },
    {
      provider: 'anthropic.messages',
      tool: search,
      id: 'anthropic.web_search_20250305',
      args: { userLocation: { type: 'approximate', ...location }, allowedDomains: ['a.no'] },
    },
    {
      provider: 'anthropic.messages',
      tool: { kind: 'tool_search', strategy: 'regex' },
      id: 'anthropic.tool_search_regex_20251119',
      args: {},
    },
    { provider: 'google.generative-ai', tool: search, id: 'google.google_search', args: {} },
    {
      provider: 'google.generative-ai',
      tool: { kind: 'web_fetch' },
      id: 'google.url_context',
      args: {},
    },
  ] as const)('are those of its package: $id', async ({ provider, tool: native, id, args }) => {
    const { tools } = await sent(provider, { settings: { nativeTools: [native] } })
    expect(tools).toEqual([{ type: 'provider', id, name: expect.any(String), args }])
  })

  it('name the MCP servers of Anthropic beside the tools', async () => {
    const { tools, providerOptions } = await sent('anthropic.messages', {
      settings: { nativeTools: [server], parallelToolCalls: true },
    })
    expect(tools).toBeUndefined()
    const toolConfiguration = { enabled: true, allowedTools: ['ask'] }
    expect(providerOptions).toEqual({
      anthropic: {
        disableParallelToolUse: false,
        mcpServers: [{ type: 'url', name: 'wiki', url: 'https://w.io', toolConfiguration }],
      },
    })
  })

  it('take the place of the function tool that answers their calls', async () => {
    const settings = { nativeTools: [{ kind: 'memory' }] } as const
    const parameters = { functionTools: [tool('memory'), tool('look')] }
    const { tools } = await sent('anthropic.messages', { settings, parameters })
    expect(tools).toMatchObject([{ name: 'look' }, { id: 'anthropic.memory_20250818' }])
    await expect(sent('anthropic.messages', { settings })).rejects.toThrow('function tool')
  })

  it.each([
    ['openai.responses', { kind: 'memory' }, "'openai:acme-1'"],
    ['openai.chat', search, "'openai-chat:acme-1'"],
    ['anthropic.messages', { kind: 'image_generation' }, "'anthropic:acme-1'"],
    ['google.generative-ai', server, "'google:acme-1'"],
    ['acme.chat', search, '`optional: true`'],
  ] as const)(
    'of %s that its package cannot ask for are refused',
    async (provider, native, way) => {
      const asked = sent(provider, { settings: { nativeTools: [native] } })
      await expect(asked).rejects.toMatchObject({
        name: 'UserError',
        hint: expect.stringContaining(way),
      })
      const optional = { settings: { nativeTools: [{ ...native, optional: true }] } }
      expect(await sent(provider, optional)).not.toHaveProperty('tools')
    },
  )

  it('are refused beside function tools where Google would leave those out', async () => {
    const call = {
      settings: { nativeTools: [search] },
      parameters: { functionTools: [tool('look')] },
      messages: [request({ partKind: 'user-prompt', content: 'Hi', timestamp: at })],
    }
    const asked = sent('google.generative-ai', call, 'gemini-2.5-pro')
    await expect(asked).rejects.toMatchObject({ name: 'UserError' })
    const { tools } = await sent('google.generative-ai', call, 'gemini-3-flash-preview')
    expect(tools).toHaveLength(2)
  })
})
