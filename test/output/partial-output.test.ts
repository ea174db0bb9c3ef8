import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ModelRetry } from '../../src/errors/index.ts'
import { BinaryContent, completeResponse, TextPart } from '../../src/messages/index.ts'
import {
  image,
  nativeOutput,
  outputFunction,
  promptedOutput,
  text,
  textOutput,
  toolOutput,
} from '../../src/output/index.ts'
import { jsonSchema } from '../../src/schema/index.ts'
import type { RunContext } from '../../src/tools/index.ts'
import { call, fromCall, fromText, givenBy, partialOutput } from './growing.ts'

const city = z.object({ city: z.string(), size: z.number() })
const person = z.object({ name: z.string(), tags: z.array(z.string()).default([]) })

describe('partial output', () => {
  it('of a tool call grows key by key, and strings character by character', async () => {
    const given = await fromCall(city, '{', '"ci', 'ty": "Ly', 'on"', ', "size": 5', '2', '2}')
    expect(given).toEqual([{}, { city: 'Ly' }, { city: 'Lyon' }, { city: 'Lyon', size: 522 }])
  })

  it('is given once', async () => {
    expect(await fromCall(city, '{"city": "Lyon"', ' ', ', "size"', ': 5')).toEqual([
      { city: 'Lyon' },
    ])
  })

  it.each([
    { what: 'native', spec: nativeOutput(city) },
    { what: 'prompted', spec: promptedOutput(city) },
    { what: 'automatic', spec: city },
  ])('of $what text is read as of a call', async ({ spec }) => {
    expect(await fromText(spec, ' {"city": "Ly', 'on"')).toEqual([{ city: 'Ly' }, { city: 'Lyon' }])
  })

  it('is found behind other text and inside a code fence, wherever they are cut', async () => {
    const said = 'Here {it} is, `so`:\n```json\n{"city": "Lyon", "size": 5}\n```\nOk? ```'
    for (let place = 0; place < said.length; place++) {
      const given = await fromText(nativeOutput(city), said.slice(0, place), said.slice(place))
      expect(given.at(-1)).toEqual({ city: 'Lyon', size: 5 })
    }
  })

  it('is not in text that does not begin like JSON and has no code fence', async () => {
    expect(await fromText(nativeOutput(city), 'It is ', '{"city": "Lyon"')).toEqual([])
  })

  it('of plain text is the text', async () => {
    expect(await fromText(undefined, '', 'Hel', 'lo')).toEqual(['Hel', 'Hello'])
  })

  it('starts where the last native tool call ends', async () => {
    const { parts } = completeResponse(
      { parts: [TextPart('Let me see.'), { partKind: 'builtin-tool-call', toolName: 'search' }] },
      '2026-01-01T00:00:00Z',
    )
    const states = [parts.slice(0, 1), parts, [...parts, TextPart('Found.')]]
    expect(await givenBy(partialOutput(undefined), states)).toEqual(['Let me see.', 'Found.'])
  })

  it('is not the text beside tool calls', async () => {
    const states = [[TextPart('I look it up.'), call('{}', 'look_up')]]
    expect(await givenBy(partialOutput([text, city]), states)).toEqual([])
  })

  it('of an image is the image, which comes whole', async () => {
    const content = BinaryContent('AAAA', 'image/png')
    const { parts } = completeResponse({ parts: [{ partKind: 'file', content }] }, '')
    expect(await givenBy(partialOutput(image), [parts, parts])).toEqual([content])
  })

  it('unwraps a value that is no object', async () => {
    expect(await fromCall(z.array(z.number()), '{"resp', 'onse": ', '[1, 2', ', 3]', '}')).toEqual([
      [1],
      [1, 2, 3],
    ])
    expect(await fromCall(z.string(), '{"response": "Hel', 'lo"}')).toEqual(['Hel', 'Hello'])
    expect(await fromCall(z.number(), '{"response": 1', '2', '}')).toEqual([12])
  })

  it('of a union waits for the kind, and is that of the alternative', async () => {
    const country = z.object({ name: z.string() })
    const spec = nativeOutput([
      jsonSchema(z.toJSONSchema(city), { name: 'city' }),
      jsonSchema(z.toJSONSchema(country), { name: 'city_state' }),
      outputFunction({
        name: 'made',
        inputSchema: z.object({}),
        execute: (_: object, _ctx: RunContext) => 1,
      }),
    ])
    const open = '{"result": {"kind": "city'
    expect(await fromText(spec, open, '_state', '", "data": {', '"name": "Mon')).toEqual([
      {},
      { name: 'Mon' },
    ])
    expect(await fromText(spec, open, '", "data": {"city": "Rome"', '}', '}}')).toEqual([
      { city: 'Rome' },
    ])
    expect(
      await fromText(spec, '{"result": {"data": {"name": "Mon"}, "kind": "city_', 'state"'),
    ).toEqual([{ name: 'Mon' }])
    expect(await fromText(spec, '{"result": {"kind": "made", "data": {}')).toEqual([])
  })

  it('comes of the first output call that fits', async () => {
    const spec = [toolOutput(city, { name: 'a' }), toolOutput(person, { name: 'b' })]
    const wrong = call('{"city": 1, ', 'a')
    const states = [[wrong], [wrong, call('{"name": "Ada"', 'b')]]
    expect(await givenBy(partialOutput(spec), states)).toEqual([{ name: 'Ada', tags: [] }])
  })

  it('grows with arguments that come as an object', async () => {
    const states = [[call(null)], [call({ city: 'Lyon' })], [call({ city: 'Lyon', size: 5 })]]
    expect(await givenBy(partialOutput(city), states)).toEqual([
      { city: 'Lyon' },
      { city: 'Lyon', size: 5 },
    ])
  })

  it('starts over when a part is replaced', async () => {
    const states = [[call('{"city": "Ly')], [call('{"city": "Par')], [call('{"city": "Paris')]]
    expect(await givenBy(partialOutput(city), states)).toEqual([
      { city: 'Ly' },
      { city: 'Par' },
      { city: 'Paris' },
    ])
  })

  it.each([
    { what: 'textOutput', spec: textOutput((said) => said.length) },
    {
      what: 'outputFunction',
      spec: nativeOutput(
        outputFunction({ name: 'f', inputSchema: city, execute: () => expect.fail('is called') }),
      ),
    },
  ])('does not come of $what, and the function is not called', async ({ spec }) => {
    expect(await fromText(spec, '{"city": "x"', ', "size": 1}')).toEqual([])
  })
})

describe('validators of a partial output', () => {
  it('run in order and are told that it is partial', async () => {
    const seen: unknown[] = []
    const partial = partialOutput(undefined, [
      (said, ctx) => {
        seen.push([said, ctx.partialOutput, ctx.toolName])
        return `${String(said)}…`
      },
      async (said) => ({ said }),
    ])
    expect(await givenBy(partial, [[TextPart('a')], [TextPart('ab')]])).toEqual([
      { said: 'a…' },
      { said: 'ab…' },
    ])
    expect(seen).toEqual([
      ['a', true, null],
      ['ab', true, null],
    ])
  })

  it('know the call that gives the output', async () => {
    const seen: unknown[] = []
    const partial = partialOutput(city, [
      (value, ctx) => {
        seen.push(ctx.toolName)
        return value
      },
    ])
    await givenBy(partial, [[call('{')]])
    expect(seen).toEqual(['final_result'])
  })

  it('hold a value back with ModelRetry, and see each value once', async () => {
    let count = 0
    const partial = partialOutput(undefined, [
      (said) => {
        count += 1
        if (String(said).length < 3) throw new ModelRetry('Longer, please.')
        return said
      },
    ])
    const states = ['a', 'ab', 'ab', 'abc', 'abc'].map((said) => [TextPart(said)])
    expect(await givenBy(partial, states)).toEqual(['abc'])
    expect(count).toBe(3)
  })

  it('that make the same of two values give it once', async () => {
    const partial = partialOutput(undefined, [(said) => String(said).split(' ').slice(0, -1)])
    const states = ['a b', 'a bc', 'a bc d'].map((said) => [TextPart(said)])
    expect(await givenBy(partial, states)).toEqual([['a'], ['a', 'bc']])
  })

  it('end the update with any other error', async () => {
    const partial = partialOutput(undefined, [
      () => {
        throw new RangeError('broken')
      },
    ])
    await expect(partial.update([TextPart('a')])).rejects.toThrow(RangeError)
  })
})

describe('partial outputs', () => {
  const items = fc.array(
    fc.record({ id: fc.integer(), label: fc.string({ unit: 'binary' }), done: fc.boolean() }),
    { maxLength: 4 },
  )
  const value = fc.record({ title: fc.string(), items })
  const schema = z.object({
    title: z.string(),
    items: z.array(z.object({ id: z.number(), label: z.string(), done: z.boolean() })),
  })

  it('only ever grow, and end as the output', async () => {
    await fc.assert(
      fc.asyncProperty(value, fc.integer({ min: 1, max: 12 }), async (output, size) => {
        const json = JSON.stringify(output)
        const ends = Array.from({ length: Math.ceil(json.length / size) }, (_, i) => size * (i + 1))
        const states = ends.map((end) => [call(json.slice(0, end))])
        const given = await givenBy(partialOutput(schema), states)
        const texts = given.map((partial) => flat(partial))
        for (const [i, next] of texts.slice(1).entries())
          expect(grows(texts[i] ?? [], next)).toBe(true)
        expect(given.at(-1)).toEqual(output)
      }),
    )
  })
})

/** The scalars of a value, each with its place. */
function flat(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([key, child]) => flat(child, `${path}/${key}`))
}

function grows(before: [string, unknown][], after: [string, unknown][]): boolean {
  const now = new Map(after)
  return before.every(([path, value]) =>
    typeof value === 'string' ? String(now.get(path)).startsWith(value) : now.get(path) === value,
  )
}
