import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors/index.ts'
import { tool, type RunContext } from '../../src/tools/index.ts'
import { functionToolset } from '../../src/toolsets/index.ts'
import { testContext } from '../helpers/context.ts'
import { named, namesIn, toolIn } from '../helpers/toolsets.ts'

const ctx = testContext()
const execute = () => null

describe('functionToolset', () => {
  it('offers its tools in order, and the same array in every step', async () => {
    const toolset = functionToolset([named('b'), named('a')])
    expect(await namesIn(toolset, ctx)).toEqual(['b', 'a'])
    expect(await toolset.tools(ctx)).toBe(await toolset.tools(testContext({ runStep: 2 })))
  })

  it('answers without a promise when no tool has `prepare`', () => {
    expect(functionToolset([named('a')]).tools(ctx)).toHaveLength(1)
  })

  it.each([
    [{ look: named('look') }, 'The tools of functionToolset are not an array'],
    [[named('look'), { name: 'x', execute }], 'tools[1] of functionToolset is no tool'],
    [[undefined], 'tools[0] of functionToolset is no tool'],
  ])('refuses %j at construction', (tools, message) => {
    // What a caller without types may pass.
    const make = () => Reflect.apply(functionToolset, undefined, [tools])
    expect(make).toThrow(UserError)
    expect(make).toThrow(message)
  })

  it('refuses two tools of one name at construction', () => {
    expect(() => functionToolset([named('dup'), named('dup')])).toThrow(
      new UserError("Tool name conflicts with existing tool: 'dup'"),
    )
  })

  it('has retries and a timeout for tools that set none', async () => {
    const own = tool({ name: 'own', execute, maxRetries: 0, timeoutMs: 5 })
    const toolset = functionToolset([own, named('other')], { maxRetries: 4, timeoutMs: 100 })
    expect(await toolset.tools(ctx)).toMatchObject([
      { maxRetries: 0, definition: { timeoutMs: 5 } },
      { maxRetries: 4, definition: { timeoutMs: 100 } },
    ])
    expect(await toolIn(functionToolset([named('a')]), 'a', ctx)).toMatchObject({
      maxRetries: undefined,
    })
  })

  it('has no part in the lifecycle of a run', () => {
    expect(Object.keys(functionToolset([named('a')]))).toEqual([
      'id',
      'label',
      'toolNames',
      'tools',
    ])
  })
})

describe('a tool with `prepare`', () => {
  const onlyEven = tool({
    name: 'even',
    execute,
    prepare: (context, definition) => (context.runStep % 2 === 0 ? definition : null),
  })

  it('is offered in the steps in which it wants to be', async () => {
    const toolset = functionToolset([named('a'), onlyEven, named('b')])
    expect(await namesIn(toolset, testContext({ runStep: 1 }))).toEqual(['a', 'b'])
    expect(await namesIn(toolset, testContext({ runStep: 2 }))).toEqual(['a', 'even', 'b'])
  })

  it('may change all that the model is told, and runs as before', async () => {
    const changing = tool({
      name: 'a',
      execute: () => 'ran',
      prepare: async (_, definition) => ({ ...definition, description: 'now', strict: true }),
    })
    const prepared = await toolIn(functionToolset([changing]), 'a', ctx)
    expect(prepared.definition).toMatchObject({ description: 'now', strict: true })
    expect(prepared.execute({}, ctx)).toBe('ran')
  })

  it('leaves the array the same while nothing changes', async () => {
    const toolset = functionToolset([onlyEven])
    const second = await toolset.tools(testContext({ runStep: 2 }))
    expect(await toolset.tools(testContext({ runStep: 4 }))).toBe(second)
  })

  it('may rename itself, but not to a name that is taken', async () => {
    const renaming = (name: string, to: string) =>
      tool({ name, execute, prepare: (_, definition) => ({ ...definition, name: to }) })
    expect(await namesIn(functionToolset([renaming('a', 'b')]), ctx)).toEqual(['b'])
    const swapped = functionToolset([renaming('a', 'b'), renaming('b', 'a')])
    expect(await namesIn(swapped, ctx)).toEqual(['b', 'a'])
    await expect(functionToolset([renaming('a', 'b'), named('b')]).tools(ctx)).rejects.toThrow(
      "Renaming tool 'a' to 'b' conflicts with existing tool",
    )
  })

  it('sees the deps of the run', async () => {
    const admin = tool({
      name: 'delete_all',
      execute: (_, context: RunContext<{ isAdmin: boolean }>) => context.deps.isAdmin,
      prepare: (context, definition) => (context.deps.isAdmin ? definition : null),
    })
    const toolset = functionToolset([admin])
    expect(await namesIn(toolset, testContext({ deps: { isAdmin: false } }))).toEqual([])
    expect(await namesIn(toolset, testContext({ deps: { isAdmin: true } }))).toEqual(['delete_all'])
  })
})

describe('instructions of a function toolset', () => {
  it.each([
    ['a text is static', 'Be kind.', [{ content: 'Be kind.', dynamic: false }]],
    ['a function is dynamic', () => 'It is noon.', [{ content: 'It is noon.', dynamic: true }]],
    [
      'a list keeps its order',
      ['A', async () => 'B'],
      [
        { content: 'A', dynamic: false },
        { content: 'B', dynamic: true },
      ],
    ],
    ['nothing to say is no part', ['', () => null, () => undefined], []],
    [
      'parts of a function stay as they are',
      () => [{ content: 'A', dynamic: false }],
      [{ content: 'A', dynamic: false }],
    ],
  ])('%s', async (_, instructions, parts) => {
    expect(await functionToolset([], { instructions }).instructions?.(ctx)).toEqual(parts)
  })
})
