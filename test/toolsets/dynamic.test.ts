import { describe, expect, it } from 'vitest'
import type { RunContext } from '../../src/tools/index.ts'
import { dynamicToolset, functionToolset, type Toolset } from '../../src/toolsets/index.ts'
import { testContext } from '../helpers/context.ts'
import { logged, named, namesIn } from '../helpers/toolsets.ts'

const step = (runStep: number) => testContext({ runStep })

/** A toolset with one tool that writes down its lifecycle. */
function source(name: string, log: string[], failing: readonly ('open' | 'close')[] = []): Toolset {
  const tools = functionToolset([named(name)])
  return { ...logged(name, log, failing), tools: (ctx) => tools.tools(ctx) }
}

/** Makes `step1`, `step2`… and writes down what happens to them. */
function perStep(log: string[]) {
  return (ctx: RunContext) => {
    log.push(`make step${ctx.runStep}`)
    return source(`step${ctx.runStep}`, log)
  }
}

describe('dynamicToolset', () => {
  it('makes its toolset anew in every step, closing the old before opening the new', async () => {
    const log: string[] = []
    const dynamic = dynamicToolset(perStep(log))
    expect(await namesIn(dynamic, step(1))).toEqual(['step1'])
    expect(await namesIn(dynamic, step(2))).toEqual(['step2'])
    await dynamic.close?.()
    expect(log).toEqual([
      'make step1',
      'open step1',
      'make step2',
      'close step1',
      'open step2',
      'close step2',
    ])
  })

  it('makes it once a run when told so', async () => {
    const log: string[] = []
    const dynamic = dynamicToolset(perStep(log), { perRunStep: false })
    expect(await namesIn(dynamic, step(1))).toEqual(['step1'])
    expect(await namesIn(dynamic, step(2))).toEqual(['step1'])
    await dynamic.close?.()
    expect(log).toEqual(['make step1', 'open step1', 'close step1'])
  })

  it('asks the factory once a step, however often and concurrently it is asked itself', async () => {
    const log: string[] = []
    const dynamic = dynamicToolset(async (ctx) => perStep(log)(ctx))
    await Promise.all([
      dynamic.tools(step(1)),
      dynamic.instructions?.(step(1)),
      dynamic.tools(step(1)),
      dynamic.tools(step(2)),
    ])
    await dynamic.tools(step(2))
    expect(log.filter((line) => line.startsWith('make'))).toEqual(['make step1', 'make step2'])
  })

  it('keeps a toolset open that the factory gives again', async () => {
    const log: string[] = []
    const kept = source('kept', log)
    const dynamic = dynamicToolset(() => kept)
    for (const runStep of [1, 2, 3]) await dynamic.tools(step(runStep))
    expect(log).toEqual(['open kept'])
  })

  it('has no tools and says nothing when the factory gives none', async () => {
    const log: string[] = []
    const dynamic = dynamicToolset((ctx) => (ctx.runStep === 2 ? null : source('a', log)))
    await dynamic.tools(step(1))
    expect(await dynamic.tools(step(2))).toEqual([])
    expect(await dynamic.instructions?.(step(2))).toBeUndefined()
    expect(log).toEqual(['open a', 'close a'])
  })

  it('passes on instructions and the toolset of a run', async () => {
    const own: Toolset = { tools: () => [], instructions: () => 'own' }
    const dynamic = dynamicToolset(() => ({ tools: () => [], forRun: () => own }))
    expect(await dynamic.instructions?.(step(1))).toBe('own')
  })

  it('shares nothing between runs', async () => {
    const log: string[] = []
    let made = 0
    const dynamic = dynamicToolset(() => source(`made${++made}`, log))
    const one = await dynamic.forRun?.(step(1))
    const two = await dynamic.forRun?.(step(1))
    expect(await Promise.all([one && namesIn(one, step(1)), two && namesIn(two, step(1))])).toEqual(
      [['made1'], ['made2']],
    )
    await one?.close?.()
    expect(log).toEqual(['open made1', 'open made2', 'close made1'])
    expect(two && (await namesIn(two, step(1)))).toEqual(['made2'])
  })

  it('asks again after a failure of the factory or of opening', async () => {
    const log: string[] = []
    let asked = 0
    const dynamic = dynamicToolset(() => {
      asked += 1
      if (asked === 1) throw new Error('no luck')
      return source(`made${asked}`, log, asked === 2 ? ['open'] : [])
    })
    await expect(dynamic.tools(step(1))).rejects.toThrow('no luck')
    await expect(dynamic.tools(step(1))).rejects.toThrow('made2 does not open')
    expect(await namesIn(dynamic, step(1))).toEqual(['made3'])
    await dynamic.close?.()
    expect(log).toEqual(['open made2', 'open made3', 'close made3'])
  })

  it('waits for a toolset that is being made before it closes it', async () => {
    const log: string[] = []
    const making = Promise.withResolvers<Toolset>()
    const dynamic = dynamicToolset(() => making.promise)
    const tools = dynamic.tools(step(1))
    const closed = dynamic.close?.()
    making.resolve(source('late', log))
    await Promise.all([tools, closed])
    expect(log).toEqual(['open late', 'close late'])
  })

  it('closes nothing when nothing was made', async () => {
    await expect(dynamicToolset(() => null).close?.()).resolves.toBeUndefined()
  })
})
