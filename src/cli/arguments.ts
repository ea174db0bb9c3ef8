import { parseArgs } from 'node:util'

/** What the command line asks for. */
export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | RunCommand
  | ChatCommand
  | GraphCommand

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
  /** The configuration instead of Mermaid. */
  readonly json: boolean
}

/** The command line makes no sense; the message says how. */
export class UsageError extends Error {
  override name = 'UsageError' as const
}

export const help = `Usage: agentchart <command> [options]

Commands:
  run <module> [prompt]   Run an agent and print each node as it happens.
                          Without a prompt it is read from stdin.
      --model <name>      Use this model, such as openai:gpt-5.2
      --json              Print one JSON object a line: the nodes, then the result
  chat <module>           Talk to an agent, with /help for what else there is.
                          In a pipe each line of stdin is a prompt, and only
                          answers go to stdout.
      --model <name>      Use this model
      --continue <file>   Go on from messages that /save has written
      --yes               Approve all tool calls that ask for it
  graph [module]          Print the chart of an agent as Mermaid.
      --json              Print its configuration instead

  -h, --help              Print this
  -v, --version           Print the version

A module (TypeScript or JavaScript) exports an agent as default or as \`agent\`, and
optionally \`deps\`: a value, or a function that makes it.

Exit codes: 0 done, 1 failed, 2 not understood, 130 interrupted.
`

const options = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  json: { type: 'boolean' },
  model: { type: 'string' },
  continue: { type: 'string' },
  yes: { type: 'boolean' },
} as const

type Values = ReturnType<typeof parse>['values']

/** @throws {UsageError} for unknown commands and options, and for too few or too many words */
export function readCommand(words: readonly string[]): Command {
  const { values, positionals } = parse(words)
  const [command, ...rest] = positionals
  if (values.help === true || command === 'help') return { name: 'help' }
  if (values.version === true) return { name: 'version' }
  switch (command) {
    case 'run':
      return runCommand(rest, values)
    case 'chat':
      return chatCommand(rest, values)
    case 'graph':
      return graphCommand(rest, values)
    case undefined:
      throw new UsageError('No command was given')
    default:
      throw new UsageError(`Unknown command '${command}'; there are: run, chat, graph`)
  }
}

function runCommand([module, prompt, ...more]: readonly string[], values: Values): RunCommand {
  if (module === undefined) throw new UsageError('`run` needs a module: agentchart run <module>')
  if (more.length > 0) {
    throw new UsageError(
      `\`run\` takes one prompt: put it in quotes, "${prompt} ${more.join(' ')}"`,
    )
  }
  refuse('run', values, ['continue', 'yes'])
  return { name: 'run', module, prompt, json: values.json === true, model: values.model }
}

function chatCommand([module, ...more]: readonly string[], values: Values): ChatCommand {
  if (module === undefined) throw new UsageError('`chat` needs a module: agentchart chat <module>')
  if (more.length > 0)
    throw new UsageError('`chat` takes one module; prompts are typed, or come on stdin')
  refuse('chat', values, ['json'])
  const { model, continue: from, yes = false } = values
  return { name: 'chat', module, model, from, yes }
}

function graphCommand([module, ...more]: readonly string[], values: Values): GraphCommand {
  if (more.length > 0) throw new UsageError('`graph` takes one module')
  refuse('graph', values, ['model', 'continue', 'yes'])
  return { name: 'graph', module, json: values.json === true }
}

function refuse(command: string, values: Values, names: readonly (keyof typeof options)[]): void {
  const given = names.find((name) => values[name] !== undefined)
  if (given !== undefined) throw new UsageError(`\`${command}\` takes no --${given}`)
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
