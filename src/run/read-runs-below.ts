import { type AgentContext, type NestedRun, onlyWaits, withVerdict } from '../../machines/index.ts'
import { ValidationError } from '../errors/index.ts'
import { readSnapshot, type SavedRun } from '../snapshot/index.ts'
import { awaitedIn } from './awaited.ts'

/**
 * A run that was put away, with the runs below its calls read as well: what they wait for is as they themselves have it,
 * and verdicts that no call of theirs waits for are late ones, which are dropped.
 *
 * @throws {ValidationError} naming the place, for a run below that is not as it should be
 */
export function readRunsBelow(context: AgentContext): AgentContext {
  if (context.ledger.every(({ nested }) => nested === undefined)) return context
  const ledger = context.ledger.map((entry) => {
    const { nested, index } = entry
    return nested === undefined ? entry : { ...entry, nested: read(nested, index) }
  })
  return { ...context, ledger }
}

function read(nested: NestedRun, index: number): NestedRun {
  const { context, terms } = insideOf(nested, index)
  return {
    snapshot: nested.snapshot,
    awaits: awaitedIn(context, terms.agent),
    isWaiting: onlyWaits(context),
    verdicts: nested.verdicts.filter(
      (said) => withVerdict(context.ledger, said) !== context.ledger,
    ),
  }
}

function insideOf({ snapshot }: NestedRun, index: number): SavedRun {
  try {
    const saved = readSnapshot(snapshot)
    return { ...saved, context: readRunsBelow(saved.context) }
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    const { message, path } = error
    const bare = path.length === 0 ? message : message.slice(0, message.lastIndexOf(' (at '))
    throw new ValidationError(bare, ['ledger', index, 'nested', 'snapshot', ...path], {
      cause: error,
    })
  }
}
