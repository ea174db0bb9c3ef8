import type { AgentContext, LedgerEntry } from '../../machines/index.ts'

/**
 * What stands for things of runs that hold more than is new: a log, what a step came to, a run put away below a call.
 * Each message is shown once as part of a node. Anything else stands for itself.
 */
export function briefOf(value: object): unknown {
  if ('items' in value && 'length' in value && Array.isArray(value.items)) {
    return `(${String(value.length)} messages)`
  }
  if ('format' in value && value.format === 'agentchart/run') return '(the snapshot of a run)'
  if (!('kind' in value)) return value
  if (value.kind === 'advanced' && 'messages' in value) return briefOutcome(value)
  if (value.kind === 'failed' && 'tail' in value) {
    const { tail } = value
    const held = 'heldResponse' in value && value.heldResponse !== null
    return { ...value, tail: countOf(tail), heldResponse: held ? '(see the context)' : null }
  }
  return value
}

function briefOutcome(value: object): object {
  const { node, prompt: _, ...rest }: { node?: unknown; prompt?: unknown } = value
  const kind: unknown =
    typeof node === 'object' && node !== null && 'kind' in node ? node.kind : node
  return { ...rest, node: { kind } }
}

function countOf(list: unknown): string {
  return `(${Array.isArray(list) ? list.length : 0} messages)`
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
