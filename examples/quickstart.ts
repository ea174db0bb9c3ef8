/**
 * An agent with two tools, driven node by node. Works offline and without keys: `npm start`.
 *
 * The model is a scripted stand-in. For a real one:
 *
 *   AGENTCHART_MODEL=openai:gpt-5.2 OPENAI_API_KEY=… npm start
 */
import { readdir, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { Agent, ModelRetry, tool } from '../src/index.ts'
import { printNode, printUsage, say } from './print.ts'
import { standIn } from './stand-in.ts'

const project = resolve(import.meta.dirname, '..')

const countLines = tool({
  name: 'count_lines',
  description: 'Counts the TypeScript files of a folder of this project, and their lines.',
  inputSchema: z.object({ folder: z.enum(['src', 'machines', 'test', 'examples']) }),
  execute: async ({ folder }) => {
    const names = await readdir(resolve(project, folder), { recursive: true })
    const files = names.filter((name) => name.endsWith('.ts'))
    const texts = await Promise.all(
      files.map((file) => readFile(resolve(project, folder, file), 'utf8')),
    )
    return { folder, files: files.length, lines: texts.join('').split('\n').length - 1 }
  },
})

const calculate = tool({
  name: 'calculate',
  description: 'Adds, subtracts, multiplies or divides two numbers.',
  inputSchema: z.object({
    left: z.number(),
    operator: z.enum(['+', '-', '*', '/']),
    right: z.number(),
  }),
  execute: ({ left, operator, right }) => {
    if (operator === '/' && right === 0) throw new ModelRetry('Nothing can be divided by 0.')
    return { '+': left + right, '-': left - right, '*': left * right, '/': left / right }[operator]
  },
})

const chosen = process.env['AGENTCHART_MODEL']

export const agent = new Agent({
  name: 'line-counter',
  model: chosen || standIn,
  instructions: 'Answer in one sentence. Use the tools, do not guess.',
  tools: [countLines, calculate],
})

async function main(): Promise<void> {
  const run = agent.iter('How many lines of tests does this project have for each line of source?')
  say(
    !chosen
      ? 'The model is a scripted stand-in: it works offline and uses what the tools return.\n' +
          'For a real one: AGENTCHART_MODEL=openai:gpt-5.2 OPENAI_API_KEY=… npm start'
      : `The model is ${chosen}.`,
  )
  for await (const node of run) printNode(node)
  printUsage(run.usage)
}

if (process.argv[1] === import.meta.filename) await main()
