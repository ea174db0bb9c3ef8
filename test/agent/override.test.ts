import { describe, expect, it } from 'vitest'
import { Agent, withDeps } from '../../src/agent/index.ts'
import { UserError } from '../../src/errors/index.ts'
import { TestModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { functionToolset } from '../../src/toolsets/index.ts'
import { script } from './script.ts'

const ping = tool({ name: 'ping', execute: () => 'pong' })
const pong = tool({ name: 'pong', execute: () => 'ping' })

describe('override', () => {
  it('holds until it is restored, over what the runs say', async () => {
    const agent = new Agent({ model: script('real', 'real') })
    const { restore } = agent.override({ model: new TestModel({ customOutputText: 'test' }) })
    expect((await agent.run('Hi')).output).toBe('test')
    expect((await agent.run('Hi', { model: script('never') })).output).toBe('test')
    restore()
    restore()
    expect((await agent.run('Hi')).output).toBe('real')
  })

  it('ends with the block that `using` is in', async () => {
    const agent = new Agent({ model: script('real') })
    {
      using override = agent.override({ model: script('test') })
      expect((await agent.run('Hi')).output).toBe('test')
      expect(override).toHaveProperty('restore')
    }
    expect((await agent.run('Hi')).output).toBe('real')
  })

  it('replaces tools, toolsets, instructions, settings, limits and deps', async () => {
    const { Agent: DepsAgent, tool: depsTool } = withDeps<{ who: string }>()
    const seen: string[] = []
    const whoami = depsTool({
      name: 'whoami',
      execute: (_, ctx) => {
        seen.push(ctx.deps.who)
      },
    })
    const agent = new DepsAgent({
      model: script(),
      tools: [ping],
      toolsets: [functionToolset([pong])],
      instructions: 'real',
      modelSettings: { seed: 1 },
    })
    const model = new TestModel()
    agent.override({
      model,
      tools: [whoami],
      toolsets: [],
      instructions: 'test',
      modelSettings: ({ modelSettings }) => ({ seed: modelSettings.seed ?? 2 }),
      deps: { who: 'test' },
    })
    const run = agent.iter('Hi', {
      deps: { who: 'real' },
      instructions: 'run',
      toolsets: [functionToolset([pong], { id: 'run' })],
      modelSettings: { seed: 3 },
    })
    await run.finish()
    expect(seen).toEqual(['test'])
    expect(model.lastModelRequestParameters).toMatchObject({ instructions: 'test' })
    expect(model.lastModelRequestParameters?.functionTools).toMatchObject([{ name: 'whoami' }])
    expect(run.ctx.runContext.modelSettings).toEqual({ seed: 2 })
    agent.override({ usageLimits: { requestLimit: 0 } })
    await expect(
      agent.run('Hi', { deps: { who: 'real' }, usageLimits: { requestLimit: 5 } }),
    ).rejects.toThrow('request_limit of 0')
  })

  it('inside another one keeps what it does not replace itself', async () => {
    const model = script('one', 'two')
    const agent = new Agent({ model: script(), instructions: 'real' })
    const outer = agent.override({ model, instructions: 'outer' })
    const inner = agent.override({ instructions: 'inner' })
    await agent.run('Hi')
    inner.restore()
    await agent.run('Hi')
    outer.restore()
    expect(model.calls.map(({ parameters }) => parameters.instructions)).toEqual(['inner', 'outer'])
  })

  it('of an agent holds for those made from it, and the other way round', async () => {
    const agent = new Agent({ model: script() })
    const bound = agent.with({ metadata: { bound: true } })
    const outer = agent.override({ model: script('test') })
    expect(await bound.run('Hi')).toMatchObject({ output: 'test', metadata: { bound: true } })
    outer.restore()
    bound.override({ model: script('too') })
    expect((await agent.run('Hi')).output).toBe('too')
  })

  it('leaves runs alone that were started before', async () => {
    const agent = new Agent({ model: script('real') })
    const run = agent.iter('Hi')
    const { restore } = agent.override({ model: script('test') })
    expect((await run.finish()).output).toBe('real')
    restore()
  })

  it('with what cannot work is refused, and nothing is replaced', async () => {
    const agent = new Agent({ model: script('real') })
    expect(() => agent.override({ tools: [ping, ping] })).toThrow(UserError)
    expect((await agent.run('Hi')).output).toBe('real')
  })
})
