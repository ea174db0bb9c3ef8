import type { AwaitedCall } from '../snapshot/index.ts'

/** A run in the hands of a worker. */
export interface WorkedRun {
  readonly runId: string
  readonly agentName: string
}

/** What a worker tells of its work, in order for each run. */
export type WorkEvent =
  /** The run is about to go on. `attempt`: how often it was taken up since it last got on, this time included. */
  | ({ readonly kind: 'taken-up'; readonly attempt: number } & WorkedRun)
  | ({ readonly kind: 'ended' } & WorkedRun)
  /** Nothing is left to do but to wait for somebody outside: the run is let go of until then. */
  | ({ readonly kind: 'waiting'; readonly waitingFor: readonly AwaitedCall[] } & WorkedRun)
  /** `retryAt`: when it is tried again, in milliseconds since the epoch; `null`: not by a worker. */
  | ({
      readonly kind: 'failed'
      readonly error: unknown
      readonly retryAt: number | null
    } & WorkedRun)
  /** Somebody delivered a cancel. */
  | ({ readonly kind: 'cancelled' } & WorkedRun)
  /** The worker stops; others may go on with the run. */
  | ({ readonly kind: 'given-back' } & WorkedRun)
  /** Somebody else has taken the run over, or deleted it. */
  | ({ readonly kind: 'lost' } & WorkedRun)
  /** The run does not fit its agent, or cannot be read: it is `stuck` until somebody requeues it. */
  | ({ readonly kind: 'set-aside'; readonly error: unknown } & WorkedRun)
  /** The store failed, and is asked again. `runId`: what was to be done with which run; `null`: a look for runs. */
  | { readonly kind: 'store-failed'; readonly error: unknown; readonly runId: string | null }
