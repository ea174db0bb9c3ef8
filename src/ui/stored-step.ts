import { UserError } from '../errors/index.ts'
import type { NodeOrEnd } from '../nodes/index.ts'
import { readSnapshot } from '../snapshot/index.ts'
import type { Store } from '../store/index.ts'

/** A visit of a stored run, as far as it is kept. */
export interface StoredStep {
  readonly seq: number
  readonly title: string | null
  /** The node that was pending there. */
  readonly before: NodeOrEnd
}

/**
 * The step of a stored run at which a visit began.
 *
 * @throws {RunNotFoundError}
 * @throws {UserError} when it is not kept
 */
export async function storedStep(store: Store, runId: string, visit: number): Promise<StoredStep> {
  const history = await store.history(runId)
  let low = 0
  let high = history.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1 // visits grow from step to step
    const entry = history[middle]
    if (entry === undefined) break
    const { record, snapshot, messages } = await store.load(runId, { seq: entry.seq })
    const { context } = readSnapshot(Object.assign({}, snapshot, { messages }))
    if (context.visit === visit)
      return { seq: entry.seq, title: record.title, before: context.node }
    if (context.visit < visit) low = middle + 1
    else high = middle - 1
  }
  throw new UserError(`Visit ${visit} of this run is not kept`, {
    hint: `Its store keeps ${history.length} of its steps; \`retention.keepSteps\` says how many`,
  })
}
