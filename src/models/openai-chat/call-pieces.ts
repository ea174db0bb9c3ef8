import type { ToolCallPiece } from '../../streaming/index.ts'
import { filledText, isRawObject, type RawObject, rawNumber, rawObject } from '../raw.ts'
import { argsOf } from './read-response.ts'

interface KnownCall {
  readonly key: string
  toolName: string | undefined
  id: string | undefined
  args: string
  readonly braces: Braces
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
      const braces = new Braces()
      braces.add(args)
      this.#known.set(index, { key, toolName, id, args, braces })
      return { ...named, key }
    }
    // Some servers repeat the name with every piece.
    const isRepeated = toolName === known.toolName
    known.toolName ??= toolName
    known.id ??= id
    known.args += args
    known.braces.add(args)
    return { ...(isRepeated ? piece : named), key: known.key }
  }
}

function isAnother(known: KnownCall, id: string | undefined, args: string): boolean {
  if (id !== undefined && known.id !== undefined) return id !== known.id
  return args !== '' && known.braces.areClosed && isWhole(known.args)
}

/** Whether all braces of a JSON text are closed, for one that comes in pieces: parsing it all with each would take long. */
class Braces {
  #depth = 0
  #isInString = false
  #isEscaped = false

  add(piece: string): void {
    for (const char of piece) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (char === '\\') this.#isEscaped = true
      else if (char === '"') this.#isInString = !this.#isInString
      else if (!this.#isInString && char === '{') this.#depth += 1
      else if (!this.#isInString && char === '}') this.#depth -= 1
    }
  }

  get areClosed(): boolean {
    return this.#depth === 0
  }
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
