/**
 * What the tests have done in each runtime, through the doors of the package as a user's bundler finds them. Agents are made
 * at the top of the module, as applications do, where workers may neither wait nor draw random numbers.
 */
import {
  Agent,
  AgentRun,
  DeadlinePassedError,
  ImageUrl,
  type ModelInput,
  messagesFromJson,
  MissingPackageError,
  model,
  type ModelMessage,
  type RequestPart,
  type ResponsePart,
  RunCancelledError,
  tool,
  UserError,
} from 'agentchart'
import { refinementMachine } from 'agentchart/gallery'
import { safeInspector, toMermaid } from 'agentchart/inspect'
import { agentMachine } from 'agentchart/machines'
import { BinaryContent, messagesToJson } from 'agentchart/messages'
import { memoryBackend, memoryStore, Store } from 'agentchart/store'
import { FunctionModel, ScriptedModel, storeConformance, TestModel } from 'agentchart/testing'
import { assign, createActor, fromPromise, setup, toPromise } from 'xstate'
import { z } from 'zod'

z.config({ jitless: true }) // the page forbids code made of strings, and zod would try

const call = (toolName: string, args: object = {}) => ({
  partKind: 'tool-call' as const,
  toolName,
  toolCallId: 'call-1',
  args: { ...args },
})

const forecast = tool({
  name: 'forecast',
  inputSchema: z.object({ city: z.string().min(1), days: z.int().default(1) }),
  execute: ({ city, days }) => ({ city, days, celsius: 4 }),
})
const Coat = z.object({ city: z.string(), needed: z.boolean() })
const advisor = new Agent({
  name: 'advisor',
  model: new FunctionModel((messages, { outputTools }) => {
    if (messages.length === 1) return { parts: [call('forecast', { city: 'Oslo' })] }
    const [answer] = outputTools
    return { parts: [call(answer?.name ?? '', { city: 'Oslo', needed: true })] }
  }),
  tools: [forecast],
  output: Coat,
})

const speaker = new Agent({
  model: new FunctionModel(async function* () {
    for (const word of ['Once ', 'upon ', 'a ', 'time.']) {
      await Promise.resolve()
      yield word
    }
  }),
})

const refund = tool({ name: 'refund', needsApproval: true, execute: () => 'paid back' })
const clerk = new Agent({
  name: 'clerk',
  model: new FunctionModel((messages) =>
    messages.length === 1 ? { parts: [call('refund')] } : 'Your money is on its way.',
  ),
  tools: [refund],
  deferred: 'wait',
})

/** Begins to speak, and says nothing more until it is told to stop. */
const halting = new Agent({
  model: new FunctionModel(async function* (_messages, { signal }) {
    yield 'Well'
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
  }),
})

const store = memoryStore()

async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work
  } catch (error) {
    return error
  }
}

function partsOf(messages: readonly ModelMessage[]): readonly (RequestPart | ResponsePart)[] {
  return messages.flatMap<RequestPart | ResponsePart>(({ parts }) => parts)
}

async function structuredOutput() {
  const { output, usage } = await advisor.run('Do I need a coat in Oslo?')
  return { output, requests: usage.requests, toolCalls: usage.toolCalls }
}

async function refusedArguments() {
  const script = new ScriptedModel([{ parts: [call('forecast', { city: 5 })] }, 'Sorry.'])
  const result = await new Agent({ model: script, tools: [forecast] }).run('Oslo?')
  const parts = partsOf(result.allMessages())
  return parts.flatMap((part) => (part.partKind === 'retry-prompt' ? [part.content] : []))
}

async function textDeltas() {
  const deltas: string[] = []
  const stream = speaker.stream('Tell me a story.')
  for await (const delta of stream.textDeltas()) deltas.push(delta)
  return { deltas, output: await stream.output }
}

async function resumedFromJson() {
  const run = clerk.iter('I want my money back.')
  await run.proceed()
  const saved = JSON.stringify(run.snapshot())
  await run.dispose()
  const again = clerk.resume(JSON.parse(saved))
  const [awaited] = again.waitingFor
  await again.approve(awaited?.toolCallId ?? '', { by: 'Ada' })
  const { output } = await again.finish()
  return { problems: clerk.check(JSON.parse(saved)), output, isSame: again.runId === run.runId }
}

async function approvedAndDenied() {
  const said: unknown[] = []
  for (const isApproved of [true, false]) {
    const run = clerk.iter('I want my money back.')
    said.push(await run.proceed())
    if (isApproved) await run.approve('call-1')
    else await run.deny('call-1', 'Not without a receipt.')
    said.push(await run.proceed())
    const parts = partsOf(run.allMessages())
    said.push(...parts.flatMap((part) => (part.partKind === 'tool-return' ? [part.content] : [])))
  }
  return said
}

async function cancelled() {
  const controller = new AbortController()
  const stream = halting.stream('Speak.', { signal: controller.signal })
  for await (const delta of stream.textDeltas()) {
    if (delta === 'Well') controller.abort('enough')
    break
  }
  const error = await failure(stream.output)
  return {
    isCancelled: error instanceof RunCancelledError && error.reason === 'enough',
    canGoOn: AgentRun.of(error) === stream.run,
    kept: stream.run.allMessages().at(-1)?.parts[0],
  }
}

async function timedOut() {
  const error = await failure(halting.run('Speak.', { timeoutMs: 20 }))
  return error instanceof DeadlinePassedError ? error.scope : error
}

async function inParentMachine() {
  const machine = setup({ actors: { advisor: advisor.machine } }).createMachine({
    context: { city: '' },
    initial: 'Asking',
    output: ({ context }) => context['city'],
    states: {
      Asking: {
        invoke: {
          src: 'advisor',
          input: { prompt: 'Do I need a coat?' },
          onDone: {
            target: 'Told',
            actions: assign({ city: ({ event }) => event.output.output.city }),
          },
        },
      },
      Told: { type: 'final' },
    },
  })
  return toPromise(createActor(machine).start())
}

async function subAgents() {
  const prompt = { prompt: 'I need help.' }
  const manager = new Agent({
    model: new ScriptedModel([{ parts: [call('advisor', prompt)] }, 'Take a coat.']),
    tools: [advisor.asTool()],
  })
  const { output, usage } = await manager.run('Help!')
  return { output, requests: usage.requests }
}

async function gallery() {
  const writer = new Agent({
    model: new TestModel({ customOutputText: 'Rain outside, tea inside.' }),
  })
  const critic = fromPromise(async () => ({ output: { score: 10, feedback: 'Fine.' } }))
  const machine = refinementMachine.provide({ actors: { writer: writer.machine, critic } })
  const actor = createActor(machine, { input: { task: 'A slogan', targetScore: 8 } })
  return (await toPromise(actor.start())).best?.text
}

async function inspected() {
  const kinds = new Set<string>()
  const inspect = safeInspector((event) => void kinds.add(event.type))
  const run = advisor.iter('Do I need a coat?', { inspect })
  await run.finish()
  return {
    kinds: [...kinds].toSorted(),
    chart: toMermaid(agentMachine).includes('ModelRequest'),
    path: run.toMermaid().includes('ModelRequest (2×)'),
  }
}

async function messagesAsJson() {
  const picture = BinaryContent(new Uint8Array([251, 255, 0]), 'image/png')
  const result = await speaker.run(['What is this?', picture])
  const text = messagesToJson(result.allMessages())
  return messagesToJson(messagesFromJson(text)) === text
}

async function beginInStore() {
  const run = clerk.iter('I want my money back.', { store })
  await run.proceed()
  await run.dispose()
  return run.runId
}

async function goOnInStore(runId: string) {
  await store.deliver(runId, { type: 'tool-call-approved', toolCallId: 'call-1', by: 'Ada' })
  const run = await clerk.load(runId, { store })
  const { output } = await run.finish()
  await run.dispose()
  const { runs } = await store.list({ status: 'done' })
  return { output, isListed: runs.some((record) => record.runId === runId) }
}

/** The names of the tests of a store that do not pass. */
async function storeSuite() {
  const broken: string[] = []
  const tests = storeConformance(() => {
    const backend = memoryBackend()
    return { open: (options) => new Store(backend, options) }
  })
  for (const test of tests) {
    await test.run().catch((error) => broken.push(`${test.name}: ${String(error)}`))
  }
  return { broken, isWhole: tests.length > 50 }
}

async function fakeFetch() {
  const chunk = (delta: object, finish_reason: string | null = null) =>
    `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason }] })}\n\n`
  const body = [chunk({ content: 'Hel' }), chunk({ content: 'lo' }), chunk({}, 'stop')]
  const asked: string[] = []
  const fetch: typeof globalThis.fetch = async (address) => {
    asked.push(address instanceof Request ? address.url : String(address))
    return new Response(`${body.join('')}data: [DONE]\n\n`, {
      headers: { 'content-type': 'text/event-stream' },
    })
  }
  const baseUrl = 'https://models.example/v1'
  const said = await streamedBy(model('openai-chat:gpt-5.2', { apiKey: 'key', baseUrl, fetch }))
  return { said, asked }
}

async function streamedBy(used: ModelInput) {
  const said: string[] = []
  for await (const delta of new Agent({ model: used }).stream('Hi').textDeltas()) said.push(delta)
  return said
}

/** Asks the server at `origin` as each provider is asked, with the `fetch` that the runtime has. */
async function providers(origin: string) {
  const names = ['openai', 'openai-chat', 'anthropic', 'google']
  const asked = names.map(async (name) => {
    const used = model(`${name}:some-model`, { apiKey: 'key', baseUrl: `${origin}/${name}` })
    const error = (thrown: unknown) => String(thrown)
    return [name, await streamedBy(used).catch(error)] as const
  })
  return Object.fromEntries(await Promise.all(asked))
}

async function missingPackage() {
  const error = await failure(new Agent({ model: 'mistral:some-model' }).run('Hi'))
  return error instanceof MissingPackageError ? error.packageName : String(error)
}

async function download(origin: string) {
  const used = model('openai-chat:gpt-5.2', { apiKey: 'key', baseUrl: `${origin}/openai-chat` })
  const picture = ImageUrl('https://pictures.example/a.png', { forceDownload: true })
  const error = await failure(new Agent({ model: used }).run([picture]))
  return error instanceof UserError ? error.message : String(error)
}

const orders = {
  structuredOutput,
  refusedArguments,
  textDeltas,
  resumedFromJson,
  approvedAndDenied,
  cancelled,
  timedOut,
  inParentMachine,
  subAgents,
  gallery,
  inspected,
  messagesAsJson,
  beginInStore,
  goOnInStore,
  storeSuite,
  fakeFetch,
  providers,
  missingPackage,
  download,
}

export type Order = keyof typeof orders

export async function perform(order: Order, argument: string): Promise<unknown> {
  return orders[order](argument)
}
