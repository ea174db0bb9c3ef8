import { type DevCommand, readDev } from './dev-arguments.ts'
import { parseWords } from './parse-words.ts'
import { readRuns, type RunsCommand } from './runs-arguments.ts'
import { UsageError } from './usage-error.ts'
import { readWork, type WorkCommand } from './work-arguments.ts'

/** What the command line asks for. */
export type Command =
  | { readonly name: 'help'; readonly topic?: 'runs' }
  | { readonly name: 'version' }
  | RunCommand
  | ChatCommand
  | DevCommand
  | GraphCommand
  | WorkCommand
  | RunsCommand

export interface RunCommand {
  readonly name: 'run'
  readonly module: string
  /** Absent: it is read from stdin. */
  readonly prompt: string | undefined
  /** One JSON object a line instead of text. */
  readonly json: boolean
  /** Instead of the agent's model, such as `openai:gpt-5.2`. */
  readonly model: string | undefined
}

export interface ChatCommand {
  readonly name: 'chat'
  readonly module: string
  /** Instead of the agent's model. */
  readonly model: string | undefined
  /** A file with messages to go on from. */
  readonly from: string | undefined
  /** Whether tools that need approval get it without asking. */
  readonly yes: boolean
}

export interface GraphCommand {
  readonly name: 'graph'
  /** Absent: the chart that all agents have. */
  readonly module: string | undefined
  /** The configuration instead of Mermaid; of a run, its path. */
  readonly json: boolean
  /** The id of a stored run whose path is drawn; absent: the whole chart. */
  readonly run: string | undefined
  /** A file or a URL; absent: the module's, or the environment's. */
  readonly store: string | undefined
}

const options = {
  version: { type: 'boolean', short: 'v' },
  json: { type: 'boolean' },
  model: { type: 'string' },
  continue: { type: 'string' },
  yes: { type: 'boolean' },
  run: { type: 'string' },
  store: { type: 'string' },
} as const

type Values = ReturnType<typeof parseWords<typeof options>>['values']

/** @throws {UsageError} for unknown commands and options, and for too few or too many words */
export function readCommand(words: readonly string[]): Command {
  const [first, ...others] = words
  if (asksForHelp(words)) return helpOn(first)
  if (first === 'dev') return readDev(others)
  if (first === 'work') return readWork(others)
  if (first === 'runs') return readRuns(others)
  const { values, positionals } = parseWords(words, options)
  const [command, ...rest] = positionals
  if (command === 'help') return helpOn(rest[0])
  if (values.version === true) return { name: 'version' }
  switch (command) {
    case 'run':
      return runCommand(rest, values)
    case 'chat':
      return chatCommand(rest, values)
    case 'graph':
      return graphCommand(rest, values)
    case 'dev':
    case 'work':
    case 'runs':
      throw new UsageError(`Options go behind \`${command}\`, not before it`)
    case undefined:
      throw new UsageError('No command was given')
    default:
      throw new UsageError(
        `Unknown command '${command}'; there are: run, chat, dev, graph, work, runs`,
      )
  }
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  const mayBeOptions = end < 0 ? words : words.slice(0, end)
  return mayBeOptions.some((word) => word === '--help' || word === '-h')
}

function helpOn(command: string | undefined): Command {
  return command === 'runs' ? { name: 'help', topic: 'runs' } : { name: 'help' }
}

function runCommand([module, prompt, ...more]: readonly string[], values: Values): RunCommand {
  if (module === undefined) throw new UsageError('`run` needs a module: agentchart run <module>')
  if (more.length > 0) {
    throw new UsageError(
      `\`run\` takes one prompt: put it in quotes, "${prompt} ${more.join(' ')}"`,
    )
  }
  refuse('run', values, ['continue', 'yes', 'run', 'store'])
  return { name: 'run', module, prompt, json: values.json === true, model: values.model }
}

function chatCommand([module, ...more]: readonly string[], values: Values): ChatCommand {
  if (module === undefined) throw new UsageError('`chat` needs a module: agentchart chat <module>')
  if (more.length > 0)
    throw new UsageError('`chat` takes one module; prompts are typed, or come on stdin')
  refuse('chat', values, ['json', 'run', 'store'])
  const { model, continue: from, yes = false } = values
  return { name: 'chat', module, model, from, yes }
}

function graphCommand([module, ...more]: readonly string[], values: Values): GraphCommand {
  if (more.length > 0) throw new UsageError('`graph` takes one module')
  refuse('graph', values, ['model', 'continue', 'yes'])
  const { json = false, run, store } = values
  if (store !== undefined && run === undefined) {
    throw new UsageError('`graph` takes --store with --run <id>: the run whose path is drawn')
  }
  return { name: 'graph', module, json, run, store }
}

function refuse(command: string, values: Values, names: readonly (keyof typeof options)[]): void {
  const given = names.find((name) => values[name] !== undefined)
  if (given !== undefined) throw new UsageError(`\`${command}\` takes no --${given}`)
}
