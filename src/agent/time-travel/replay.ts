import { SnapshotMismatchError } from '../../errors/index.ts'
import type { ModelMessage } from '../../messages/index.ts'
import type { KeepOptions } from '../../run/index.ts'
import { readSnapshot, type SavedRun } from '../../snapshot/index.ts'
import type { Store } from '../../store/index.ts'
import { emptyRunUsage } from '../../usage/index.ts'
import { type ReplayDifference, requirementDifference } from './replay-differences.ts'
import { Replayed } from './replayed.ts'
import type { ResumeOptions } from '../options.ts'
import { findMismatches, resumeRun, type Resumption } from '../resume.ts'
import { outputToolsOf, snapshotIn, storeOf, type TakeUp, withoutStore } from './fork.ts'

/** What a stored run is given again to be replayed. */
export interface ReplayOptions<TDeps> extends Omit<ResumeOptions<TDeps>, 'store' | 'parent'> {
  /** Where the run is. */
  readonly store: Store | KeepOptions
}

/** How a stored run fares with the code of today. */
export interface ReplayReport {
  readonly runId: string
  /** Model requests that were made again. */
  readonly steps: number
  /** `null` when everything is as it was. */
  readonly difference: ReplayDifference | null
}

/**
 * Goes through a stored run once more, with the responses and results that were recorded, up to the first difference.
 *
 * @throws {SnapshotMismatchError} when options are missing that the run was given
 */
export async function replayRun(
  runId: string,
  { store, ...options }: ReplayOptions<unknown>,
  takeUp: TakeUp,
): Promise<ReplayReport> {
  const latest = await storeOf(store).load(runId)
  const taken = takeUp(snapshotIn(latest), options) // limits and the like as they were in the end
  const { saved: recorded } = taken
  const beginning = await beginningOf(runId, storeOf(store))
  const resumption = tolerant({ ...taken, saved: beginning ?? begun(recorded) })
  const { log } = recorded
  const start = resumeRun({ ...resumption, options: withoutStore(resumption.options) })
  const replayed = new Replayed(start, {
    recorded,
    messages: withPending(log.items.slice(0, log.length), recorded),
    outputTools: outputToolsOf(resumption),
    renamed: new Map(Object.entries(options.accept?.tools ?? {})),
  })
  try {
    const found = await first(replayed.differences())
    const difference =
      found ??
      requirementDifference(recorded.terms.requires, start.terms().requires, options.accept)
    return { runId, steps: replayed.steps, difference: difference ?? null }
  } finally {
    await replayed.close()
  }
}

async function first<TItem>(items: AsyncIterable<TItem>): Promise<TItem | undefined> {
  for await (const item of items) return item
  return undefined
}

/** The run before its first step, if that is kept. */
async function beginningOf(runId: string, store: Store): Promise<SavedRun | undefined> {
  const steps = await store.history(runId)
  const step = steps.find(({ state }) => state === 'UserPrompt')
  if (step === undefined) return undefined
  return readSnapshot(snapshotIn(await store.load(runId, { seq: step.seq })))
}

/** The run before its first request, as far as that can be told from how it is now. */
function begun(recorded: SavedRun): SavedRun {
  const { context } = recorded
  const fresh = { step: 0, ledger: [], outputRetries: 0, toolRetries: [], pending: [] }
  const usage = emptyRunUsage
  return {
    ...recorded,
    context: { ...context, ...fresh, usage, heldResponse: null, failure: null },
  }
}

/** All messages, with those that were about to be sent. */
function withPending(
  log: readonly ModelMessage[],
  { context: { node } }: SavedRun,
): readonly ModelMessage[] {
  if (node.kind !== 'model-request' || node.suspended !== undefined) return log
  return [...log, ...(node.enqueued?.before ?? []), node.request]
}

/** What differs is to be found, not refused; but what has to be given is. */
function tolerant(resumption: Resumption): Resumption {
  const { accept } = resumption
  const mismatches = findMismatches(resumption)
  const missing = mismatches.filter(({ kind }) => kind === 'option')
  if (missing.length > 0) throw new SnapshotMismatchError(missing)
  const gone = mismatches
    .filter(({ kind }) => kind === 'tool')
    .map(({ name }): [string, null] => [name, null])
  const tools: Record<string, string | null> = { ...accept.tools, ...Object.fromEntries(gone) }
  return { ...resumption, accept: { agent: true, output: true, tools } }
}
