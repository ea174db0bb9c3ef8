import { describe, expect, it } from 'vitest'
import { Agent, functionToolset, tool } from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'

describe('agent.with', () => {
  it('adds to what runs add, instead of giving way to it', async () => {
    const seen: unknown[] = []
    const model = new FunctionModel((_, { instructions, functionTools, modelSettings }) => {
      seen.push(
        instructions,
        functionTools.map(({ name }) => name),
        modelSettings,
      )
      return 'answer'
    })
    const offer = (name: string) => functionToolset([tool({ name, execute: () => 1 })])
    const bound = new Agent({ model, instructions: 'agent' }).with({
      instructions: 'bound',
      toolsets: [offer('guard')],
      modelSettings: { temperature: 0, seed: 1 },
      metadata: { tenant: 'a' },
    })
    const { metadata } = await bound.run('Go.', {
      instructions: 'run',
      toolsets: [offer('extra')],
      modelSettings: { seed: 2 },
      metadata: { trace: 'b' },
    })
    expect(seen).toEqual(['agent\nbound\nrun', ['guard', 'extra'], { temperature: 0, seed: 2 }])
    expect(metadata).toEqual({ tenant: 'a', trace: 'b' })
  })

  it('keeps what a run leaves undefined', async () => {
    const model = new FunctionModel(() => 'answer')
    const bound = new Agent({}).with({ model, deps: 7 })
    const run = bound.iter('Go.', { model: undefined, deps: undefined } as never)
    expect(run.ctx.deps).toBe(7)
    expect((await run.finish()).output).toBe('answer')
  })
})
