import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, script } from './script.ts'

describe('metadata', () => {
  it('is null unless somebody gives some', async () => {
    expect((await new Agent({ model: script('ok') }).run('Hi')).metadata).toBeNull()
  })

  it('of the run goes over that of the agent, key by key', async () => {
    const agent = new Agent({ model: script('ok'), metadata: { team: 'geo', tier: 'free' } })
    const result = await agent.run('Hi', { metadata: { tier: 'paid', user: 7 } })
    expect(result.metadata).toEqual({ team: 'geo', tier: 'paid', user: 7 })
  })

  it('may be made by functions, once a run, from what it starts with', async () => {
    let asked = 0
    const agent = new Agent({
      model: script([call('ping')], 'ok'),
      name: 'anna',
      tools: [tool({ name: 'ping', execute: () => 'pong' })],
      metadata: ({ agentName, prompt }) => ({ agentName, prompt, asked: (asked += 1) }),
    })
    const result = await agent.run('Hi', { metadata: ({ runId }) => ({ runId }) })
    expect(result.metadata).toEqual({
      agentName: 'anna',
      prompt: 'Hi',
      asked: 1,
      runId: result.runId,
    })
  })

  it('is seen by tools, and stays out of the request', async () => {
    const seen: unknown[] = []
    const look = tool({
      name: 'look',
      execute: (_, ctx) => {
        seen.push(ctx.metadata)
      },
    })
    const model = script([call('look')], 'ok')
    await new Agent({ model, tools: [look], metadata: { secret: 1 } }).run('Hi')
    expect(seen).toEqual([{ secret: 1 }])
    expect(JSON.stringify(model.calls)).not.toContain('secret')
  })
})
