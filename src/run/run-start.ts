import type { AnyActorRef, InspectionEvent, Observer } from 'xstate'
import type { AgentContext, AgentInput } from '../../machines/index.ts'
import type { ModelMessage } from '../messages/index.ts'
import type { Clock } from '../models/index.ts'
import type { RunTerms, SavedRun } from '../snapshot/index.ts'
import type { RunSetup } from '../steps/index.ts'
import type { ReaderOptions } from '../streaming/index.ts'
import type { EventRelay, RunBelow } from '../tools/index.ts'
import type { UsageMeter } from '../usage/index.ts'
import type { KeepStart } from './run-keeper.ts'

/** Whoever watches XState's inspection events: a function, or an observer such as `@statelyai/inspect` gives. */
export type Inspector = ((event: InspectionEvent) => void) | Observer<InspectionEvent>

/** How a run's events are followed. */
export interface EventsOptions {
  /**
   * Where to begin: `'step'` with the step under way, of which a late reader is told in whole parts what it missed;
   * `'run'` with the first step, in whole parts, too. Default `'step'`.
   */
  readonly from?: 'run' | 'step'
  /** Deltas that were not read yet become one, instead of slowing the provider. Default `false`. */
  readonly lossy?: boolean
}

/** How a reader joins. */
export interface FollowOptions extends EventsOptions, Pick<ReaderOptions, 'onLeave'> {
  /** Whether a failure is the end: nobody is there to try again. Default `false`. */
  readonly isStream?: boolean
}

/** What a run is made from. */
export interface RunStart {
  readonly input: AgentInput
  readonly setup: RunSetup
  /** Messages of earlier runs, repaired. */
  readonly history: readonly ModelMessage[]
  readonly meter: UsageMeter
  readonly clock: Clock
  /** Cancels the run. */
  readonly signal: AbortSignal | undefined
  /** Whether responses are streamed although nobody reads them yet. */
  readonly isStreamed: boolean
  /** To those who follow the run above. */
  readonly relay: EventRelay | undefined
  /** What a snapshot says of the run besides its state. `now`: the state, which may hold calls by earlier names. */
  readonly terms: (now?: AgentContext) => RunTerms
  /** How the run is kept with the call above it; `undefined` for a run of its own. */
  readonly below: RunBelow | undefined
  /** Where the run is saved; `undefined` for nowhere. */
  readonly keep: KeepStart | undefined
  /** Where the run was put away; `undefined` for a new one. */
  readonly resumed: Pick<SavedRun, 'state' | 'context'> | undefined
  readonly inspect: Inspector | undefined
  /** The actor that a run below another one is shown under; `undefined` where nobody looks. */
  readonly above: AnyActorRef | undefined
}
