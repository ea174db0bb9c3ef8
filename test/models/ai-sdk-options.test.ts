import { describe, expect, it } from 'vitest'
import type { ModelRequestParameters, ModelSettings } from '../../src/models/index.ts'
import { AiSdkModel } from '../../src/models/ai-sdk/index.ts'
import { modelCall, tool } from './calls.ts'
import { sdkModel } from './sdk-model.ts'

async function options(
  settings: ModelSettings,
  parameters: Partial<ModelRequestParameters> = {},
  provider = 'acme.chat',
): Promise<Record<string, unknown>> {
  const languageModel = sdkModel({ provider })
  await new AiSdkModel(languageModel).request(modelCall({ settings, parameters }))
  return languageModel.asked[0] ?? {}
}

const look = tool('look')
const listen = tool('listen')
const finalResult = tool('final_result', 'output')

describe('settings of an AI SDK request', () => {
  it('are spelled in its words, and absent when not set', async () => {
    const settings: ModelSettings = {
      maxTokens: 5,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      stopSequences: ['END'],
      extraHeaders: { 'x-a': 'b' },
    }
    expect(await options(settings)).toMatchObject({
      maxOutputTokens: 5,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      stopSequences: ['END'],
      headers: { 'x-a': 'b' },
    })
    expect(Object.keys(await options({})).toSorted()).toEqual(['abortSignal', 'prompt'])
  })

  it.each([
    [false, 'none'],
    [true, 'medium'],
    ['high', 'high'],
  ] as const)('ask for thinking %j with the effort %s', async (thinking, reasoning) => {
    expect(await options({ thinking })).toMatchObject({ reasoning })
  })

  it.each([
    ['openai.chat', { openai: { parallelToolCalls: false } }],
    ['anthropic.messages', { anthropic: { disableParallelToolUse: true } }],
  ])('forbid parallel calls as %s spells it', async (provider, providerOptions) => {
    expect(await options({ parallelToolCalls: false }, {}, provider)).toMatchObject({
      providerOptions,
    })
  })

  it("let the user's options of a provider win", async () => {
    const providerOptions = { openai: { parallelToolCalls: true, store: false } }
    const sent = await options({ parallelToolCalls: false, providerOptions }, {}, 'openai.chat')
    expect(sent).toMatchObject({ providerOptions })
  })
})

describe('tools of an AI SDK request', () => {
  it('are function tools first, output tools behind', async () => {
    const strict = { ...look, description: 'Looks.', strict: true }
    const parameters = { functionTools: [strict], outputTools: [finalResult] }
    const inputSchema = { type: 'object' }
    expect((await options({}, parameters))['tools']).toEqual([
      { type: 'function', name: 'look', description: 'Looks.', inputSchema, strict: true },
      { type: 'function', name: 'final_result', inputSchema },
    ])
  })

  const forced = { outputTools: [finalResult], allowTextOutput: false } as const
  it.each([
    { why: 'text is allowed', parameters: {}, settings: {}, type: 'auto', sent: 2 },
    {
      why: 'only an output tool ends the run',
      parameters: forced,
      settings: {},
      type: 'required',
      sent: 3,
    },
    {
      why: 'told so',
      parameters: {},
      settings: { toolChoice: 'required' },
      type: 'required',
      sent: 2,
    },
    { why: 'forbidden', parameters: {}, settings: { toolChoice: 'none' }, type: 'none', sent: 2 },
    {
      why: 'only output is left',
      parameters: forced,
      settings: { toolChoice: 'none' },
      type: 'required',
      sent: 1,
    },
    {
      why: 'one is named',
      parameters: {},
      settings: { toolChoice: ['look'] },
      type: 'tool',
      sent: 2,
    },
    {
      why: 'some are named',
      parameters: forced,
      settings: { toolChoice: ['look', 'final_result'] },
      type: 'required',
      sent: 2,
    },
  ] as const)('are chosen by $type when $why', async ({ parameters, settings, type, sent }) => {
    const all = { functionTools: [look, listen], ...parameters }
    const { tools, toolChoice } = await options(settings, all)
    expect(toolChoice).toMatchObject({ type })
    expect(tools).toHaveLength(sent)
  })

  it('are not forced on Anthropic while it thinks, which it would refuse', async () => {
    const { toolChoice } = await options({ thinking: 'low' }, forced, 'anthropic.messages')
    expect(toolChoice).toEqual({ type: 'auto' })
  })
})

describe('output of an AI SDK request', () => {
  const jsonSchema = { type: 'object' } as const
  const outputObject = { name: 'Report', description: null, jsonSchema, strict: null }

  it('is held to the schema in native mode', async () => {
    const { responseFormat } = await options({}, { outputMode: 'native', outputObject })
    expect(responseFormat).toEqual({ type: 'json', schema: jsonSchema, name: 'Report' })
  })

  it('is asked to be JSON in prompted mode where the model can be told so', async () => {
    const parameters = { outputMode: 'prompted', outputObject } as const
    expect(await options({}, parameters)).not.toHaveProperty('responseFormat')
    expect(await options({}, parameters, 'openai.chat')).toMatchObject({
      responseFormat: { type: 'json' },
    })
  })
})
