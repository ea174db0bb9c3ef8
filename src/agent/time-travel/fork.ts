import type { LedgerEntry } from '../../../machines/index.ts'
import { UserError } from '../../errors/index.ts'
import { systemClock } from '../../models/index.ts'
import { outputPlan, type OutputSpec } from '../../output/index.ts'
import type { KeepOptions, RunStart } from '../../run/index.ts'
import {
  readSnapshot,
  type RunSnapshot,
  type SavedRun,
  writeSnapshot,
} from '../../snapshot/index.ts'
import type { Store, StoredRun } from '../../store/index.ts'
import { edited, type ForkEdits } from './fork-edits.ts'
import { runIdFor } from '../identity.ts'
import type { ResumeOptions } from '../options.ts'
import { resumeRun, type Resumption } from '../resume.ts'

/** Where and how a fork of a stored run begins, and what it is given again. */
export interface ForkOptions<
  TDeps,
  TSpec extends OutputSpec<TDeps> | undefined = OutputSpec<TDeps> | undefined,
> extends Omit<ResumeOptions<TDeps, TSpec>, 'store'> {
  /** Where the original is. */
  readonly store: Store | KeepOptions
  /** The step to begin at, by its number in `store.history(runId)`. Default: the run as of its latest save. */
  readonly seq?: number
  /** The fork's own id. Default: a new UUIDv7. */
  readonly runId?: string
  /** What is to be otherwise than in the original. */
  readonly edits?: ForkEdits
  /** Where the fork is saved; `null`: nowhere. Default: `store`. */
  readonly into?: Store | KeepOptions | null
}

/** Reads a snapshot for one agent. */
export type TakeUp = (snapshot: unknown, options: ResumeOptions<unknown>) => Resumption

/**
 * A new run from a step of a stored one. It only reads: it needs no lease, and the original stays as it is.
 *
 * @throws {UserError} for edits that do not fit the step
 */
export async function forkRun(
  runId: string,
  { store, seq, runId: given, edits = {}, into = store, ...rest }: ForkOptions<unknown>,
  takeUp: TakeUp,
): Promise<RunStart> {
  if (given === runId) throw new UserError('A fork has an id of its own', { hint: OWN_ID })
  const { record, ...stored } = await stepFor(runId, storeOf(store), seq, edits)
  const resumption = takeUp(snapshotIn(stored), into === null ? rest : { ...rest, store: into })
  const options = into === null ? withoutStore(resumption.options) : resumption.options
  const nowMs = (options.clock ?? systemClock).now()
  const { saved } = resumption
  const source = asNew(saved, runIdFor(given, saved.log.items.slice(0, saved.log.length), nowMs))
  const fork = edited(rest.model === undefined ? source : unanswered(source), edits, {
    at: new Date(nowMs).toISOString(),
    where: `step ${record.seq} of the run '${runId}'`,
    outputTools: outputToolsOf(resumption),
  })
  return resumeRun({
    ...resumption,
    options,
    saved: fork === source ? source : readSnapshot(writeSnapshot(fork)), // edits are checked like any snapshot
    stored: { forkedFrom: { runId, seq: record.seq } },
  })
}

/** A stored run as one snapshot. */
export function snapshotIn({
  snapshot,
  messages,
}: Pick<StoredRun, 'snapshot' | 'messages'>): object {
  return Object.assign({}, snapshot, { messages })
}

export function storeOf(store: Store | KeepOptions): Store {
  return 'store' in store ? store.store : store
}

/** Names of the tools by which the model gives its output. */
export function outputToolsOf({ plan, options }: Resumption): ReadonlySet<string> {
  const { tools } = options.output === undefined ? plan.output : outputPlan(options.output)
  return new Set(tools.map(({ definition }) => definition.name))
}

/** The step that is forked: with another prompt, the one at which the run began, if that is kept. */
async function stepFor(
  runId: string,
  store: Store,
  seq: number | undefined,
  { prompt }: ForkEdits,
): Promise<StoredRun> {
  const asked = await store.load(runId, seq === undefined ? {} : { seq })
  if (prompt === undefined) return asked
  const steps = await store.history(runId)
  const first = steps.find(({ state }) => state === 'UserPrompt')
  return first === undefined ? asked : store.load(runId, { seq: first.seq })
}

/**
 * As another run, which has not failed, was not told to stop, and has all the time that it is given: whoever is asked in
 * it is waited for without limit, since that time was the original's.
 */
function asNew(saved: SavedRun, runId: string): SavedRun {
  const { context } = saved
  const fresh = { failure: null, tail: [], cancelRequest: null, deadline: null }
  const node = { ...context.node, runId }
  const ledger = context.ledger.map(withoutDeadline)
  return { ...saved, context: { ...context, ...fresh, runId, node, ledger } }
}

/** The call, and the run below it, which stays the run that it is. */
function withoutDeadline({ wait, nested, ...entry }: LedgerEntry): LedgerEntry {
  const { deadline: _, ...endless } = wait ?? { awaits: 'answer' as const }
  return {
    ...entry,
    ...(wait && { wait: endless }),
    ...(nested && { nested: { ...nested, snapshot: freshBelow(nested.snapshot) } }),
  }
}

function freshBelow(snapshot: unknown): RunSnapshot {
  const saved = readSnapshot(snapshot)
  return writeSnapshot(asNew(saved, saved.context.runId))
}

/** Without a response that was not taken yet: another model is to answer. */
function unanswered(saved: SavedRun): SavedRun {
  return { ...saved, context: { ...saved.context, heldResponse: null } }
}

/** The options of a run that is saved nowhere. */
export function withoutStore({
  store: _,
  ...options
}: Resumption['options']): Resumption['options'] {
  return options
}

const OWN_ID = 'Leave `runId` out, or give another one'
