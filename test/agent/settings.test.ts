import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import type { ModelSettings } from '../../src/models/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, rejection, script } from './script.ts'

const ping = tool({ name: 'ping', execute: () => 'pong' })

describe('model settings', () => {
  it('are layered: the model below, then the agent, then the run', async () => {
    const model = new ScriptedModel(['ok'], { settings: { maxTokens: 1, seed: 1, topP: 1 } })
    const agent = new Agent({ model, modelSettings: { seed: 2, topP: 2 } })
    await agent.run('Hi', { modelSettings: { topP: 3, 'x-own': true } })
    expect(model.calls[0]?.settings).toEqual({ maxTokens: 1, seed: 2, topP: 3, 'x-own': true })
  })

  it('functions see what lies below them, at every request', async () => {
    const model = new ScriptedModel([{ parts: [call('ping')] }, 'ok'], { settings: { seed: 1 } })
    const seen: ModelSettings[] = []
    const agent = new Agent({
      model,
      tools: [ping],
      modelSettings: ({ modelSettings, runStep }) => {
        seen.push(modelSettings)
        return { maxTokens: runStep * 100 }
      },
    })
    await agent.run('Hi', {
      modelSettings: async ({ modelSettings }) => {
        seen.push(modelSettings)
        return { temperature: (modelSettings.maxTokens ?? 0) / 100 }
      },
    })
    expect(seen).toEqual([
      { seed: 1 },
      { seed: 1, maxTokens: 100 },
      { seed: 1 },
      { seed: 1, maxTokens: 200 },
    ])
    expect(model.calls.map(({ settings }) => settings)).toEqual([
      { seed: 1, maxTokens: 100, temperature: 1 },
      { seed: 1, maxTokens: 200, temperature: 2 },
    ])
  })

  it('are what tools see of the request they come from', async () => {
    const seen: ModelSettings[] = []
    const look = tool({
      name: 'look',
      execute: (_, ctx) => {
        seen.push(ctx.modelSettings)
      },
    })
    const agent = new Agent({ model: script([call('look')], 'ok'), tools: [look] })
    await agent.run('Hi', { modelSettings: { maxTokens: 7 } })
    expect(seen).toEqual([{ maxTokens: 7 }])
  })
})

describe('a tool choice that never lets a run end', () => {
  const message = 'prevents the agent from producing a final response'

  it.each([
    { toolChoice: 'required' as const, shown: "`tool_choice='required'`" },
    { toolChoice: ['ping'], shown: "`tool_choice=['ping']`" },
  ])('is refused: $shown', async ({ toolChoice, shown }) => {
    const agent = new Agent({ model: script('ok'), tools: [ping] })
    const error = await rejection(agent.run('Hi', { modelSettings: { toolChoice } }))
    expect(error).toMatchObject({ name: 'UserError' })
    expect(String(error)).toContain(shown)
    expect(String(error)).toContain(message)
    const forced = new Agent({ model: script('ok'), tools: [ping], modelSettings: { toolChoice } })
    expect(() => forced.iter('Hi')).toThrow(message)
  })

  it.each(['auto', 'none'] as const)('is not %j', async (toolChoice) => {
    const model = script('ok')
    await new Agent({ model }).run('Hi', { modelSettings: { toolChoice } })
    expect(model.calls[0]?.settings).toEqual({ toolChoice })
  })

  it('may be forced by a function, in some steps only', async () => {
    const model = script([call('ping')], 'ok')
    const agent = new Agent({
      model,
      tools: [ping],
      modelSettings: ({ runStep }) => ({ toolChoice: runStep === 1 ? 'required' : 'auto' }),
    })
    await agent.run('Hi')
    expect(model.calls.map(({ settings }) => settings.toolChoice)).toEqual(['required', 'auto'])
  })
})
