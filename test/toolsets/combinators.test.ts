import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { tool } from '../../src/tools/index.ts'
import {
  approvalRequiredToolset,
  externalToolset,
  filteredToolset,
  functionToolset,
  prefixedToolset,
  preparedToolset,
  renamedToolset,
  type Toolset,
  wrapperToolset,
} from '../../src/toolsets/index.ts'
import { definition } from '../helpers/calls.ts'
import { testContext } from '../helpers/context.ts'
import { logged, named, namesIn, toolIn } from '../helpers/toolsets.ts'

const ctx = testContext()
const abc = functionToolset([named('a'), named('b'), named('c')], { id: 'abc' })

describe('prefixedToolset', () => {
  it('puts the prefix before each name; the tools run as before', async () => {
    const prefixed = prefixedToolset(abc, 'crm')
    expect(await namesIn(prefixed, ctx)).toEqual(['crm_a', 'crm_b', 'crm_c'])
    expect((await toolIn(prefixed, 'crm_a', ctx)).execute({}, ctx)).toBe('a')
    expect(await namesIn(prefixedToolset(prefixed, 'x'), ctx)).toContain('x_crm_a')
  })

  it('refuses a prefix that makes bad names', async () => {
    expect(() => prefixedToolset(abc, 'my crm')).toThrow("'my crm' cannot be the name of a tool")
    const long = prefixedToolset(abc, 'x'.repeat(63))
    expect(() => long.tools(ctx)).toThrow('1 to 64 letters')
  })
})

describe('renamedToolset', () => {
  it('gives new names to old ones and passes over those that are not there', async () => {
    const renamed = renamedToolset(abc, { first: 'a', z: 'absent' })
    expect(await namesIn(renamed, ctx)).toEqual(['first', 'b', 'c'])
    expect((await toolIn(renamed, 'first', ctx)).execute({}, ctx)).toBe('a')
  })

  it('can swap names but not use one twice', async () => {
    expect(await namesIn(renamedToolset(abc, { a: 'b', b: 'a' }), ctx)).toEqual(['b', 'a', 'c'])
    expect(() => renamedToolset(abc, { b: 'a' }).tools(ctx)).toThrow(
      "Renaming tool 'a' to 'b' conflicts with existing tool",
    )
    expect(() => renamedToolset(abc, { x: 'a', y: 'a' })).toThrow("Tool 'a' is given two new names")
    expect(() => renamedToolset(abc, { 'x y': 'a' })).toThrow('cannot be the name of a tool')
  })

  it('has no trouble with names that objects have by themselves', async () => {
    const odd = functionToolset([named('constructor'), named('toString')])
    expect(await namesIn(renamedToolset(odd, { x: 'valueOf' }), ctx)).toEqual([
      'constructor',
      'toString',
    ])
  })
})

describe('filteredToolset', () => {
  it('asks for each tool in each step, also asynchronously', async () => {
    const filtered = filteredToolset(
      abc,
      async ({ runStep }, { name }) => runStep > 1 || name === 'b',
    )
    expect(await namesIn(filtered, ctx)).toEqual(['b'])
    expect(await namesIn(filtered, testContext({ runStep: 2 }))).toEqual(['a', 'b', 'c'])
  })

  it('gives the same array while its answer is the same', async () => {
    const filtered = filteredToolset(abc, (_, { name }) => name !== 'b')
    expect(await filtered.tools(ctx)).toBe(await filtered.tools(ctx))
    expect(await filteredToolset(abc, () => true).tools(ctx)).toBe(abc.tools(ctx))
  })
})

describe('preparedToolset', () => {
  it('changes, drops and reorders what the model is told', async () => {
    const prepared = preparedToolset(abc, (_, definitions) =>
      definitions
        .filter(({ name }) => name !== 'b')
        .map((one) => ({ ...one, strict: true, description: 'now' }))
        .toReversed(),
    )
    expect(await prepared.tools(ctx)).toMatchObject([
      { definition: { name: 'c', strict: true, description: 'now' } },
      { definition: { name: 'a', strict: true, description: 'now' } },
    ])
    expect((await toolIn(prepared, 'a', ctx)).execute({}, ctx)).toBe('a')
  })

  it('offers nothing for null', async () => {
    expect(
      await namesIn(
        preparedToolset(abc, async () => null),
        ctx,
      ),
    ).toEqual([])
  })

  it('gives the same array while definitions are the same', async () => {
    expect(await preparedToolset(abc, (_, all) => all).tools(ctx)).toBe(abc.tools(ctx))
  })

  it.each([
    ['adding', 'd', [definition('d')]],
    ['renaming', 'e', [definition('a'), definition('e')]],
  ])('refuses %s tools and says how it is done', async (_, name, definitions) => {
    await expect(preparedToolset(abc, () => definitions).tools(ctx)).rejects.toThrow(
      `A \`prepare\` function cannot add or rename tools, and '${name}' is new. Add tools with another toolset, and rename them with a \`renamedToolset\``,
    )
  })

  it('refuses a tool that is given back twice', async () => {
    const twice = preparedToolset(abc, (_, all) => [...all, ...all])
    await expect(twice.tools(ctx)).rejects.toThrow("Tool name conflicts with existing tool: 'a'")
  })
})

describe('approvalRequiredToolset', () => {
  const pay = tool({
    name: 'pay',
    inputSchema: z.object({ eur: z.number() }),
    execute: ({ eur }) => eur,
    needsApproval: ({ eur }) => eur > 1_000,
  })
  const toolset = functionToolset([pay, named('a')])
  const asks = async (set: Toolset, name: string, input: unknown) =>
    (await toolIn(set, name, ctx)).needsApproval?.(input, ctx)

  it('asks for every call', async () => {
    const approved = approvalRequiredToolset(toolset)
    expect(await asks(approved, 'a', {})).toBe(true)
    expect(await asks(approved, 'pay', { eur: 1 })).toBe(true)
  })

  it('asks when its function or the tool itself says so', async () => {
    const approved = approvalRequiredToolset(
      toolset,
      (_, { name }, input) => name === 'pay' && JSON.stringify(input) === '{"eur":13}',
    )
    expect(await asks(approved, 'a', {})).toBe(false)
    expect(await asks(approved, 'pay', { eur: 1 })).toBe(false)
    expect(await asks(approved, 'pay', { eur: 13 })).toBe(true)
    expect(await asks(approved, 'pay', { eur: 2_000 })).toBe(true)
  })

  it('tells the model nothing else and leaves external tools alone', async () => {
    expect(await namesIn(approvalRequiredToolset(abc), ctx)).toEqual(['a', 'b', 'c'])
    expect((await toolIn(approvalRequiredToolset(abc), 'a', ctx)).definition.kind).toBe('function')
    const external = approvalRequiredToolset(externalToolset([definition('e')]))
    expect((await toolIn(external, 'e', ctx)).needsApproval).toBeUndefined()
  })
})

describe('externalToolset', () => {
  const external = externalToolset([definition('locate', { place: { type: 'string' } })], {
    id: 'browser',
  })

  it('offers tools that cannot be called here', async () => {
    const locate = await toolIn(external, 'locate', ctx)
    expect(locate.definition.kind).toBe('external')
    expect(() => locate.execute({}, ctx)).toThrow(new Error('External tools cannot be called'))
    expect(external.tools(ctx)).toBe(external.tools(ctx))
  })

  it('leaves the judgement of arguments to whoever answers', async () => {
    const { inputSchema } = await toolIn(external, 'locate', ctx)
    expect(await inputSchema.validate({ place: 'Oslo' })).toMatchObject({ ok: true })
    expect(await inputSchema.validate({})).toMatchObject({ ok: true })
  })

  it('refuses bad and equal names', () => {
    expect(() => externalToolset([definition('a'), definition('a')])).toThrow("existing tool: 'a'")
    expect(() => externalToolset([definition('a.b')])).toThrow("'a.b' cannot be the name of a tool")
  })
})

describe('wrapperToolset', () => {
  it('stands around each call', async () => {
    const log: unknown[] = []
    const double = tool({
      name: 'double',
      inputSchema: z.object({ n: z.number() }),
      execute: ({ n }) => n * 2,
    })
    const wrapped = wrapperToolset(functionToolset([double]), {
      callTool: async (name, input, context, next) => {
        log.push(name, input, context.runId)
        return [await next({ n: 21 })]
      },
    })
    expect(await (await toolIn(wrapped, 'double', ctx)).execute({ n: 1 }, ctx)).toEqual([42])
    expect(log).toEqual(['double', { n: 1 }, 'run'])
  })

  it('can skip a call, and sees what a tool throws', async () => {
    const failing = tool({
      name: 'fail',
      execute: () => {
        throw new Error('boom')
      },
    })
    const call = async (callTool: Parameters<typeof wrapperToolset>[1]['callTool']) => {
      const wrapped = wrapperToolset(functionToolset([failing]), callTool ? { callTool } : {})
      return (await toolIn(wrapped, 'fail', ctx)).execute({}, ctx)
    }
    expect(await call(() => 'skipped')).toBe('skipped')
    expect(
      await call((_name, input, _ctx, next) => next(input).catch((error: Error) => error.message)),
    ).toBe('boom')
    await expect(call(undefined)).rejects.toThrow('boom')
  })

  it('can change the list, and leaves external tools alone', async () => {
    const external = externalToolset([definition('e')])
    const wrapped = wrapperToolset(abc, {
      tools: async (tools, context) => [...tools.slice(1), ...(await external.tools(context))],
      callTool: (name) => `wrapped ${name}`,
    })
    expect(await namesIn(wrapped, ctx)).toEqual(['b', 'c', 'e'])
    expect((await toolIn(wrapped, 'b', ctx)).execute({}, ctx)).toBe('wrapped b')
    expect((await toolIn(wrapped, 'e', ctx)).definition.kind).toBe('external')
  })
})

describe('every combinator', () => {
  const combinators: [string, (inner: Toolset) => Toolset][] = [
    ['prefixedToolset', (inner) => prefixedToolset(inner, 'x')],
    ['renamedToolset', (inner) => renamedToolset(inner, {})],
    ['filteredToolset', (inner) => filteredToolset(inner, () => true)],
    ['preparedToolset', (inner) => preparedToolset(inner, (_, all) => all)],
    ['approvalRequiredToolset', (inner) => approvalRequiredToolset(inner)],
    ['wrapperToolset', (inner) => wrapperToolset(inner, {})],
  ]

  it.each(combinators)('%s passes on id, instructions and lifecycle', async (maker, combine) => {
    const log: string[] = []
    const inner: Toolset = { ...logged('in', log), instructions: () => 'Say hello.' }
    const outer = combine(inner)
    await outer.open?.()
    await outer.close?.()
    expect(log).toEqual(['open in', 'close in'])
    expect(await outer.instructions?.(ctx)).toBe('Say hello.')
    expect(outer).toMatchObject({ id: 'in', label: `${maker}(toolset 'in')` })
  })

  it.each(combinators)('%s has only what the inner toolset has', (_, combine) => {
    expect(Object.keys(combine(abc))).toEqual(['id', 'label', 'tools'])
  })

  it.each(combinators)('%s keeps `this` of the inner toolset', async (_, combine) => {
    class Source implements Toolset {
      readonly #names = ['a']
      tools() {
        return functionToolset(this.#names.map(named)).tools(ctx)
      }
      instructions() {
        return this.#names.join()
      }
    }
    expect(await combine(new Source()).tools(ctx)).toHaveLength(1)
    expect(await combine(new Source()).instructions?.(ctx)).toBe('a')
  })

  it.each(combinators)('%s gives each run its own when the inner one does', async (_, combine) => {
    let runs = 0
    const inner: Toolset = {
      tools: () => [],
      forRun: () => functionToolset([named(`run${++runs}`)]),
    }
    const outer = combine(inner)
    const names = [await outer.forRun?.(ctx), await outer.forRun?.(ctx)].map(
      async (own) => own && namesIn(own, ctx),
    )
    expect((await Promise.all(names)).flat()).toEqual([
      expect.stringContaining('run1'),
      expect.stringContaining('run2'),
    ])
    const stable: Toolset = { tools: () => [], forRun: () => stable }
    const same = combine(stable)
    expect(await same.forRun?.(ctx)).toBe(same)
  })
})
