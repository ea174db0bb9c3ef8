/**
 * Makes any value plain data that is small and holds no secrets, for people who look at it.
 *
 *   P1. Functions, signals, promises, actors and instances of classes are told by name. Nothing of theirs is called or read.
 *   P2. No value is shown whose key is that of a secret, and no text that looks like one.
 *   P3. Texts, lists, depth and the whole have bounds; what is left out is told by its size.
 *   P4. What was shown before to the same reader is told by its size, unless that is as long as the thing itself.
 */
import type { Bounds } from './bounds.ts'
import { briefOf } from './briefs.ts'
import { hidden, isSecretKey, withoutSecrets } from './secrets.ts'

/** What a reader has been shown, with the bytes that it took. Data that never changes is taken for granted. */
export type Shown = WeakMap<object, number>

/** Smaller things are shown again. */
const smallBytes = 256

/** Turns what belongs to one event into plain data; all of it shares the bytes. */
export class Plain {
  readonly #bounds: Bounds
  #used = 0
  readonly #around = new Set<object>()

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /** @param shown what the reader has seen; it grows by what it is shown now */
  of(value: unknown, shown?: Shown): unknown {
    return this.#value(value, shown)
  }

  #value(value: unknown, shown: Shown | undefined): unknown {
    switch (typeof value) {
      case 'object':
        return value === null ? this.#leaf(null) : this.#object(value, shown)
      case 'string':
        return this.#text(value)
      case 'number':
        return this.#leaf(Number.isFinite(value) ? value : String(value))
      case 'boolean':
        return this.#leaf(value)
      case 'bigint':
        return this.#text(String(value))
      case 'function':
        return this.#leaf(`(function ${cut(value.name, 80)})`)
      case 'symbol':
        return this.#leaf('(symbol)')
      case 'undefined':
        return undefined
    }
  }

  #object(value: object, shown: Shown | undefined): unknown {
    const bytes = shown?.get(value)
    if (bytes !== undefined) return this.#leaf(`(as before, ${bytes} bytes)`) // P4
    if (this.#around.has(value)) return this.#leaf('(circular)')
    if (this.#isFull) return this.#leaf('(left out)') // P3
    const before = this.#used
    this.#around.add(value)
    const plain = this.#looked(value, shown)
    this.#around.delete(value)
    const took = this.#used - before
    if (took > smallBytes) shown?.set(value, took)
    return plain
  }

  #looked(value: object, shown: Shown | undefined): unknown {
    try {
      return this.#inside(isPlain(value) ? briefOf(value) : value, shown)
    } catch {
      return this.#leaf('(unreadable)') // a proxy may refuse anything
    }
  }

  #inside(value: unknown, shown: Shown | undefined): unknown {
    if (typeof value !== 'object' || value === null) return this.#value(value, shown)
    const isDeep = this.#around.size > this.#bounds.maxDepth
    if (Array.isArray(value)) {
      return isDeep ? this.#leaf(`(list of ${value.length})`) : this.#list(value, shown)
    }
    if (value instanceof Error) return this.#error(value, shown)
    if (value instanceof Date) return this.#leaf(dateText(value))
    if (value instanceof URL) return this.#text(value.href)
    if (value instanceof Set) return this.#list([...value], shown)
    if (value instanceof Map) return this.#list([...value].map(this.#pair), shown)
    if (!isPlain(value)) return this.#leaf(nameOf(value)) // P1
    return isDeep ? this.#leaf('(object)') : this.#members(value, shown)
  }

  #list(items: readonly unknown[], shown: Shown | undefined): readonly unknown[] {
    const plain: unknown[] = []
    for (const item of items.slice(0, this.#bounds.maxItems)) {
      if (this.#isFull) break
      plain.push(this.#value(item, shown) ?? null)
    }
    const left = items.length - plain.length
    return left === 0 ? plain : [...plain, this.#leaf(`(${left} more)`)]
  }

  #members(value: object, shown: Shown | undefined): object {
    const keys = Object.keys(value)
    const members: [string, unknown][] = []
    for (const key of keys.slice(0, this.#bounds.maxItems)) {
      if (this.#isFull) break
      const name = cut(key, 200)
      this.#used += name.length + 4
      members.push([name, this.#member(value, key, shown)])
    }
    const left = keys.length - members.length
    if (left > 0) members.push(['…', this.#leaf(`(${left} more)`)])
    return Object.fromEntries(members.filter(([, member]) => member !== undefined))
  }

  #member(value: object, key: string, shown: Shown | undefined): unknown {
    const property = Object.getOwnPropertyDescriptor(value, key)
    if (property?.get !== undefined) return this.#leaf('(getter)') // P1
    const member: unknown = property?.value
    const isEmpty = member === undefined || member === null
    return !isEmpty && this.#isHidden(key) ? this.#leaf(hidden) : this.#value(member, shown) // P2
  }

  readonly #pair = ([key, value]: readonly [unknown, unknown]): readonly unknown[] => [
    key,
    typeof key === 'string' && this.#isHidden(key) ? hidden : value,
  ]

  #isHidden(key: string): boolean {
    return isSecretKey(key) || this.#bounds.isSecret(key)
  }

  /** Name and message; what else errors carry may be whole requests. */
  #error(error: Error, shown: Shown | undefined): object {
    const { name, message, cause } = error
    const isDeep = this.#around.size > this.#bounds.maxDepth
    return {
      name: this.#value(name, shown),
      message: this.#value(message, shown),
      ...(cause !== undefined && !isDeep && { cause: this.#value(cause, shown) }),
    }
  }

  #text(text: string): string {
    const { maxTextLength, isSecret } = this.#bounds
    const safe = withoutSecrets(text, maxTextLength, isSecret) // P2
    const isCut = safe.length > maxTextLength
    return this.#leaf(
      isCut ? `${cut(safe, maxTextLength)} (${text.length} characters)` : safe.toWellFormed(),
    )
  }

  #leaf<TValue extends string | number | boolean | null>(value: TValue): TValue {
    this.#used += typeof value === 'string' ? bytesOf(value) : 6
    return value
  }

  get #isFull(): boolean {
    return this.#used >= this.#bounds.maxBytes
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** An actor by its session, anything else by its class. */
function nameOf(value: object): string {
  if ('sessionId' in value && 'send' in value) return `(actor ${String(value.sessionId)})`
  if (ArrayBuffer.isView(value)) return `(${value.constructor.name}, ${value.byteLength} bytes)`
  return `(${cut(value.constructor.name, 80) || 'object'})`
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? '(no date)' : date.toISOString()
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).toWellFormed()}…`
}

/** Bytes in JSON, but for the few that escapes take. */
function bytesOf(text: string): number {
  return isAscii.test(text) ? text.length + 2 : encoder.encode(text).length + 2
}

const isAscii = /^[ -~]*$/
const encoder = new TextEncoder()
