import type { ToolCallPiece } from '../../streaming/index.ts'
import { filledText, isRawObject, type RawObject, rawNumber, rawObject } from '../raw.ts'
import { argsOf } from './read-response.ts'

interface KnownCall {
  readonly key: string
  toolName: string | undefined
  id: string | undefined
  args: string
}

/**
 * Tells pieces of calls apart by their index. Servers that send whole calls may leave it out, or give it to all of them
 * alike; there a name that comes with another id, or behind whole arguments, begins a new call.
 */
export class CallPieces {
  /** The latest call of each index. */
  readonly #known = new Map<number, KnownCall>()
  #count = 0

  read(call: RawObject): ToolCallPiece {
    const index = rawNumber(call['index'])
    const called = rawObject(call['function'])
    const id = filledText(call['id'])
    const toolName = filledText(called['name'])
    const piece = {
      kind: 'tool-call',
      ...(id !== undefined && { toolCallId: id }),
      args: argsOf(called['arguments']),
    } as const
    const named = { ...piece, ...(toolName !== undefined && { toolName }) }
    if (index === undefined) return named
    const args = textOf(piece.args)
    const known = this.#known.get(index)
    if (known === undefined || (toolName !== undefined && isAnother(known, id, args))) {
      const key = `call ${(this.#count += 1)}`
      this.#known.set(index, { key, toolName, id, args })
      return { ...named, key }
    }
    // Some servers repeat the name with every piece.
    const isRepeated = toolName === known.toolName
    known.toolName ??= toolName
    known.id ??= id
    known.args += args
    return { ...(isRepeated ? piece : named), key: known.key }
  }
}

function isAnother(known: KnownCall, id: string | undefined, args: string): boolean {
  if (id !== undefined && known.id !== undefined) return id !== known.id
  return args !== '' && isWhole(known.args)
}

function isWhole(args: string): boolean {
  try {
    return isRawObject(JSON.parse(args))
  } catch {
    return false
  }
}

function textOf(args: ToolCallPiece['args']): string {
  if (args == null) return ''
  return typeof args === 'string' ? args : JSON.stringify(args)
}
