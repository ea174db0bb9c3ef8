import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { deferredToolRequests, text } from '../../src/output/index.ts'
import { AgentRun } from '../../src/run/index.ts'
import { tool } from '../../src/tools/index.ts'
import {
  approvalRequiredToolset,
  dynamicToolset,
  externalToolset,
  filteredToolset,
  functionToolset,
  prefixedToolset,
  preparedToolset,
  renamedToolset,
  type Toolset,
} from '../../src/toolsets/index.ts'
import { call, outline, rejection, script } from '../agent/script.ts'
import { logged, named } from '../helpers/toolsets.ts'

const both = functionToolset([named('a'), named('b')])

describe('a toolset of an agent', () => {
  it.each<{ how: string; toolset: Toolset; offered: string[]; called: string; told: string }>([
    {
      how: 'prefixed',
      toolset: prefixedToolset(both, 'x'),
      offered: ['x_a', 'x_b'],
      called: 'x_a',
      told: 'x_a returned: a',
    },
    {
      how: 'renamed',
      toolset: renamedToolset(both, { other: 'a' }),
      offered: ['other', 'b'],
      called: 'other',
      told: 'other returned: a',
    },
    {
      how: 'filtered',
      toolset: filteredToolset(both, (_, { name }) => name === 'b'),
      offered: ['b'],
      called: 'a',
      told: "a retry: Unknown tool name: 'a'. Available tools: 'b'",
    },
    {
      how: 'prepared',
      toolset: preparedToolset(both, (_, definitions) => definitions.toReversed()),
      offered: ['b', 'a'],
      called: 'a',
      told: 'a returned: a',
    },
  ])('$how, is offered and called so', async ({ toolset, offered, called, told }) => {
    const model = script([call(called)], 'ok')
    const run = new Agent({ model, toolsets: [toolset] }).iter('Go')
    await run.finish()
    expect(model.calls[0]?.parameters.functionTools.map(({ name }) => name)).toEqual(offered)
    expect(outline(run.allMessages())[2]).toEqual([told])
  })

  it('may let a person approve its calls, and runs them then', async () => {
    const guarded = approvalRequiredToolset(both, (_, { name }) => name === 'a')
    const agent = new Agent({
      model: script([call('a'), call('b')], 'ok'),
      toolsets: [guarded],
      output: [text, deferredToolRequests],
    })
    const first = await agent.run('Go')
    expect(first.output).toMatchObject({ approvals: [{ toolName: 'a' }], calls: [] })
    const run = agent.iter(null, {
      messageHistory: first.allMessages(),
      deferredToolResults: { approvals: { a: true } },
    })
    await run.finish()
    expect(outline(run.newMessages())[0]).toEqual(['a returned: a'])
  })

  it('of a run stands beside those of the agent', async () => {
    const model = script('ok')
    const agent = new Agent({ model, tools: [named('own')], toolsets: [both] })
    await agent.run('Go', {
      toolsets: [
        externalToolset([
          { name: 'z', description: null, parametersJsonSchema: { type: 'object' } },
        ]),
      ],
    })
    expect(model.calls[0]?.parameters.functionTools.map(({ name }) => name)).toEqual([
      'own',
      'a',
      'b',
      'z',
    ])
  })

  it('instructs the model, in the step in which it is there', async () => {
    const model = script([call('a')], 'ok')
    const toolset = dynamicToolset(({ runStep }) =>
      functionToolset([named('a')], { instructions: `Step ${runStep}.` }),
    )
    await new Agent({ model, toolsets: [toolset], instructions: 'Base.' }).run('Go')
    expect(model.calls.map(({ parameters }) => parameters.instructions)).toEqual([
      'Base.\n\nStep 1.',
      'Base.\n\nStep 2.',
    ])
  })
})

describe('tools with one name', () => {
  it('in the list of an agent are refused when it is made', () => {
    expect(() => new Agent({ tools: [named('dup'), named('dup')] })).toThrow(
      "Tool name conflicts with existing tool: 'dup'",
    )
  })

  it('in a toolset and the agent are refused in the step, with the way out', async () => {
    const toolsets = [functionToolset([named('dup')])]
    const agent = new Agent({ model: script(), tools: [named('dup')], toolsets })
    const error = await rejection(agent.run('Go'))
    expect(error).toMatchObject({ name: 'UserError' })
    expect(String(error)).toContain(
      "functionToolset defines a tool whose name conflicts with existing tool from the agent: 'dup'",
    )
    expect(String(error)).toContain('prefixedToolset')
  })

  it('as the output are refused', async () => {
    const agent = new Agent({
      model: script(),
      tools: [named('final_result')],
      output: z.object({ n: z.number() }),
    })
    await expect(agent.run('Go')).rejects.toThrow("'final_result'")
  })
})

describe('the life of a toolset', () => {
  const pinging = (log: string[]): Toolset => ({
    ...logged('t', log),
    tools: both.tools.bind(both),
  })

  it('opens once before it is used and closes at the end', async () => {
    const log: string[] = []
    const model = script([call('a')], () => {
      log.push('asked')
      return 'ok'
    })
    await new Agent({ model, toolsets: [pinging(log)] }).run('Go')
    expect(log).toEqual(['open t', 'asked', 'close t'])
  })

  it('closes when the run fails, and opens again when that goes on', async () => {
    const log: string[] = []
    const agent = new Agent({
      model: script(new Error('overloaded'), 'ok'),
      toolsets: [pinging(log)],
    })
    const error = await rejection(agent.run('Go'))
    expect(log).toEqual(['open t', 'close t'])
    expect((await AgentRun.of(error)?.finish())?.output).toBe('ok')
    expect(log).toEqual(['open t', 'close t', 'open t', 'close t'])
  })

  it('closes when a run that is driven by hand is disposed of', async () => {
    const log: string[] = []
    const run = new Agent({ model: script('ok'), toolsets: [pinging(log)] }).iter('Go')
    await run.next()
    await run.next()
    expect(log).toEqual(['open t'])
    await run.dispose()
    expect(log).toEqual(['open t', 'close t'])
  })

  it('closes when it is cancelled', async () => {
    const log: string[] = []
    const controller = new AbortController()
    const model = script(() => {
      controller.abort('enough')
      return 'never'
    })
    const agent = new Agent({ model, toolsets: [pinging(log)] })
    await rejection(agent.run('Go', { signal: controller.signal }))
    expect(log).toEqual(['open t', 'close t'])
  })

  it('that does not open fails the step; others are closed and the next try opens anew', async () => {
    const log: string[] = []
    const failing: ('open' | 'close')[] = ['open']
    const toolsets = [logged('one', log), logged('two', log, failing)]
    const run = new Agent({ model: script('ok'), toolsets }).iter('Go')
    await expect(run.finish()).rejects.toThrow('two does not open')
    expect(log).toEqual(['open one', 'open two', 'close one'])
    failing.pop()
    expect((await run.finish()).output).toBe('ok')
  })

  it('that does not close costs nobody the result', async () => {
    const log: string[] = []
    const toolsets = [logged('t', log, ['close'])]
    const result = await new Agent({ model: script('ok'), toolsets }).run('Go')
    expect(result.output).toBe('ok')
    expect(log).toEqual(['open t', 'close t'])
  })

  it('that does not close hides no error of the run', async () => {
    const trouble = new Error('overloaded')
    const toolsets = [logged('t', [], ['close'])]
    expect(await rejection(new Agent({ model: script(trouble), toolsets }).run('Go'))).toBe(trouble)
  })

  it.each([
    { perRunStep: true, steps: [1, 2], log: ['open 1', 'close 1', 'open 2', 'close 2'] },
    { perRunStep: false, steps: [1], log: ['open 1', 'close 1'] },
  ])('made on the fly (perRunStep: $perRunStep) ends with its step or run', async (expected) => {
    const log: string[] = []
    const steps: number[] = []
    const toolset = dynamicToolset(
      ({ runStep }) => {
        steps.push(runStep)
        return { ...logged(String(runStep), log), tools: both.tools.bind(both) }
      },
      { perRunStep: expected.perRunStep },
    )
    await new Agent({ model: script([call('a')], 'ok'), toolsets: [toolset] }).run('Go')
    expect({ perRunStep: expected.perRunStep, steps, log }).toEqual(expected)
  })

  it('of each of two runs at the same time is its own', async () => {
    const made: number[] = []
    const agent = new Agent({
      toolsets: [
        dynamicToolset(
          () => {
            made.push(1)
            return both
          },
          { perRunStep: false },
        ),
      ],
    })
    await Promise.all(
      ['x', 'y'].map((prompt) => agent.run(prompt, { model: script([call('a')], 'ok') })),
    )
    expect(made).toHaveLength(2)
  })

  it.each([
    { what: 'has the tool', toolNames: ['a'], error: undefined },
    { what: 'does not say so', toolNames: undefined, error: 'SnapshotMismatchError' },
  ])('that does not offer a called tool after a resume, and $what', async (expected) => {
    let isOpen = true
    const toolset: Toolset = {
      toolNames: expected.toolNames,
      tools: (ctx) => (isOpen ? functionToolset([slow]).tools(ctx) : []),
    }
    const slow = tool({ name: 'a', execute: () => new Promise(() => {}), onCrash: 'rerun' })
    const agent = new Agent({ name: 'x', model: script([call('a')], 'ok'), toolsets: [toolset] })
    const run = agent.iter('Go', { cancelGraceMs: 0 })
    await run.next()
    await run.next()
    run.next().catch(() => {})
    await expect.poll(() => run.ctx.state.ledger[0]?.state).toBe('executing')
    const saved: unknown = JSON.parse(JSON.stringify(run.snapshot()))
    await run.dispose()
    isOpen = false
    const again = agent.resume(saved)
    const error = await again.finish().then(
      () => undefined,
      ({ name }: Error) => name,
    )
    expect(error).toBe(expected.error)
    const isTold = JSON.stringify(again.allMessages()).includes("Unknown tool name: 'a'")
    expect(isTold).toBe(expected.error === undefined)
  })
})
