import type { Death } from './child/points.ts'
import type { RunPlan } from './plan.ts'

/** What a child process is to do. */
export interface Job {
  readonly runId: string
  readonly plan: RunPlan
  /** A file, or the URL of a Postgres server. */
  readonly store: string
  /** Where what really happens is written. */
  readonly effects: string
  readonly owner: string
  readonly leaseMs: number
  /** When the process is to kill itself; `null`: not at all. */
  readonly death: Death | null
}

/** What a child process says. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ended'; readonly output: unknown; readonly points: readonly string[] }
  | { readonly kind: 'failed'; readonly told: string }

export const prompt = 'Do what you have to do.'

/** The store that a name stands for is in Postgres. */
export function isPostgres(store: string): boolean {
  return /^postgres(ql)?:/.test(store)
}
