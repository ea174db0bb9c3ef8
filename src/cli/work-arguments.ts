import { parseWords, wholeNumber } from './parse-words.ts'
import { UsageError } from './usage-error.ts'

export interface WorkCommand {
  readonly name: 'work'
  readonly module: string
  /** A file or a URL; absent: the module's, or the environment's. */
  readonly store: string | undefined
  /** What it says is left to the default of workers. */
  readonly options: {
    readonly concurrency?: number
    readonly pollMs?: number
    readonly leaseMs?: number
    readonly maxAttempts?: number
  }
  /** Ends when no run is ready. */
  readonly once: boolean
  /** One JSON object a line on stdout instead of text on stderr. */
  readonly json: boolean
}

const options = {
  store: { type: 'string' },
  concurrency: { type: 'string' },
  poll: { type: 'string' },
  lease: { type: 'string' },
  attempts: { type: 'string' },
  once: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

/** @throws {UsageError} */
export function readWork(words: readonly string[]): WorkCommand {
  const { values, positionals } = parseWords(words, options)
  const [module, ...more] = positionals
  if (module === undefined) throw new UsageError('`work` needs a module: agentchart work <module>')
  if (more.length > 0) throw new UsageError('`work` takes one module')
  const { store, once = false, json = false } = values
  const number = (option: 'concurrency' | 'poll' | 'lease' | 'attempts'): number | undefined => {
    const text = values[option]
    return text === undefined ? undefined : wholeNumber(option, text)
  }
  const given = {
    concurrency: number('concurrency'),
    pollMs: number('poll'),
    leaseMs: number('lease'),
    maxAttempts: number('attempts'),
  }
  return { name: 'work', module, store, options: withoutAbsent(given), once, json }
}

function withoutAbsent(given: Readonly<Record<keyof WorkCommand['options'], number | undefined>>) {
  const found: { -readonly [TKey in keyof WorkCommand['options']]: number } = {}
  for (const name of ['concurrency', 'pollMs', 'leaseMs', 'maxAttempts'] as const) {
    const value = given[name]
    if (value !== undefined) found[name] = value
  }
  return found
}
