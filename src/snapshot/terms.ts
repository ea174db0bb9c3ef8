import {
  type Codec,
  jsonOf,
  list,
  object,
  oneOf,
  record,
  text,
  writtenOnce,
} from '../codec/index.ts'
import { count, number, orNull } from './parts.ts'

/** What a run needs to be given again, and what it was told that can be written down. */
export interface RunTerms {
  /** The agent's name; `null` without one. */
  readonly agent: string | null
  readonly requires: Requirements
  readonly options: SavedOptions
}

/** What has to be there for a run to go on. */
export interface Requirements {
  /** Tools of the agent and of the toolsets given to the run, as far as they are known without asking them. */
  readonly tools: readonly string[]
  /** Stands for the output that was declared; another declaration has another one. */
  readonly output: string
  /** Options of the run that cannot be written down: they are given again. */
  readonly given: readonly string[]
}

/** Options of a run that can be written down. */
export interface SavedOptions {
  readonly model?: string
  readonly modelSettings?: Readonly<Record<string, unknown>>
  readonly instructions?: readonly string[]
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly retries?: number | { readonly tools?: number; readonly output?: number }
  readonly endStrategy?: 'early' | 'graceful' | 'exhaustive'
  readonly usageLimits?: Readonly<Record<string, number | string | null>>
  readonly maxConcurrency?: number
  readonly timeoutMs?: { readonly modelRequest?: number; readonly toolPhase?: number }
  readonly cancelGraceMs?: number
  readonly deferred?: 'end' | 'wait'
  readonly waitTimeoutMs?: number
  readonly onWaitExpired?: 'tell-model' | 'fail'
}

const budgets = object({}, { tools: count, output: count })

const retries: Codec<NonNullable<SavedOptions['retries']>> = {
  read: (value, place) =>
    typeof value === 'number' ? count.read(value, place) : budgets.read(value, place),
  json: (value, place) => jsonOf(typeof value === 'number' ? count : budgets, value, place),
}

const limit: Codec<number | string | null> = orNull({
  read: (value, place) =>
    typeof value === 'string' ? text.read(value, place) : number.read(value, place),
})

const usageLimits: Codec<NonNullable<SavedOptions['usageLimits']>> = object(
  {},
  {
    requestLimit: limit,
    toolCallsLimit: limit,
    inputTokensLimit: limit,
    outputTokensLimit: limit,
    totalTokensLimit: limit,
    perRequestInputTokensLimit: limit,
    costLimit: limit,
  },
)

export const savedOptions: Codec<SavedOptions> = object(
  {},
  {
    model: text,
    modelSettings: record,
    instructions: list(text),
    metadata: record,
    retries,
    endStrategy: oneOf('early', 'graceful', 'exhaustive'),
    usageLimits,
    maxConcurrency: number,
    timeoutMs: object({}, { modelRequest: number, toolPhase: number }),
    cancelGraceMs: number,
    deferred: oneOf('end', 'wait'),
    waitTimeoutMs: number,
    onWaitExpired: oneOf('tell-model', 'fail'),
  },
)

export const requirements: Codec<Requirements> = writtenOnce(
  object(
    {
      tools: list(text),
      output: text,
      given: list(text),
    },
    {},
  ),
)
