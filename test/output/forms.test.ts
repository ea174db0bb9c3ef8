import { toStandardJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { ModelRetry, UserError } from '../../src/errors/index.ts'
import {
  image,
  nativeOutput,
  type OutputSpec,
  outputFunction,
  promptedOutput,
  text,
  textOutput,
  toolOutput,
} from '../../src/output/index.ts'
import { jsonSchema } from '../../src/schema/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import type { ModelProfile } from '../../src/models/index.ts'
import type { ResponsePartInput } from '../../src/messages/index.ts'
import { call, outline, rejection, says, script } from '../agent/script.ts'

/** What an agent with this output tells the model, and what the answers make of it. */
async function ask(
  output: OutputSpec,
  answers: readonly (string | readonly ResponsePartInput[])[],
  profile: Partial<ModelProfile> = {},
) {
  const responses = answers.map((answer) =>
    typeof answer === 'string' ? answer : { parts: answer },
  )
  const model = new ScriptedModel(responses, { profile })
  const run = new Agent({ model, output }).iter('Go')
  const result = await run.finish()
  const parameters = model.calls[0]?.parameters
  return {
    output: result.output,
    messages: outline(run.allMessages()),
    tools: parameters?.outputTools.map(({ name }) => name),
    definitions: parameters?.outputTools,
    mode: parameters?.outputMode,
    allowsText: parameters?.allowTextOutput,
    object: parameters?.outputObject,
    instructions: parameters?.instructions,
  }
}

const final = (args: unknown) => call('final_result', args as Record<string, unknown>)

describe.each([
  { library: 'zod', city: z.object({ city: z.string(), size: z.number().default(1) }) },
  {
    library: 'valibot',
    city: toStandardJsonSchema(v.object({ city: v.string(), size: v.optional(v.number(), 1) })),
  },
  {
    library: 'JSON Schema',
    city: {
      type: 'object',
      properties: { city: { type: 'string' }, size: { type: 'number', default: 1 } },
      required: ['city'],
    },
  },
])('an object described with $library', ({ city }) => {
  it('comes by a tool, checked and completed', async () => {
    const asked = await ask(city, [[final({ city: 7 })], [final({ city: 'Oslo' })]])
    expect(asked).toMatchObject({
      output: { city: 'Oslo', size: 1 },
      tools: ['final_result'],
      mode: 'tool',
      allowsText: false,
    })
    expect(asked.messages[2]).toEqual([expect.stringContaining('final_result retry: [{')])
    expect(asked.definitions?.[0]).toMatchObject({
      description: 'The final response which ends this conversation',
      kind: 'output',
      parametersJsonSchema: { properties: { city: { type: 'string' } }, required: ['city'] },
    })
  })

  it.each(['native', 'prompted'] as const)('comes as %s JSON text', async (mode) => {
    const marked = mode === 'native' ? nativeOutput(city) : promptedOutput(city)
    const asked = await ask(marked, ['{"city":7}', '{"city":"Oslo"}'])
    expect(asked).toMatchObject({
      output: { city: 'Oslo', size: 1 },
      mode,
      allowsText: true,
      tools: [],
    })
    expect(asked.object?.jsonSchema).toMatchObject({ properties: { city: { type: 'string' } } })
    expect(asked.messages[2]).toEqual([expect.stringContaining('output retry: [{')])
  })

  it('as JSON text is welcome where a tool was asked for', async () => {
    expect((await ask(city, ['{"city":"Oslo"}'])).output).toEqual({ city: 'Oslo', size: 1 })
  })
})

describe('values that are no objects', () => {
  it.each<{ what: string; output: OutputSpec; given: unknown; made: unknown }>([
    { what: 'a number', output: z.number(), given: 7, made: 7 },
    { what: 'a number as the model spells it', output: z.number(), given: '7', made: 7 },
    { what: 'a list', output: z.array(z.string()), given: ['a'], made: ['a'] },
    { what: 'a boolean', output: { type: 'boolean' }, given: false, made: false },
    { what: 'a choice', output: z.enum(['a', 'b']), given: 'b', made: 'b' },
    {
      what: 'a union of objects in one schema',
      output: z.union([z.object({ a: z.number() }), z.object({ b: z.number() })]),
      given: { b: 1 },
      made: { b: 1 },
    },
    {
      what: 'a value of JSON Schema',
      output: jsonSchema<string[]>({ type: 'array', items: { type: 'string' } }),
      given: ['a'],
      made: ['a'],
    },
  ])('$what travels wrapped', async ({ output, given, made }) => {
    const asked = await ask(output, [[final({ response: given })]])
    expect(asked.output).toEqual(made)
    expect(asked.definitions?.[0]).toMatchObject({
      outerTypedDictKey: 'response',
      parametersJsonSchema: { type: 'object', required: ['response'] },
    })
  })

  it('missing ones are named with their place', async () => {
    const { messages } = await ask(z.number(), [[final({})], [final({ response: 1 })]])
    expect(messages[2]?.[0]).toContain('"loc":["response"]')
  })
})

describe('several alternatives', () => {
  const city = z.object({ city: z.string() }).meta({ title: 'City' })
  const country = z
    .object({ country: z.string() })
    .meta({ title: 'Country', description: 'A state.' })

  it('are one tool each, named and described after their types', async () => {
    const asked = await ask(
      [city, country],
      [[call('final_result_Country', { country: 'Norway' })]],
    )
    expect(asked.output).toEqual({ country: 'Norway' })
    expect(asked.definitions?.map(({ name, description }) => [name, description])).toEqual([
      ['final_result_City', 'City: The final response which ends this conversation'],
      ['final_result_Country', expect.stringContaining('A state.')],
    ])
  })

  it('of one name are told apart by numbers', async () => {
    const other = z.object({ other: z.string() }).meta({ title: 'City' })
    const odd = z.object({ a: z.string() }).meta({ title: 'List[City], été' })
    const { tools } = await ask(
      [city, other, other, odd],
      [[call('final_result_City_2', { other: 'x' })]],
    )
    expect(tools).toEqual([
      'final_result_City',
      'final_result_City_2',
      'final_result_City_3',
      'final_result_ListCityt',
    ])
  })

  it('with text between them allow both', async () => {
    const asText = await ask([text, city], ['Oslo, of course.'])
    expect(asText).toMatchObject({ output: 'Oslo, of course.', mode: 'tool', allowsText: true })
    expect((await ask([text, city], [[final({ city: 'Oslo' })]])).output).toEqual({ city: 'Oslo' })
  })

  it('without text say what would do instead', async () => {
    const { messages } = await ask(toolOutput(city), ['Oslo.', [final({ city: 'Oslo' })]])
    expect(messages[2]).toEqual(['output retry: Please include your response in a tool call.'])
  })

  it('as one JSON text are tagged by name', async () => {
    const answer = '{"result":{"kind":"Country","data":{"country":"Norway"}}}'
    const asked = await ask(nativeOutput([city, country]), [
      '{"result":{"kind":"Moon","data":{}}}',
      answer,
    ])
    expect(asked.output).toEqual({ country: 'Norway' })
    expect(asked.messages[2]?.[0]).toContain('"loc":["result","kind"]')
    expect(asked.object?.jsonSchema).toMatchObject({
      properties: { result: { anyOf: [{ title: 'City' }, { title: 'Country' }] } },
    })
  })

  it('empty responses are welcome where null is one of them', async () => {
    expect((await ask([city, null], [[]])).output).toBeNull()
    expect(
      (await ask([text, null], [[{ partKind: 'thinking', content: 'Hm.' }]])).output,
    ).toBeNull()
    const asked = await ask([city, null], [[call('final_result_NoneType', { response: null })]])
    expect(asked).toMatchObject({
      output: null,
      tools: ['final_result_City', 'final_result_NoneType'],
    })
  })
})

describe('a named tool output', () => {
  const city = z.object({ city: z.string() })

  it('tells the model its name, description and strictness', async () => {
    const marked = toolOutput(city, {
      name: 'answer',
      description: 'Say it.',
      strict: true,
      sequential: true,
    })
    const asked = await ask(marked, [[call('answer', { city: 'Oslo' })]])
    expect(asked.output).toEqual({ city: 'Oslo' })
    expect(asked.definitions).toMatchObject([
      { name: 'answer', description: 'Say it.', strict: true, sequential: true },
    ])
  })

  it('takes no text, JSON or not', async () => {
    const { messages } = await ask(toolOutput(city), ['{"city":"Oslo"}', [final({ city: 'Oslo' })]])
    expect(messages).toHaveLength(5)
  })
})

describe('an output function', () => {
  const lookUp = outputFunction({
    name: 'look_up',
    description: 'Finds a city.',
    inputSchema: z.object({ id: z.number() }),
    execute: async ({ id }, ctx) => {
      if (id < 0) throw new ModelRetry('No such id.')
      return `city ${id} in step ${ctx.runStep}`
    },
  })

  it('makes the output, or asks again', async () => {
    const asked = await ask(lookUp, [[final({ id: -1 })], [final({ id: 3 })]])
    expect(asked.output).toBe('city 3 in step 2')
    expect(asked.messages[2]).toEqual(['final_result retry: No such id.'])
    expect(asked.definitions?.[0]?.description).toBe('Finds a city.')
  })

  it('works with native and prompted text, also as one of several', async () => {
    expect((await ask(nativeOutput(lookUp), ['{"id":1}'])).output).toBe('city 1 in step 1')
    const both = promptedOutput([lookUp, z.object({ n: z.number() }).meta({ title: 'N' })])
    const answer = '{"result":{"kind":"look_up","data":{"id":1}}}'
    expect((await ask(both, [answer])).output).toBe('city 1 in step 1')
  })

  it('in a list is named after itself', async () => {
    const { tools } = await ask([lookUp, z.number()], [[call('final_result_look_up', { id: 1 })]])
    expect(tools).toEqual(['final_result_look_up', 'final_result_number'])
  })

  it('that throws ends the run with that very error', async () => {
    const trouble = new Error('disk full')
    const broken = outputFunction({
      name: 'broken',
      inputSchema: z.object({}),
      execute: () => Promise.reject(trouble),
    })
    expect(await rejection(ask(broken, [[final({})]]))).toBe(trouble)
  })
})

describe('a text function', () => {
  it('is refused for what is no function', () => {
    // What a caller without types may pass.
    expect(() => Reflect.apply(textOutput, undefined, [5])).toThrow(
      new UserError('TextOutput must take a function taking a single `str` argument'),
    )
  })

  const shout = textOutput((said: string) => {
    if (said === 'no') throw new ModelRetry('Say more.')
    return said.toUpperCase()
  })

  it('makes the output of plain text, or asks again', async () => {
    const asked = await ask(shout, ['no', 'yes'])
    expect(asked).toMatchObject({ output: 'YES', mode: 'text', allowsText: true })
    expect(asked.messages[2]).toEqual(['output retry: Say more.'])
  })

  it('goes with tools', async () => {
    const output = [shout, z.object({ n: z.number() })]
    expect((await ask(output, ['yes'])).output).toBe('YES')
    expect((await ask(output, [[final({ n: 1 })]])).output).toEqual({ n: 1 })
  })
})

describe('an image', () => {
  const content = { kind: 'binary' as const, data: 'AAAA', mediaType: 'image/png' }
  const picture: ResponsePartInput = { partKind: 'file', content }
  const paints = { supportsImageOutput: true }

  it('is the first one of the response', async () => {
    const sound: ResponsePartInput = {
      partKind: 'file',
      content: { ...content, mediaType: 'audio/wav' },
    }
    const second: ResponsePartInput = { partKind: 'file', content: { ...content, data: 'BBBB' } }
    const asked = await ask(image, [[sound, picture, second, says('See?')]], paints)
    expect(asked).toMatchObject({ output: content, mode: 'image', allowsText: false })
  })

  it('is asked for when it is missing', async () => {
    const { messages } = await ask(image, ['No.', [picture]], paints)
    expect(messages[2]).toEqual(['output retry: Please return an image.'])
  })

  it('goes with text', async () => {
    expect((await ask([text, image], ['Just text.'], paints)).output).toBe('Just text.')
    expect((await ask([text, image], [[picture]], paints)).output).toMatchObject(content)
  })
})

describe('the prompt of prompted output', () => {
  const city = z.object({ city: z.string() }).meta({ title: 'City', description: 'A place.' })
  const shown = /"city".*"title": "City".*"description": "A place\."/

  it('is that of the model’s profile', async () => {
    const { instructions } = await ask(promptedOutput(city), ['{"city":"Oslo"}'])
    expect(instructions).toMatch(/^Always respond with a JSON object/)
    expect(instructions).toMatch(shown)
  })

  it.each([
    { template: 'Schema: {schema}!', begins: /^Schema: \{.*\}!$/ },
    { template: 'Speak JSON.', begins: /^Speak JSON\.\n\n\{.*\}$/ },
  ])('may be one’s own: $template', async ({ template, begins }) => {
    const { instructions } = await ask(promptedOutput(city, { template }), ['{"city":"Oslo"}'])
    expect(instructions).toMatch(begins)
    expect(instructions).toMatch(shown)
  })

  it('may be none at all', async () => {
    const asked = await ask(promptedOutput(city, { template: false }), ['{"city":"Oslo"}'])
    expect(asked).toMatchObject({ instructions: null, mode: 'prompted' })
  })

  it('is sent with native output only where it is wanted', async () => {
    const answer = ['{"city":"Oslo"}']
    expect((await ask(nativeOutput(city), answer)).instructions).toBeNull()
    const needy = { nativeOutputRequiresSchemaInInstructions: true }
    expect((await ask(nativeOutput(city), answer, needy)).instructions).toMatch(shown)
    const own = nativeOutput(city, { template: 'Mind: {schema}' })
    expect((await ask(own, answer)).instructions).toMatch(/^Mind: /)
  })

  it('names the output as told', async () => {
    const marked = nativeOutput(city, { name: 'Place', description: 'Where.', strict: true })
    expect((await ask(marked, ['{"city":"Oslo"}'])).object).toMatchObject({
      name: 'Place',
      description: 'Where.',
      strict: true,
    })
  })
})

describe('a code fence around JSON', () => {
  it.each([
    '```json\n{"city":"Oslo"}\n```',
    '```\n{"city":"Oslo"}\n```',
    'Here you are:\n```json\n{"city":"Oslo"}\n```\nAnything else?',
    '```json\n{"city":"Oslo"}',
    '  \n```json\n{\n "city": "Oslo"\n}\n```\n',
  ])('is taken off: %j', async (answer) => {
    const asked = await ask(promptedOutput(z.object({ city: z.string() })), [answer])
    expect(asked.output).toEqual({ city: 'Oslo' })
  })

  it('inside a string stays', async () => {
    const city = 'a ```\nb\n``` c'
    const asked = await ask(promptedOutput(z.object({ city: z.string() })), [
      JSON.stringify({ city }),
    ])
    expect(asked.output).toEqual({ city })
  })
})

describe('an output that cannot be', () => {
  const city = z.object({ city: z.string() })

  it.each<{ output: OutputSpec; text: string }>([
    { output: null, text: 'At least one output type must be provided other than `None`.' },
    { output: [null], text: 'At least one output type must be provided other than `None`.' },
    {
      output: { outputKind: 'deferred' } as const,
      text: 'At least one output type must be provided other than `DeferredToolRequests`.',
    },
    { output: [nativeOutput(city), city], text: '`NativeOutput` must be the only output type.' },
    {
      output: [promptedOutput(city), text],
      text: '`PromptedOutput` must be the only output type.',
    },
    { output: [text, text], text: 'Only one `str` or `TextOutput` is allowed.' },
    {
      output: [text, textOutput((said) => said)],
      text: 'Only one `str` or `TextOutput` is allowed.',
    },
    { output: [], text: 'output' },
  ])('is refused when the agent is made: $text', ({ output, text: message }) => {
    expect(() => new Agent({ output })).toThrow(message)
    expect(() => new Agent({ model: script() }).iter('Go', { output })).toThrow(message)
  })

  it.each<{ output: OutputSpec; profile: Partial<ModelProfile>; text: string }>([
    {
      output: nativeOutput(city),
      profile: { supportsJsonSchemaOutput: false },
      text: 'Native structured output is not supported by this model.',
    },
    {
      output: city,
      profile: { supportsTools: false },
      text: 'Tool output is not supported by this model.',
    },
    { output: image, profile: {}, text: 'Image output is not supported by this model.' },
    { output: [image, text], profile: {}, text: 'Image output is not supported by this model.' },
  ])('is refused by the model: $text', async ({ output, profile, text: message }) => {
    const error = await rejection(ask(output, [], profile))
    expect(error).toMatchObject({ name: 'UserError', message })
  })

  it('by tools is asked for in another way where the profile says so', async () => {
    const profile = { supportsTools: false, defaultStructuredOutputMode: 'prompted' as const }
    const asked = await ask(city, ['{"city":"Oslo"}'], profile)
    expect(asked).toMatchObject({ output: { city: 'Oslo' }, mode: 'prompted', tools: [] })
  })
})

describe('the output of a run', () => {
  it('goes instead of the agent’s', async () => {
    const agent = new Agent({ model: script([final({ n: 1 })], 'text') })
    expect((await agent.run('Go', { output: z.object({ n: z.number() }) })).output).toEqual({
      n: 1,
    })
    expect((await agent.run('Go')).output).toBe('text')
  })

  it('cannot go past the agent’s validators', () => {
    const agent = new Agent({ model: script(), outputValidators: [(said) => said] })
    expect(() => agent.iter('Go', { output: z.number() })).toThrow(
      'Cannot set a custom run `output` when the agent has output validators',
    )
  })
})
