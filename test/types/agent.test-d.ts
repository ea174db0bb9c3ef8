import { toStandardJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import {
  Agent,
  type AgentRun,
  type AgentRunResult,
  type AgentStream,
  type BinaryContent,
  type DeepPartial,
  type DeferredToolRequests,
  deferredToolRequests,
  End,
  functionToolset,
  image,
  jsonSchema,
  nativeOutput,
  type OutputFunction,
  outputFunction,
  promptedOutput,
  type RunContext,
  type StructuredTextOutput,
  text,
  type TextOutput,
  textOutput,
  type Tool,
  tool,
  type ToolOutput,
  toolOutput,
  withDeps,
} from '../../src/index.ts'

const city = z.object({ city: z.string(), size: z.number().default(1) })
const country = z.object({ country: z.string() })
type City = { city: string; size: number }
type Country = { country: string }

/** The type of `result.output` of a run. */
async function outputOf<TOutput>(agent: Agent<unknown, TOutput>): Promise<TOutput> {
  return (await agent.run('')).output
}

test('the output is text unless something else is asked for', async () => {
  expectTypeOf(await outputOf(new Agent({}))).toEqualTypeOf<string>()
  expectTypeOf(await outputOf(new Agent({ output: text }))).toEqualTypeOf<string>()
})

test('the output of a schema is what the schema makes', async () => {
  expectTypeOf(await outputOf(new Agent({ output: city }))).toEqualTypeOf<City>()
  expectTypeOf(await outputOf(new Agent({ output: z.number() }))).toEqualTypeOf<number>()
  expectTypeOf(await outputOf(new Agent({ output: z.array(z.string()) }))).toEqualTypeOf<string[]>()
  const robot = toStandardJsonSchema(v.object({ a: v.optional(v.number()) }))
  expectTypeOf(await outputOf(new Agent({ output: robot }))).toEqualTypeOf<{
    a?: number | undefined
  }>()
  const told = jsonSchema<Country>({ type: 'object' })
  expectTypeOf(await outputOf(new Agent({ output: told }))).toEqualTypeOf<Country>()
})

test('the output of plain JSON Schema is unknown, not any', async () => {
  expectTypeOf(await outputOf(new Agent({ output: { type: 'object' } }))).toBeUnknown()
  expectTypeOf(await outputOf(new Agent({ output: { type: 'object' } }))).not.toBeAny()
})

test('the output of a list is the union of what stands in it', async () => {
  expectTypeOf(await outputOf(new Agent({ output: [city, country] }))).toEqualTypeOf<
    City | Country
  >()
  expectTypeOf(await outputOf(new Agent({ output: [text, city] }))).toEqualTypeOf<string | City>()
  expectTypeOf(await outputOf(new Agent({ output: [z.number(), null] }))).toEqualTypeOf<
    number | null
  >()
  expectTypeOf(await outputOf(new Agent({ output: [text, image] }))).toEqualTypeOf<
    string | BinaryContent
  >()
  expectTypeOf(await outputOf(new Agent({ output: [text, deferredToolRequests] }))).toEqualTypeOf<
    string | DeferredToolRequests
  >()
})

test('the output of a marker is that of what it marks', async () => {
  expectTypeOf(await outputOf(new Agent({ output: image }))).toEqualTypeOf<BinaryContent>()
  expectTypeOf(await outputOf(new Agent({ output: toolOutput(city) }))).toEqualTypeOf<City>()
  expectTypeOf(
    await outputOf(
      new Agent({ output: [toolOutput(city), toolOutput(country, { name: 'land' })] }),
    ),
  ).toEqualTypeOf<City | Country>()
  expectTypeOf(await outputOf(new Agent({ output: nativeOutput(city) }))).toEqualTypeOf<City>()
  expectTypeOf(await outputOf(new Agent({ output: nativeOutput([city, country]) }))).toEqualTypeOf<
    City | Country
  >()
  expectTypeOf(
    await outputOf(new Agent({ output: promptedOutput([city, country]) })),
  ).toEqualTypeOf<City | Country>()
})

test('the output of a function is what it returns, awaited', async () => {
  const made = outputFunction({
    name: 'made',
    inputSchema: city,
    execute: async (input, ctx) => {
      expectTypeOf(input).toEqualTypeOf<City>()
      expectTypeOf(ctx).toEqualTypeOf<RunContext>()
      return input.city.length
    },
  })
  expectTypeOf(await outputOf(new Agent({ output: made }))).toEqualTypeOf<number>()
  expectTypeOf(await outputOf(new Agent({ output: toolOutput(made) }))).toEqualTypeOf<number>()
  expectTypeOf(await outputOf(new Agent({ output: nativeOutput(made) }))).toEqualTypeOf<number>()
  expectTypeOf(await outputOf(new Agent({ output: [made, text] }))).toEqualTypeOf<number | string>()
  const said = textOutput(async (words) => {
    expectTypeOf(words).toEqualTypeOf<string>()
    return [words]
  })
  expectTypeOf(await outputOf(new Agent({ output: said }))).toEqualTypeOf<string[]>()
})

test('nodes, runs and results carry the type of the output', async () => {
  const agent = new Agent({ output: city })
  const run = agent.iter('')
  expectTypeOf(run).toEqualTypeOf<AgentRun<City>>()
  expectTypeOf(run.result).toEqualTypeOf<AgentRunResult<City> | null>()
  for await (const node of run) {
    if (node.kind === 'end') expectTypeOf(node.data.output).toEqualTypeOf<City>()
    if (node.kind === 'call-tools') expectTypeOf(node.response.kind).toEqualTypeOf<'response'>()
    if (End.is(node)) expectTypeOf(node.data.output).not.toBeAny()
  }
  let node = run.nextNode
  while (node.kind !== 'end') node = await run.next(node)
  expectTypeOf(node.data.output).toEqualTypeOf<City>()
  expectTypeOf((await run.finish()).output).toEqualTypeOf<City>()
})

test('the output of a run changes its type', async () => {
  const agent = new Agent({ output: city })
  expectTypeOf((await agent.run('', { output: z.number() })).output).toEqualTypeOf<number>()
  expectTypeOf((await agent.run('', { output: [text, country] })).output).toEqualTypeOf<
    string | Country
  >()
  expectTypeOf((await agent.run('', { runId: 'r' })).output).toEqualTypeOf<City>()
  expectTypeOf(agent.iter('', { output: image })).toEqualTypeOf<AgentRun<BinaryContent>>()
})

test('what is no output is refused', () => {
  expectTypeOf(new Agent({})).not.toBeAny()
  // @ts-expect-error a string is no output
  new Agent({ output: 'city' })
  // @ts-expect-error neither is one in a list
  new Agent({ output: [text, 7] })
  // @ts-expect-error an option that does not exist
  new Agent({ outputs: text })
})

test('validators are typed by the output', () => {
  new Agent({
    output: [city, deferredToolRequests],
    outputValidators: [
      (value, ctx) => {
        expectTypeOf(value).toExtend<City | DeferredToolRequests>()
        expectTypeOf(value).not.toBeAny()
        expectTypeOf(ctx).toEqualTypeOf<RunContext>()
        return value
      },
    ],
  })
  // @ts-expect-error a validator returns the output
  new Agent({ output: z.number(), outputValidators: [(value) => String(value)] })
})

test('tools are typed by their schemas', () => {
  tool({
    name: 'f',
    inputSchema: city,
    execute: (input, ctx) => {
      expectTypeOf(input).toEqualTypeOf<City>()
      expectTypeOf(ctx.deps).toBeUnknown()
      return input.size
    },
    needsApproval: ({ size }) => {
      expectTypeOf(size).toEqualTypeOf<number>()
      return size > 1
    },
  })
  tool({
    name: 'f',
    execute: (input) => expectTypeOf(input).toEqualTypeOf<Record<string, never>>(),
  })
  tool({
    name: 'f',
    inputSchema: { type: 'object', properties: {} },
    execute: (input) => expectTypeOf(input).toBeUnknown(),
  })
  // @ts-expect-error the schema has no such key
  tool({ name: 'f', inputSchema: city, execute: ({ town }) => town })
})

interface Db {
  readonly query: (sql: string) => string
}
interface Named {
  readonly name: string
}
const {
  Agent: DbAgent,
  tool: dbTool,
  outputFunction: dbOutputFunction,
  textOutput: dbTextOutput,
} = withDeps<Db>()
const { Agent: BothAgent } = withDeps<Db & Named>()
declare const db: Db
declare const both: Db & Named

const ask = dbTool({
  name: 'ask',
  inputSchema: city,
  execute: (input, ctx) => {
    expectTypeOf(input).toEqualTypeOf<City>()
    expectTypeOf(ctx.deps).toEqualTypeOf<Db>()
    return ctx.deps.query(input.city)
  },
})
const plain = tool({ name: 'plain', execute: () => 1 })

test('deps are required by runs of an agent that has some, and of their type', async () => {
  const agent = new DbAgent({ tools: [ask, plain], output: city })
  expectTypeOf((await agent.run('', { deps: db })).output).toEqualTypeOf<City>()
  expectTypeOf(agent.iter('', { deps: db }).ctx.deps).toEqualTypeOf<Db>()
  // @ts-expect-error no options
  agent.run('')
  // @ts-expect-error no deps
  agent.run('', { runId: 'r' })
  // @ts-expect-error not such deps
  agent.iter('', { deps: { name: 'x' } })
})

test('deps are not asked for where there are none', async () => {
  const agent = new Agent({ tools: [plain] })
  expectTypeOf((await agent.run('')).output).toEqualTypeOf<string>()
  expectTypeOf((await agent.run('', {})).output).toEqualTypeOf<string>()
})

test('deps are typed wherever a function gets a context', () => {
  const agent = new DbAgent({
    instructions: [(ctx) => ctx.deps.query('a'), 'fixed'],
    systemPrompt: { dynamicRef: 'a', render: (ctx) => ctx.deps.query('a') },
    modelSettings: (ctx) => ({ seed: ctx.deps.query('a').length }),
    metadata: (ctx) => ({ a: ctx.deps.query('a') }),
    outputValidators: [(value, ctx) => value + ctx.deps.query('a')],
    toolsets: [functionToolset<Db>([ask], { instructions: (ctx) => ctx.deps.query('a') })],
  })
  expectTypeOf(agent).toEqualTypeOf<Agent<Db>>()
  new DbAgent({
    // @ts-expect-error deps have no such key
    instructions: (ctx) => ctx.deps.name,
  })
})

test('a tool fits agents whose deps extend its own', () => {
  const agent = new BothAgent({ tools: [ask, plain] })
  expectTypeOf(agent.iter('', { deps: both }).ctx.deps).toEqualTypeOf<Db & Named>()
  // @ts-expect-error an agent without deps cannot serve it
  new Agent({ tools: [ask] })
  // @ts-expect-error nor one with others
  new (withDeps<Named>().Agent)({ tools: [ask] })
  // @ts-expect-error nor in a toolset
  new Agent({ toolsets: [functionToolset([ask])] })
})

const found = dbOutputFunction({
  name: 'found',
  inputSchema: city,
  execute: async (input, ctx) => {
    expectTypeOf(input).toEqualTypeOf<City>()
    expectTypeOf(ctx).toEqualTypeOf<RunContext<Db>>()
    return ctx.deps.query(input.city).length
  },
})
const named = outputFunction({
  name: 'named',
  inputSchema: city,
  execute: (_, ctx: RunContext<Named>) => ctx.deps.name,
})
const queried = dbTextOutput(async (words, ctx) => {
  expectTypeOf(words).toEqualTypeOf<string>()
  expectTypeOf(ctx).toEqualTypeOf<RunContext<Db>>()
  return [ctx.deps.query(words)]
})

test('output functions know the deps they were made for, or that their context is written to have', () => {
  expectTypeOf(found).toEqualTypeOf<OutputFunction<number, Db>>()
  expectTypeOf(named).toEqualTypeOf<OutputFunction<string, Named>>()
  expectTypeOf(queried).toExtend<TextOutput<unknown, Db>>()
  expectTypeOf(queried).not.toExtend<TextOutput<unknown>>()
  const said = textOutput((words, ctx: RunContext<Db>) => ctx.deps.query(words))
  expectTypeOf(said).toEqualTypeOf<TextOutput<string, Db>>()
  // @ts-expect-error deps have no such key
  dbTextOutput((words, ctx) => words + ctx.deps.name)
  // @ts-expect-error nothing is known of the deps
  textOutput((words, ctx) => ctx.deps.query(words))
})

test('what marks output functions needs the deps of all of them', () => {
  expectTypeOf(toolOutput(found)).toEqualTypeOf<ToolOutput<number, Db>>()
  expectTypeOf(toolOutput(city)).toEqualTypeOf<ToolOutput<City>>()
  expectTypeOf(nativeOutput([found, city])).toEqualTypeOf<StructuredTextOutput<number | City, Db>>()
  expectTypeOf(promptedOutput([found, named])).toEqualTypeOf<
    StructuredTextOutput<number | string, Db & Named>
  >()
  expectTypeOf(nativeOutput(city)).toEqualTypeOf<StructuredTextOutput<City>>()
})

test('an output function fits agents and runs whose deps extend its own', async () => {
  const options = { deps: both }
  const agent = new BothAgent({ output: [found, named, queried, toolOutput(found), text] })
  expectTypeOf((await agent.run('', options)).output).toEqualTypeOf<number | string | string[]>()
  const prompted = new BothAgent({ output: promptedOutput([found, named, city]) })
  expectTypeOf((await prompted.run('', options)).output).toEqualTypeOf<number | string | City>()
  const asked = new DbAgent({}).run('', { deps: db, output: [queried, found, plainly] })
  expectTypeOf((await asked).output).toEqualTypeOf<string[] | number | City>()
  const bound = new DbAgent({ output: nativeOutput(found) }).with({ deps: db })
  expectTypeOf((await bound.run('')).output).toEqualTypeOf<number>()
})

const plainly = outputFunction({ name: 'plainly', inputSchema: city, execute: (input) => input })

test('an output function written into an agent gets the agent’s deps', async () => {
  const agent = new DbAgent({
    output: [
      outputFunction({
        name: 'made',
        inputSchema: city,
        execute: (input, ctx) => ctx.deps.query(input.city).length,
      }),
      textOutput((words, ctx) => [ctx.deps.query(words)]),
    ],
  })
  expectTypeOf((await agent.run('', { deps: db })).output).toEqualTypeOf<number | string[]>()
})

test('an output function is refused where its deps are missing', () => {
  expectTypeOf(new DbAgent({ output: found })).toEqualTypeOf<Agent<Db, number>>()
  // @ts-expect-error an agent without deps cannot serve it
  new Agent({ output: found })
  // @ts-expect-error nor its text
  new Agent({ output: queried })
  // @ts-expect-error nor when the deps were written out
  new Agent({ output: named })
  // @ts-expect-error nor in a list
  new Agent({ output: [text, found] })
  // @ts-expect-error nor by a tool
  new Agent({ output: toolOutput(found) })
  // @ts-expect-error nor as JSON text
  new Agent({ output: nativeOutput(found) })
  // @ts-expect-error nor as one of several
  new Agent({ output: promptedOutput([city, found]) })
  // @ts-expect-error nor for one run
  new Agent({}).run('', { output: found })
  // @ts-expect-error nor when it is driven by hand
  new Agent({}).iter('', { output: [queried] })
  // @ts-expect-error other deps do not help
  new DbAgent({ output: named })
  // @ts-expect-error nor do some of them
  new DbAgent({ output: promptedOutput([found, named]) })
})

test('`with` that binds deps makes them optional', async () => {
  const bound = new DbAgent({ tools: [ask], output: city }).with({ deps: db })
  expectTypeOf((await bound.run('')).output).toEqualTypeOf<City>()
  // @ts-expect-error not such deps
  new DbAgent({}).with({ deps: { name: 'x' } })
})

test('`with` that binds something else leaves deps required and the output as it is', async () => {
  const bound = new DbAgent({ output: city }).with({ metadata: { a: 1 } })
  expectTypeOf((await bound.run('', { deps: db })).output).toEqualTypeOf<City>()
  // @ts-expect-error no deps
  bound.run('')
  // @ts-expect-error the output is that of the agent or of a run
  new Agent({}).with({ output: city })
})

test('a run of an agent with any deps can be the parent of another', () => {
  const delegate = dbTool({
    name: 'delegate',
    execute: async (_, ctx) => (await new Agent({}).run('', { parent: ctx })).output,
  })
  expectTypeOf(delegate).toEqualTypeOf<Tool<Db>>()
})

test('an agent, a run, a stream and a result of one output fit where any output will do', () => {
  expectTypeOf<Agent<unknown, City>>().toExtend<Agent<unknown, unknown>>()
  expectTypeOf<AgentRun<City>>().toExtend<AgentRun>()
  expectTypeOf<AgentStream<City>>().toExtend<AgentStream>()
  expectTypeOf<AgentStream<City, Db>>().toExtend<AgentStream>()
  expectTypeOf<AgentRunResult<City>>().toExtend<AgentRunResult>()
  expectTypeOf<AgentStream>().not.toExtend<AgentStream<City>>()
})

test('partial outputs have the type of the output, with everything optional', () => {
  const partials = new Agent({ output: city }).stream('').partialOutputs()
  expectTypeOf(partials).toEqualTypeOf<AsyncGenerator<DeepPartial<City>, void>>()
})

test('a machine has the type of its agent’s input and output', () => {
  const { machine } = new DbAgent({ output: city })
  type Output = NonNullable<ReturnType<typeof machine.getInitialSnapshot>['output']>
  expectTypeOf<Output['output']>().toEqualTypeOf<City>()
})
