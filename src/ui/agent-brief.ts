import { isRecord } from '../codec/index.ts'

type Facts = Readonly<Record<string, unknown>>

/**
 * What is worth showing of an agent's context with each transition: messages, nodes and outcomes are told elsewhere, and
 * would make a transition as large as the run is long.
 */
export function briefContext(context: Facts): Facts {
  return Object.fromEntries(
    Object.entries(context).map(([key, value]) => [key, briefValue(key, value)]),
  )
}

/** The same for an event: what a step came to, and what a run begins with, which holds its deps. */
export function briefEvent<TEvent extends { readonly type: string }>({ ...event }: TEvent): Facts {
  return Object.fromEntries(
    Object.entries(event).flatMap(([key, value]) => {
      if (key === 'input') return []
      return [[key, key === 'output' || key === 'node' ? kindIn(value) : briefValue(key, value)]]
    }),
  )
}

function briefValue(key: string, value: unknown): unknown {
  if (key === 'node' || key === 'unsaved' || key === 'heldResponse') return kindIn(value)
  if (key === 'tail' || key === 'pending') return Array.isArray(value) ? value.length : value
  if (key === 'ledger' && Array.isArray(value)) return value.map(briefCall)
  return value
}

function kindIn(value: unknown): unknown {
  if (!isRecord(value)) return value
  const { kind, node } = value
  return node === undefined ? { kind } : { kind, node: kindIn(node) }
}

function briefCall(call: unknown): unknown {
  if (!isRecord(call)) return call
  const { index, toolCallId, toolName, state, attempt } = call
  return { index, toolCallId, toolName, state, attempt }
}
