import type { ToolCallPart } from '../messages/index.ts'

type Args = ToolCallPart['args']

/** Argument texts are appended, argument objects merged; `undefined` for a text and an object, which do not go together. */
export function joinArgs(known: Args, added: Args): Args | undefined {
  if (known === null || added === null) return added ?? known
  if (typeof known === 'string') return typeof added === 'string' ? known + added : undefined
  return typeof added === 'string' ? undefined : { ...known, ...added }
}
