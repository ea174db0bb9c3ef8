import { isRecord } from '../codec/index.ts'
import {
  type DeliveryAddress,
  type InboxEvent,
  type RunQuery,
  type RunStatus,
  runStatuses,
} from '../store/index.ts'
import { jsonValue, parseWords, wholeNumber } from './parse-words.ts'
import { UsageError } from './usage-error.ts'

/** What is to be done with stored runs. */
export type RunsCommand = {
  readonly name: 'runs'
  /** A file or a URL; absent: the module's, or the environment's. */
  readonly store: string | undefined
  /** The user's code: needed to drive runs, and where a store of their own is exported. */
  readonly module: string | undefined
  /** JSON instead of text. */
  readonly json: boolean
} & RunsTask

export type RunsTask =
  | { readonly verb: 'list'; readonly query: RunQuery }
  | { readonly verb: 'show' | 'history' | 'requeue'; readonly runId: string }
  | {
      readonly verb: 'export'
      readonly runId: string
      /** The file that is written, as a page to look at; absent: JSON is printed. */
      readonly html: string | undefined
    }
  | { readonly verb: 'deliver'; readonly runId: string; readonly event: InboxEvent }
  | { readonly verb: 'delete'; readonly runId: string; readonly isSure: boolean }
  | PruneTask
  | DriveTask

export interface PruneTask {
  readonly verb: 'prune'
  readonly statuses: readonly RunStatus[] | undefined
  readonly before: string | undefined
  readonly isSure: boolean
}

/** What needs the agent. */
export type DriveTask = { readonly module: string; readonly runId: string } & (
  | { readonly verb: 'resume' | 'replay' }
  | { readonly verb: 'fork'; readonly seq: number | undefined; readonly prompt: string | undefined }
)

const options = {
  store: { type: 'string' },
  module: { type: 'string' },
  json: { type: 'boolean' },
  status: { type: 'string', multiple: true },
  search: { type: 'string' },
  agent: { type: 'string' },
  limit: { type: 'string' },
  cursor: { type: 'string' },
  args: { type: 'string' },
  by: { type: 'string' },
  index: { type: 'string' },
  path: { type: 'string' },
  message: { type: 'string' },
  result: { type: 'string' },
  after: { type: 'string' },
  before: { type: 'string' },
  seq: { type: 'string' },
  prompt: { type: 'string' },
  html: { type: 'string' },
  yes: { type: 'boolean' },
} as const

type Option = keyof typeof options
type Values = ReturnType<typeof parseWords<typeof options>>['values']

interface Verb {
  /** What follows it, for the person who left it out. */
  readonly words: readonly string[]
  readonly takes: readonly Option[]
  /** @param words as many as `words` */
  readonly read: (values: Values, ...words: readonly string[]) => RunsTask
}

const address: readonly Option[] = ['by', 'index', 'path']
const call = ['run', 'call'] as const

const verbs: Readonly<Record<string, Verb>> = {
  list: {
    words: [],
    takes: ['status', 'search', 'agent', 'after', 'before', 'limit', 'cursor'],
    read: (values) => ({ verb: 'list', query: queryOf(values) }),
  },
  show: onRun('show'),
  history: onRun('history'),
  resume: drive('resume'),
  approve: {
    words: call,
    takes: [...address, 'args'],
    read: (values, runId = '', id = '') => ({
      verb: 'deliver',
      runId,
      event: { type: 'tool-call-approved', ...addressOf(values, id), ...overrideOf(values) },
    }),
  },
  deny: {
    words: call,
    takes: [...address, 'message'],
    read: (values, runId = '', id = '') => ({
      verb: 'deliver',
      runId,
      event: { type: 'tool-call-denied', ...addressOf(values, id), ...pick(values, 'message') },
    }),
  },
  answer: {
    words: call,
    takes: [...address, 'result'],
    read: (values, runId = '', id = '') => {
      if (values.result === undefined) throw new UsageError('`runs answer` needs --result <json>')
      const result = jsonValue('result', values.result)
      const event = { type: 'tool-call-answered', ...addressOf(values, id), result } as const
      return { verb: 'deliver', runId, event }
    },
  },
  cancel: {
    words: ['run'],
    takes: ['message'],
    read: ({ message }, runId = '') => ({
      verb: 'deliver',
      runId,
      event: { type: 'cancel', ...(message !== undefined && { reason: message }) },
    }),
  },
  requeue: onRun('requeue'),
  fork: {
    words: ['run'],
    takes: ['seq', 'prompt'],
    read: (values, runId = '') => {
      const seq = values.seq === undefined ? undefined : wholeNumber('seq', values.seq)
      return { verb: 'fork', runId, module: moduleOf('fork', values), seq, prompt: values.prompt }
    },
  },
  replay: drive('replay'),
  export: {
    words: ['run'],
    takes: ['html'],
    read: ({ html }, runId = '') => ({ verb: 'export', runId, html }),
  },
  delete: {
    words: ['run'],
    takes: ['yes'],
    read: ({ yes = false }, runId = '') => ({ verb: 'delete', runId, isSure: yes }),
  },
  prune: {
    words: [],
    takes: ['status', 'before', 'yes'],
    read: (values) => {
      const { before, yes = false } = values
      return { verb: 'prune', statuses: statusesOf(values), before, isSure: yes }
    },
  },
}

/** @throws {UsageError} for unknown verbs and options, and for too few or too many words */
export function readRuns(words: readonly string[]): RunsCommand {
  const { values, positionals } = parseWords(words, options)
  const [name, ...given] = positionals
  if (name === undefined) throw new UsageError(`\`runs\` needs a verb: ${names()}`)
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (verb === undefined) throw new UsageError(`Unknown verb '${name}'; there are: ${names()}`)
  checkWords(name, verb, given)
  refuseOthers(name, verb, values)
  const { store, module, json = false } = values
  return { name: 'runs', store, module, json, ...verb.read(values, ...given) }
}

function names(): string {
  return Object.keys(verbs).join(', ')
}

function checkWords(name: string, verb: Verb, given: readonly string[]): void {
  const usage = ['agentchart runs', name, ...verb.words.map((word) => `<${word}>`)].join(' ')
  const missing = verb.words[given.length]
  if (missing !== undefined) throw new UsageError(`\`runs ${name}\` needs a ${missing}: ${usage}`)
  if (given.length > verb.words.length) {
    const extra = given.slice(verb.words.length).join(' ')
    throw new UsageError(`\`runs ${name}\` has no use for '${extra}': ${usage}`)
  }
}

function refuseOthers(name: string, { takes }: Verb, values: Values): void {
  const known: readonly string[] = ['store', 'module', 'json', ...takes]
  const other = Object.keys(values).find((option) => !known.includes(option))
  if (other !== undefined) throw new UsageError(`\`runs ${name}\` takes no --${other}`)
}

function onRun(verb: 'show' | 'history' | 'requeue'): Verb {
  return { words: ['run'], takes: [], read: (_, runId = '') => ({ verb, runId }) }
}

function drive(verb: 'resume' | 'replay'): Verb {
  return {
    words: ['run'],
    takes: [],
    read: (values, runId = '') => ({ verb, runId, module: moduleOf(verb, values) }),
  }
}

function moduleOf(verb: string, { module }: Values): string {
  if (module !== undefined) return module
  throw new UsageError(`\`runs ${verb}\` needs the agent: --module <module>`)
}

function statusesOf({ status }: Values): readonly RunStatus[] | undefined {
  return status
    ?.flatMap((text) => text.split(','))
    .map((name) => {
      const known = runStatuses.find((each) => each === name)
      if (known !== undefined) return known
      throw new UsageError(`Unknown status '${name}'; there are: ${runStatuses.join(', ')}`)
    })
}

function queryOf(values: Values): RunQuery {
  const { agent, after, before, limit } = values
  const status = statusesOf(values)
  return {
    ...(status !== undefined && { status }),
    ...(agent !== undefined && { agentName: agent }),
    ...(after !== undefined && { updatedAfter: after }),
    ...(before !== undefined && { updatedBefore: before }),
    ...(limit !== undefined && { limit: wholeNumber('limit', limit) }),
    ...pick(values, 'search'),
    ...pick(values, 'cursor'),
  }
}

function addressOf(values: Values, toolCallId: string): DeliveryAddress {
  const { index, path } = values
  return {
    toolCallId,
    ...(index !== undefined && { index: indexOf(index) }),
    ...(path !== undefined && { path: path === '' ? [] : path.split(',') }),
    ...pick(values, 'by'),
  }
}

function indexOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`\`--index\` takes a whole number from 0, not '${text}'`)
}

function overrideOf({ args }: Values): {
  readonly overrideArgs?: Readonly<Record<string, unknown>>
} {
  if (args === undefined) return {}
  const overrideArgs = jsonValue('args', args)
  if (isRecord(overrideArgs)) return { overrideArgs }
  throw new UsageError(`\`--args\` takes a JSON object, not '${args}'`)
}

/** The option if it is there. */
function pick<TKey extends 'by' | 'message' | 'search' | 'cursor'>(
  values: Values,
  key: TKey,
): { readonly [K in TKey]?: string } {
  const found: { [K in TKey]?: string } = {}
  const value = values[key]
  if (value !== undefined) found[key] = value
  return found
}
