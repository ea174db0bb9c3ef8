import type { AgentContext, LedgerEntry } from '../../machines/index.ts'

/**
 * What stands for things of runs that hold more than is new: a log, what a step came to, a run put away below a call.
 * Each message is shown once as part of a node. Anything else stands for itself.
 *
 * @param value plain
 */
export function briefOf(value: object): unknown {
  const items = own(value, 'items')
  if (Array.isArray(items) && typeof own(value, 'length') === 'number') {
    return `(${String(own(value, 'length'))} messages)`
  }
  if (own(value, 'format') === 'agentchart/run') return '(the snapshot of a run)'
  const kind = own(value, 'kind')
  if (kind === 'advanced' && own(value, 'messages') !== undefined) return briefOutcome(value)
  if (kind === 'failed' && Array.isArray(own(value, 'tail'))) return briefFailure(value)
  return value
}

function briefOutcome(value: object): object {
  const node = own(value, 'node')
  const kind = typeof node === 'object' && node !== null ? own(node, 'kind') : undefined
  return { ...value, node: { kind }, prompt: undefined }
}

function briefFailure(value: object): object {
  const tail = own(value, 'tail')
  const isHeld = own(value, 'heldResponse') !== null
  return {
    ...value,
    tail: `(${Array.isArray(tail) ? tail.length : 0} messages)`,
    heldResponse: isHeld ? '(in the context)' : null,
  }
}

/** A member, unless that would run code. */
function own(value: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value
}

/** Whether the context is that of a run. */
export function isAgentContext(context: unknown): context is AgentContext {
  return (
    typeof context === 'object' &&
    context !== null &&
    'newMessageIndex' in context &&
    'ledger' in context &&
    Array.isArray(context.ledger)
  )
}

/**
 * The context of a run with those calls only that have changed.
 *
 * @param known the calls that were shown as they are; those that are shown now are added
 */
export function briefContext(context: AgentContext, known: WeakSet<object>): object {
  const { ledger, ...rest } = context
  const changed = ledger.filter((entry) => !known.has(entry))
  for (const entry of changed) known.add(entry)
  return { ...rest, ledger: { calls: ledger.length, states: statesOf(ledger), changed } }
}

function statesOf(ledger: readonly LedgerEntry[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { state } of ledger) counts[state] = (counts[state] ?? 0) + 1
  return counts
}
