import { AgentError } from './agent-error.ts'

/** What one model of a fallback failed with. */
export interface FailedModel {
  readonly modelName: string
  readonly error: unknown
}

/** Every model of a `FallbackModel` has failed. `cause` is the last of the errors. */
export class FallbackExhaustedError extends AgentError {
  override name = 'FallbackExhaustedError' as const
  /** One for each attempt, in order; a `ResponseRejectedError` where a response was not good enough. */
  readonly errors: readonly unknown[]
  /** Whether the same request may succeed when it is sent again: when that holds of one of the errors. */
  readonly isRetryable: boolean
  /** In seconds, the shortest wait after which a model asked to be tried again; `null` when one of them set none. */
  readonly retryAfter: number | null

  constructor(failures: readonly FailedModel[]) {
    const told = failures.map(({ modelName, error }) => `'${modelName}': ${messageOf(error)}`)
    super(`All models of the fallback failed. ${told.join('; ')}`, {
      cause: failures.at(-1)?.error,
    })
    this.errors = failures.map(({ error }) => error)
    const retryable = this.errors.map(factsOf).filter((facts) => facts.isRetryable === true)
    this.isRetryable = retryable.length > 0
    this.retryAfter = shortest(retryable.map((facts) => facts.retryAfter))
  }
}

interface RetryFacts {
  readonly isRetryable?: unknown
  readonly retryAfter?: unknown
}

/** Also errors of other copies of the package tell. */
function factsOf(error: unknown): RetryFacts {
  return typeof error === 'object' && error !== null ? error : {}
}

function shortest(waits: readonly unknown[]): number | null {
  const seconds = waits.filter((wait) => typeof wait === 'number')
  return seconds.length === 0 || seconds.length < waits.length ? null : Math.min(...seconds)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
