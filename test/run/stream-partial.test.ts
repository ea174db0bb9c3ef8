import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent, ModelRetry, nativeOutput, type RunContext, toolOutput } from '../../src/index.ts'
import type { ResponseDelta } from '../../src/streaming/index.ts'
import { ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { collect } from '../helpers/events.ts'
import { errorOf } from './scripts.ts'
import { live } from './streams.ts'

const Trip = z.object({ city: z.string(), days: z.number().int() })

/** A call of an output tool in pieces. */
function call(toolName: string, ...args: readonly string[]): ResponseDelta[] {
  const toolCallId = `call-${toolName}-${args.length}`
  const more = args.slice(1).map((piece): ResponseDelta => ({ kind: 'tool-call', args: piece }))
  return [{ kind: 'tool-call', toolName, toolCallId, args: args[0] ?? '' }, ...more]
}

/** All that a view tells before it ends, and the error it ends with. */
async function heard<TItem>(view: AsyncIterable<TItem>) {
  const seen: TItem[] = []
  const error = await errorOf(
    (async () => {
      for await (const item of view) seen.push(item)
    })(),
  )
  return { seen, error }
}

describe('partialOutputs', () => {
  it('an object grows with the arguments of its output tool, and ends as the output', async () => {
    const model = new ScriptedModel([
      call('final_result', '{"city": "Os', 'lo", "days"', ': 3', '}'),
    ])
    const stream = new Agent({ model, output: Trip }).stream('Go.')
    const partials = await collect(stream.partialOutputs())
    expect(partials).toEqual([{ city: 'Os' }, { city: 'Oslo' }, { city: 'Oslo', days: 3 }])
    expect(partials.at(-1)).toEqual(await stream.output)
  })

  it('a long object is told in steps that grow with it, and whole at its end', async () => {
    const output = z.object({ lines: z.array(z.string()) })
    const text = JSON.stringify({ lines: Array.from({ length: 400 }, (_, i) => `line ${i}`) })
    const pieces = Array.from({ length: Math.ceil(text.length / 2) }, (_, i) =>
      text.slice(2 * i, 2 * i + 2),
    )
    const stream = new Agent({
      model: new ScriptedModel([call('final_result', ...pieces)]),
      output,
    }).stream('Go.')
    const partials = await collect(stream.partialOutputs())
    expect(partials.length).toBeGreaterThan(200)
    expect(partials.length).toBeLessThan(pieces.length / 4)
    expect(partials.at(-1)).toEqual(await stream.output)
  })

  it('an object grows with the text of a model that writes JSON itself', async () => {
    const model = new ScriptedModel([['{"city": "Os', 'lo",', ' "days": 3}']], {
      profile: { supportsJsonSchemaOutput: true },
    })
    const stream = new Agent({ model, output: nativeOutput(Trip) }).stream('Go.')
    const partials = await collect(stream.partialOutputs())
    expect(partials).toEqual([{ city: 'Os' }, { city: 'Oslo' }, { city: 'Oslo', days: 3 }])
    expect(partials.at(-1)).toEqual(await stream.output)
  })

  it('text grows as text', async () => {
    const stream = new Agent({ model: new ScriptedModel([['All ', 'fine.']]) }).stream('Go.')
    expect(await collect(stream.partialOutputs())).toEqual(['All ', 'All fine.'])
  })

  it('a union takes the shape of the tool that the model calls', async () => {
    const output = [
      toolOutput(Trip, { name: 'trip' }),
      toolOutput(z.object({ why: z.string() }), { name: 'refusal' }),
    ] as const
    const model = new ScriptedModel([call('refusal', '{"why": "No ', 'money"}')])
    const stream = new Agent({ model, output }).stream('Go.')
    const partials = await collect(stream.partialOutputs())
    expect(partials).toEqual([{ why: 'No ' }, { why: 'No money' }])
    expect(partials.at(-1)).toEqual(await stream.output)
  })

  it('text beside an output tool is no output once the tool is called', async () => {
    const model = new ScriptedModel([
      [
        { kind: 'text', content: 'Well, ' },
        ...call('final_result', '{"city": "Oslo", ', '"days": 3}'),
      ],
    ])
    const stream = new Agent({ model, output: Trip }).stream('Go.')
    expect(await collect(stream.partialOutputs())).toEqual([
      { city: 'Oslo' },
      { city: 'Oslo', days: 3 },
    ])
  })

  it('validators see `partialOutput`, change what is told, and hold back what they refuse', async () => {
    const seen: unknown[] = []
    const shout = ({ city, days }: z.infer<typeof Trip>, ctx: RunContext) => {
      seen.push([city, ctx.partialOutput, ctx.toolName])
      if (city === 'O') throw new ModelRetry('Too short.')
      return { city: city.toUpperCase(), days }
    }
    const model = new ScriptedModel([
      call('final_result', '{"city": "O', 's', 'lo"', ', "days": 3}'),
    ])
    const stream = new Agent({ model, output: Trip, outputValidators: [shout] }).stream('Go.')
    const partials = await collect(stream.partialOutputs())
    expect(partials).toEqual([{ city: 'OS' }, { city: 'OSLO' }, { city: 'OSLO', days: 3 }])
    expect(partials.at(-1)).toEqual(await stream.output)
    expect(seen).toContainEqual(['Os', true, 'final_result'])
    expect(seen.filter((each) => Array.isArray(each) && each[1] === false)).toEqual([
      ['Oslo', false, 'final_result'],
    ])
  })

  it('what a validator throws besides `ModelRetry` ends the view, not the run', async () => {
    const broken = new Error('broken')
    const validate = (output: string, ctx: RunContext): string => {
      if (ctx.partialOutput) throw broken
      return output
    }
    const model = new ScriptedModel([['All ', 'fine.']])
    const stream = new Agent({ model, outputValidators: [validate] }).stream('Go.')
    expect(await heard(stream.partialOutputs())).toEqual({ seen: [], error: broken })
    expect(await stream.output).toBe('All fine.')
  })

  it('begins anew with a response that follows a refused one', async () => {
    const northern = (trip: z.infer<typeof Trip>, ctx: RunContext) => {
      if (!ctx.partialOutput && trip.city === 'Rome') throw new ModelRetry('Go north.')
      return trip
    }
    const model = new ScriptedModel([
      call('final_result', '{"city": "Rome"', ', "days": 1}'),
      call('final_result', '{"city": "Rome', ' or Oslo"', ', "days": 1}'),
    ])
    const stream = new Agent({ model, output: Trip, outputValidators: [northern] }).stream('Go.')
    const partials = await collect(stream.partialOutputs())
    expect(partials).toEqual([
      { city: 'Rome' },
      { city: 'Rome', days: 1 },
      { city: 'Rome' },
      { city: 'Rome or Oslo' },
      { city: 'Rome or Oslo', days: 1 },
    ])
    expect(partials.at(-1)).toEqual(await stream.output)
  })

  it('tells the output at the end when it comes by no growing value', async () => {
    const summary = { name: 'summary', execute: ({ city }: z.infer<typeof Trip>) => `To ${city}` }
    const output = toolOutput(Trip, { name: 'trip' })
    const validate = (trip: z.infer<typeof Trip>, ctx: RunContext) => {
      if (ctx.partialOutput) throw new ModelRetry('Not yet.')
      return { ...trip, city: summary.execute(trip) }
    }
    const model = new ScriptedModel([call('trip', '{"city": "Oslo", ', '"days": 3}')])
    const stream = new Agent({ model, output, outputValidators: [validate] }).stream('Go.')
    expect(await collect(stream.partialOutputs())).toEqual([{ city: 'To Oslo', days: 3 }])
  })

  it('debounced, tells of each stretch of time the latest value', async () => {
    const { model, give, end } = live()
    const clock = new ManualClock()
    const stream = new Agent({ model }).stream('Go.', { clock })
    const seen: string[] = []
    const reading = (async () => {
      for await (const value of stream.partialOutputs({ debounceMs: 100 })) seen.push(value)
    })()
    give('a', 'b')
    await clock.advance(99)
    expect(seen).toEqual([])
    await clock.advance(1)
    expect(seen).toEqual(['ab'])
    give('c')
    end()
    await clock.advance(0)
    await reading
    expect(seen).toEqual(['ab', 'abc'])
    expect(clock.pendingTimers).toBe(0)
  })

  it('throws what the run fails with, behind what has come', async () => {
    const cut = new Error('cut')
    const model = new ScriptedModel([
      async function* () {
        yield* call('final_result', '{"city": "Os', 'lo"')
        throw cut
      },
    ])
    const stream = new Agent({ model, output: Trip }).stream('Go.')
    expect(await heard(stream.partialOutputs())).toEqual({
      seen: [{ city: 'Os' }, { city: 'Oslo' }],
      error: cut,
    })
  })

  it('late readers get the output, once', async () => {
    const model = new ScriptedModel([call('final_result', '{"city": "Oslo"', ', "days": 3}')])
    const stream = new Agent({ model, output: Trip }).stream('Go.')
    await collect(stream.partialOutputs())
    expect(await collect(stream.partialOutputs())).toEqual([{ city: 'Oslo', days: 3 }])
  })
})
