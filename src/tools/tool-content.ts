import { UserError } from '../errors/index.ts'
import { isToolReturn } from './tool-return.ts'

/** Most values (keys and items) in a tool's result, and characters of text in it: a stop for results gone wild. */
const MOST_VALUES = 1_000_000
const MOST_CHARACTERS = 10 * 1024 * 1024
const MOST_LEVELS = 200

/**
 * A tool's result as plain data of its own: later changes of the tool's objects do not reach the history.
 * `undefined` is `null` at the top and left out inside of objects; a BigInt is its decimal digits; dates, sets, maps and
 * objects with a `toJSON` are what they are in JSON; bytes stay bytes.
 *
 * @throws {UserError} with the path for functions, symbols, circles, errors and other objects that would be `{}` in JSON
 * (promises, streams, a `Response`), and for results beyond 10 MiB of text, a million values or 200 levels
 */
export function toolContent(value: unknown, toolName: string): unknown {
  if (typeof value === 'string' && value.length <= MOST_CHARACTERS) return value
  return new Copy(toolName).copy(value) ?? null
}

/** Where the copying is: an object that is being copied, and the one around it. */
interface Above {
  readonly value: object
  readonly outer: Above | undefined
}

class Copy {
  readonly #toolName: string
  #above: Above | undefined
  /** Keys and places from the top. */
  readonly #path: (string | number)[] = []
  #values = 0
  #characters = 0

  constructor(toolName: string) {
    this.#toolName = toolName
  }

  copy(value: unknown): unknown {
    this.#values += 1
    if (typeof value === 'string') this.#characters += value.length
    if (this.#values > MOST_VALUES) throw this.#refuseLarge(`${MOST_VALUES} values`)
    if (this.#characters > MOST_CHARACTERS) throw this.#refuseLarge(`${MOST_CHARACTERS} characters`)
    if (typeof value === 'bigint') return value.toString()
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw this.#refuse(`is a ${typeof value}`)
    }
    return typeof value === 'object' && value !== null ? this.#copyObject(value) : value
  }

  #copyObject(value: object): unknown {
    for (let above = this.#above; above !== undefined; above = above.outer) {
      if (above.value === value) throw this.#refuse('contains itself')
    }
    if (this.#path.length > MOST_LEVELS) {
      this.#path.length = 5
      throw this.#refuse(`is nested deeper than ${MOST_LEVELS} levels`)
    }
    if (value instanceof Uint8Array) return value.slice()
    const outer = this.#above
    this.#above = { value, outer }
    const copied = this.#copyInside(value)
    this.#above = outer
    return copied
  }

  #copyInside(value: object): unknown {
    if (isToolReturn(value)) throw this.#refuseNested()
    if (hasToJson(value)) return this.copy(value.toJSON())
    if (Array.isArray(value) || value instanceof Set) {
      return Array.from(value, (item: unknown, i) => this.#copyAt(i, item) ?? null)
    }
    if (value instanceof Map) return this.#copyMap(value)
    const keys = Object.keys(value)
    const isOpaque = value instanceof Error || (keys.length === 0 && !isPlain(value))
    if (isOpaque) {
      throw this.#refuse(`is an object that JSON cannot show (${className(value)})`, hintFor(value))
    }
    const copied: Record<string, unknown> = {}
    for (const key of keys) this.#copyInto(copied, key, Reflect.get(value, key))
    return copied
  }

  #copyMap(map: ReadonlyMap<unknown, unknown>): Record<string, unknown> {
    const copied: Record<string, unknown> = {}
    for (const [key, item] of map) this.#copyInto(copied, String(key), item)
    return copied
  }

  #copyInto(target: Record<string, unknown>, key: string, item: unknown): void {
    const inner = this.#copyAt(key, item)
    if (inner === undefined) return
    if (key === '__proto__') define(target, key, inner)
    else target[key] = inner
  }

  #copyAt(key: string | number, item: unknown): unknown {
    this.#path.push(key)
    const copied = this.copy(item)
    this.#path.pop()
    return copied
  }

  #refuseLarge(bound: string): UserError {
    const hint = 'Return less, for instance a summary or a reference'
    return this.#refuse(`is too large (more than ${bound})`, hint)
  }

  #refuseNested(): UserError {
    return new UserError(
      `The return value of tool '${this.#toolName}' contains invalid nested \`ToolReturn\` objects. \`ToolReturn\` should be used directly.`,
    )
  }

  #refuse(trouble: string, hint?: string): UserError {
    const place = this.#path.length === 0 ? '' : ` at ${this.#path.join('.')}`
    const message = `The return value of tool '${this.#toolName}' ${trouble}${place}`
    return new UserError(message, hint === undefined ? {} : { hint })
  }
}

/** As an own property, whatever it is called. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  })
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

/** An object literal, of any realm, or one without prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function className(value: object): string {
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'no name'
}

function hintFor(value: object): string {
  if (value instanceof Error) return 'Throw it, or return its message'
  if ('then' in value) return 'Await it'
  return 'Return what it holds as plain data'
}
