import { parseWords } from './parse-words.ts'
import { UsageError } from './usage-error.ts'

export interface DevCommand {
  readonly name: 'dev'
  /** Absent: runs of a store are shown, and none can be driven. */
  readonly module: string | undefined
  /** A file or a URL; absent: the module's, or one in memory. */
  readonly store: string | undefined
  /** `0`: any that is free. */
  readonly port: number
  readonly host: string
  /** Whether a browser is opened. */
  readonly opens: boolean
}

const options = {
  store: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  'no-open': { type: 'boolean' },
} as const

/** @throws {UsageError} */
export function readDev(words: readonly string[]): DevCommand {
  const { values, positionals } = parseWords(words, options)
  const [module, ...more] = positionals
  if (more.length > 0) throw new UsageError('`dev` takes one module')
  const { store, port, host = '127.0.0.1' } = values
  if (module === undefined && store === undefined) {
    throw new UsageError('`dev` needs a module or a store: agentchart dev <module>')
  }
  const opens = values['no-open'] !== true
  return { name: 'dev', module, store, port: port === undefined ? 0 : portOf(port), host, opens }
}

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new UsageError(`\`--port\` takes a number up to 65535, not '${text}'`)
}
