import { describe, expect, it } from 'vitest'
import {
  combinedToolset,
  dynamicToolset,
  externalToolset,
  filteredToolset,
  functionToolset,
  prefixedToolset,
  type Toolset,
} from '../../src/toolsets/index.ts'
import { definition } from '../helpers/calls.ts'
import { testContext } from '../helpers/context.ts'
import { logged, named, namesIn, toolIn } from '../helpers/toolsets.ts'

const ctx = testContext()

describe('combinedToolset', () => {
  it('offers the tools of all parts in their order', async () => {
    const slow: Toolset = { tools: async () => functionToolset([named('b')]).tools(ctx) }
    const combined = combinedToolset([
      functionToolset([named('c')]),
      slow,
      functionToolset([named('a')]),
    ])
    expect(await namesIn(combined, ctx)).toEqual(['c', 'b', 'a'])
  })

  it('gives the same array while all parts do', async () => {
    const combined = combinedToolset([functionToolset([named('a')]), functionToolset([named('b')])])
    expect(combined.tools(ctx)).toBe(combined.tools(ctx))
    const changing = filteredToolset(functionToolset([named('b')]), ({ runStep }) => runStep > 1)
    const other = combinedToolset([functionToolset([named('a')]), changing])
    const [first, again] = [await other.tools(ctx), await other.tools(ctx)]
    expect(again).toBe(first)
    expect(await other.tools(testContext({ runStep: 2 }))).toHaveLength(2)
  })

  it.each([
    {
      of: 'the agent and a toolset',
      parts: [
        functionToolset([named('dup')], { label: 'the agent' }),
        externalToolset([definition('dup')]),
      ],
      sides:
        'externalToolset defines a tool whose name conflicts with existing tool from the agent',
    },
    {
      of: 'toolsets with ids',
      parts: [
        functionToolset([named('dup')], { id: 'crm' }),
        filteredToolset(functionToolset([named('dup')], { id: 'erp' }), () => true),
      ],
      sides:
        "filteredToolset(functionToolset 'erp') defines a tool whose name conflicts with existing tool from functionToolset 'crm'",
    },
    {
      of: 'toolsets made by hand',
      parts: [
        { id: 'x', tools: () => functionToolset([named('dup')]).tools(ctx) },
        { tools: () => functionToolset([named('dup')]).tools(ctx) },
      ],
      sides: "toolset defines a tool whose name conflicts with existing tool from toolset 'x'",
    },
  ])('names both sides when tools of $of have one name', async ({ parts, sides }) => {
    const text = `${sides}: 'dup'. Rename the tool or wrap the toolset in a \`prefixedToolset\` to avoid name conflicts.`
    await expect(async () => combinedToolset(parts).tools(ctx)).rejects.toThrow(text)
  })

  it('refuses a part that offers one name twice', async () => {
    const dup = await toolIn(functionToolset([named('dup')]), 'dup', ctx)
    const part: Toolset = { tools: () => [dup, dup] }
    expect(() => combinedToolset([part]).tools(ctx)).toThrow(
      "Tool name conflicts with existing tool: 'dup'",
    )
  })

  it('keeps equal names apart with a prefix', async () => {
    const mine = functionToolset([named('search')])
    const combined = combinedToolset([mine, prefixedToolset(mine, 'web')])
    expect(await namesIn(combined, ctx)).toEqual(['search', 'web_search'])
  })

  it('says what all parts say; a string is a static part', async () => {
    const said: Toolset = { tools: () => [], instructions: async () => 'B' }
    const combined = combinedToolset([
      functionToolset([], { instructions: () => 'A' }),
      said,
      functionToolset([]),
    ])
    expect(await combined.instructions?.(ctx)).toEqual([
      { content: 'A', dynamic: true },
      { content: 'B', dynamic: false },
    ])
  })
})

describe('the lifecycle of combined toolsets', () => {
  it('opens in order and closes in reverse', async () => {
    const log: string[] = []
    const combined = combinedToolset([logged('a', log), functionToolset([]), logged('b', log)])
    await combined.open?.()
    await combined.close?.()
    expect(log).toEqual(['open a', 'open b', 'close b', 'close a'])
  })

  it('closes what it opened when a later part cannot be opened', async () => {
    const log: string[] = []
    const parts = [logged('a', log, ['close']), logged('b', log), logged('c', log, ['open'])]
    await expect(combinedToolset(parts).open?.()).rejects.toThrow('c does not open')
    expect(log).toEqual(['open a', 'open b', 'open c', 'close b', 'close a'])
  })

  it('closes every part, also when closing others fails', async () => {
    const log: string[] = []
    const one = combinedToolset([logged('a', log), logged('b', log, ['close'])])
    await expect(one.close?.()).rejects.toThrow('b does not close')
    expect(log).toEqual(['close b', 'close a'])
    const both = combinedToolset([logged('a', [], ['close']), logged('b', [], ['close'])])
    await expect(both.close?.()).rejects.toMatchObject({
      errors: [new Error('b does not close'), new Error('a does not close')],
    })
  })

  it('gives each run its own parts where a part asks for that', async () => {
    const steps: number[] = []
    const dynamic = dynamicToolset((context) => {
      steps.push(context.runStep)
      return null
    })
    const plain = functionToolset([named('a')])
    expect(Object.keys(combinedToolset([plain]))).toEqual(['id', 'label', 'toolNames', 'tools'])
    const combined = combinedToolset([plain, dynamic])
    const [one, two] = [await combined.forRun?.(ctx), await combined.forRun?.(ctx)]
    expect(one).not.toBe(two)
    await Promise.all([one?.tools(ctx), two?.tools(ctx)])
    expect(steps).toEqual([1, 1])
  })

  it('is its own toolset for a run when no part has changed', async () => {
    const stable: Toolset = { tools: () => [], forRun: () => stable }
    const combined = combinedToolset([stable])
    expect(await combined.forRun?.(ctx)).toBe(combined)
  })
})
