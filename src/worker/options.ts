import { ModelHTTPError, UserError } from '../errors/index.ts'
import { type Clock, systemClock } from '../models/index.ts'
import { type AgentRun, processName } from '../run/index.ts'
import type { Store } from '../store/index.ts'
import type { Agent } from '../agent/index.ts'
import type { WorkEvent } from './events.ts'

/** An agent whose runs a worker drives. */
export type WorkAgent<TDeps = unknown> = Pick<Agent<TDeps, unknown>, 'name' | 'load'>

/** How a worker works. */
export interface WorkerOptions {
  readonly store: Store
  /** Runs at the same time. Default 4. */
  readonly concurrency?: number
  /** How often it looks for runs when there were none, in milliseconds. Default 1,000. */
  readonly pollMs?: number
  /** How long others wait before they take over a run of a worker that is gone, in milliseconds. Default 30,000. */
  readonly leaseMs?: number
  /**
   * How often a run is taken up without getting on. One that fails each time stays `failed`; one whose worker dies each
   * time becomes `stuck`. Default 3.
   */
  readonly maxAttempts?: number
  /** Whether a failed run is tried again. Default: errors that say `isRetryable`, such as a 429 or a cut connection. */
  readonly isRetryable?: (error: unknown) => boolean
  /**
   * How long until then, in milliseconds. Default: a second, twice as long each time, or as long as the provider asks
   * for; at most 5 minutes.
   */
  readonly retryDelayMs?: (attempt: number, error: unknown) => number
  /** Whose leases they are, for others to read; unique to this worker. Default: the process, with a random name. */
  readonly owner?: string
  /** Default: the time of the machine. */
  readonly clock?: Clock
  /** Stops the worker when aborted, as `stop` does. */
  readonly signal?: AbortSignal
  /** Gets each run before it goes on, such as to follow its `events()`. */
  readonly onRun?: (run: AgentRun) => void
  /** Is told what becomes of runs. */
  readonly onEvent?: (event: WorkEvent) => void
}

/** What a worker is made from: one agent or several, each with a name of its own. */
export type WorkOptions<TDeps = unknown> = WorkerOptions &
  (
    | { readonly agent: WorkAgent<TDeps>; readonly agents?: undefined }
    | { readonly agents: readonly WorkAgent<TDeps>[]; readonly agent?: undefined }
  ) &
  (unknown extends TDeps ? { readonly deps?: TDeps } : { readonly deps: TDeps })

/** The options with their defaults. */
export type WorkPlan = Required<Omit<WorkerOptions, 'signal' | 'onRun' | 'onEvent'>> &
  Pick<WorkerOptions, 'signal' | 'onRun' | 'onEvent'> & {
    readonly agents: ReadonlyMap<string, WorkAgent>
    readonly deps: unknown
  }

/** @throws {UserError} for agents that cannot be told apart, and for numbers that make no sense */
export function planWork(options: WorkOptions): WorkPlan {
  const { agent, agents, deps, ...rest } = options
  const plan = {
    concurrency: 4,
    pollMs: 1_000,
    leaseMs: 30_000,
    maxAttempts: 3,
    isRetryable,
    retryDelayMs,
    owner: `${processName()}-worker-${globalThis.crypto.randomUUID().slice(0, 8)}`,
    clock: systemClock,
    ...rest,
    agents: agentsByName(agent === undefined ? agents : [agent]),
    deps,
  }
  for (const name of ['concurrency', 'pollMs', 'leaseMs', 'maxAttempts'] as const) {
    const value = plan[name]
    if (!Number.isInteger(value) || value < 1) {
      throw new UserError(`\`${name}\` is ${value}`, { hint: 'Give a whole number from 1' })
    }
  }
  return plan
}

function agentsByName(agents: readonly WorkAgent[]): ReadonlyMap<string, WorkAgent> {
  const byName = new Map<string, WorkAgent>()
  for (const agent of agents) {
    const { name } = agent
    if (name === undefined) {
      throw new UserError(
        'A worker knows the runs of an agent by its name, and this one has none',
        {
          hint: "Give it one: new Agent({ name: 'support', … })",
        },
      )
    }
    if (byName.has(name)) throw new UserError(`Two agents of this worker are called '${name}'`)
    byName.set(name, agent)
  }
  if (byName.size > 0) return byName
  throw new UserError('A worker needs an agent', { hint: 'Give it `agent` or `agents`' })
}

function isRetryable(error: unknown): boolean {
  const isObject = typeof error === 'object' && error !== null
  return isObject && 'isRetryable' in error && error.isRetryable === true
}

const longestDelayMs = 300_000

function retryDelayMs(attempt: number, error: unknown): number {
  const askedMs = error instanceof ModelHTTPError ? (error.retryAfter ?? 0) * 1_000 : 0
  return Math.min(Math.max(1_000 * 2 ** (attempt - 1), askedMs), longestDelayMs)
}
