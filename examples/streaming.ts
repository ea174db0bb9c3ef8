/** A run as a stream: what the model says as it comes, what the tools do meanwhile, and the output as it grows. */
import { Agent, tool } from '../src/index.ts'
import { FunctionModel } from '../src/testing/index.ts'
import { z } from 'zod'

/** Stands in for a model: thinks, asks for a tool, then writes its report piece by piece. */
const model = new FunctionModel(async function* (messages) {
  const hasLooked = messages.some(({ kind }) => kind === 'response')
  if (!hasLooked) {
    yield { kind: 'thinking', content: 'I should look ' }
    yield { kind: 'thinking', content: 'at the sky.' }
    yield { kind: 'tool-call', key: 0, toolName: 'look_up', args: '{"where":' }
    yield { kind: 'tool-call', key: 0, args: '"Oslo"}' }
    return
  }
  const report = JSON.stringify({ city: 'Oslo', sky: 'grey', advice: ['coat', 'umbrella'] })
  yield { kind: 'tool-call', key: 0, toolName: 'final_result', args: '' }
  for (let at = 0; at < report.length; at += 9) {
    yield { kind: 'tool-call', key: 0, args: report.slice(at, at + 9) }
  }
})

const lookUp = tool({
  name: 'look_up',
  inputSchema: z.object({ where: z.string() }),
  execute: async ({ where }, ctx) => {
    await ctx.emit('looking', { where }) // whoever follows the run is told at once
    return 'Grey, and getting darker.'
  },
})

const agent = new Agent({
  model,
  tools: [lookUp],
  output: z.object({ city: z.string(), sky: z.string(), advice: z.array(z.string()) }),
})

const stream = agent.stream('What is the weather like in Oslo?')

async function showEvents(): Promise<void> {
  for await (const event of stream) {
    if (event.eventKind === 'part_delta') continue
    const what = 'part' in event ? event.part.partKind : 'name' in event ? event.name : ''
    console.log(event.eventKind, what)
  }
}

async function showOutput(): Promise<void> {
  for await (const partial of stream.partialOutputs()) console.log(partial)
}

await Promise.all([showEvents(), showOutput()]) // two readers, one run
console.log((await stream.output).advice.join(' and '))
