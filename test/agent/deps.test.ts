import { describe, expect, it } from 'vitest'
import { Agent, withDeps } from '../../src/agent/index.ts'
import { outputFunction } from '../../src/output/index.ts'
import { dynamicToolset, functionToolset } from '../../src/toolsets/index.ts'
import { call, script } from './script.ts'

interface Db {
  readonly name: string
}

const { Agent: DbAgent, tool: dbTool } = withDeps<Db>()

describe('deps', () => {
  it('reach everything of the agent and the run as the very same object', async () => {
    const db: Db = { name: 'main' }
    const seen: [string, unknown][] = []
    const note = (where: string, deps: unknown): undefined => void seen.push([where, deps])
    const look = dbTool({
      name: 'look',
      prepare: (ctx, definition) => {
        note('prepare', ctx.deps)
        return definition
      },
      needsApproval: (_, ctx) => {
        note('approval', ctx.deps)
        return false
      },
      execute: (_, ctx) => note('tool', ctx.deps),
    })
    const agent = new DbAgent({
      model: script([call('look')], [call('final_result', {})]),
      tools: [look],
      toolsets: [
        dynamicToolset<Db>((ctx) => {
          note('dynamic', ctx.deps)
          return null
        }),
      ],
      systemPrompt: (ctx) => note('system', ctx.deps),
      instructions: (ctx) => note('instructions', ctx.deps),
      modelSettings: (ctx) => {
        note('settings', ctx.deps)
        return {}
      },
      metadata: (ctx) => {
        note('metadata', ctx.deps)
        return {}
      },
      output: outputFunction({
        name: 'done',
        inputSchema: { type: 'object', properties: {} },
        execute: (_, ctx) => note('output', ctx.deps),
      }),
      outputValidators: [(_, ctx) => note('validator', ctx.deps)],
    })
    const run = agent.iter('Hi', { deps: db })
    await run.finish()
    expect(new Set(seen.map(([where]) => where))).toEqual(
      new Set([
        'prepare',
        'approval',
        'tool',
        'dynamic',
        'system',
        'instructions',
        'settings',
        'metadata',
        'output',
        'validator',
      ]),
    )
    expect(seen.every(([, deps]) => deps === db)).toBe(true)
    expect(run.ctx.deps).toBe(db)
  })

  it('bound with `with` are those of every run, and a run may bring others', async () => {
    const seen: string[] = []
    const look = dbTool({ name: 'look', execute: (_, ctx) => void seen.push(ctx.deps.name) })
    const model = script([call('look')], 'ok', [call('look')], 'ok')
    const bound = new DbAgent({ model, tools: [look] }).with({ deps: { name: 'bound' } })
    await bound.run('Hi')
    await bound.run('Hi', { deps: { name: 'own' } })
    expect(seen).toEqual(['bound', 'own'])
  })

  it('`with` keeps what was bound before and leaves the agent as it was', async () => {
    const model = script('ok', 'ok')
    const agent = new Agent({ model, name: 'anna' })
    const bound = agent.with({ metadata: { a: 1 } }).with({ instructions: 'Be brief.' })
    expect(bound.name).toBe('anna')
    expect((await bound.run('Hi')).metadata).toEqual({ a: 1 })
    await agent.run('Hi')
    expect(model.calls.map(({ parameters }) => parameters.instructions)).toEqual([
      'Be brief.',
      null,
    ])
  })

  it('of concurrent runs stay apart', async () => {
    const seen: string[] = []
    const look = dbTool({
      name: 'look',
      execute: async (_, ctx) => {
        const before = ctx.deps.name
        await Promise.resolve()
        seen.push(`${before} ${ctx.deps.name}`)
      },
    })
    const agent = new DbAgent({ tools: [look] })
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        agent.run('Hi', { deps: { name }, model: script([call('look')], 'ok') }),
      ),
    )
    expect(seen.toSorted()).toEqual(['a a', 'b b', 'c c'])
  })

  it('are never sent or written', async () => {
    const model = script('ok')
    const run = new DbAgent({ model, toolsets: [functionToolset([])] }).iter('Hi', {
      deps: { name: 'password' },
    })
    await run.finish()
    expect(new TextDecoder().decode(run.allMessagesJson())).not.toContain('password')
    expect(JSON.stringify(run.ctx.state)).not.toContain('password')
  })
})
