/**
 * Values of users, models and machines as the inspector shows them: plain JSON of limited size, without secrets.
 *
 *   B1. The work and the result are bounded, however large or deep the value is.
 *   B2. What is left out says so: by `[hidden]` for secrets, by `[cut: …]` for what is too much.
 *   B3. Nothing of the value is called but its getters; what they throw is left out.
 */
import { isRawJson, isRecord } from '../codec/index.ts'

/** How much of a value is shown. */
export interface Bounds {
  /** Levels of lists and objects. */
  readonly depth: number
  /** Items of one list, keys of one object. */
  readonly items: number
  /** Characters of one text. */
  readonly text: number
  /** Characters of the content of a file, as base64; what has more is left out as a whole. */
  readonly file: number
  /** Values in all. */
  readonly values: number
  /** Characters in all. */
  readonly characters: number
}

/** For what comes with every transition. */
export const smallBounds: Bounds = {
  depth: 6,
  items: 30,
  text: 1_000,
  file: 0,
  values: 400,
  characters: 8_000,
}

/** For messages, and for nodes that a person may edit. */
export const messageBounds: Bounds = {
  depth: 24,
  items: 1_000,
  text: 100_000,
  file: 2_000_000,
  values: 20_000,
  characters: 4_000_000,
}

export const hidden = '[hidden]'
export const deeper = '[cut: what is further in]'
const surplus = /… \[cut: \d+ more characters\]$/

/** The value as it may be shown; `undefined` for what is no data at all. */
export function bounded(value: unknown, bounds: Bounds): unknown {
  return new Walk(bounds).show(value, '', 0)
}

/** Text as it is shown: without what looks like a key, and not too long. */
export function boundedText(text: string, { text: most }: Pick<Bounds, 'text'>): string {
  const shown = text.length <= most ? text : text.slice(0, most)
  const safe = shown.replaceAll(secretText, hidden)
  return shown === text ? safe : `${safe}… [cut: ${text.length - most} more characters]`
}

/** Whether a text is shown only in part, or not at all. */
export function isMarked(text: string): boolean {
  return text.includes(hidden) || text === deeper || surplus.test(text)
}

/** What stands for the items of a list that are not shown. */
export function surplusItems(count: number): string {
  return `[cut: ${count} more]`
}

/** Where an object says that it has more keys. */
export const surplusKey = '…'

class Walk {
  readonly #bounds: Bounds
  readonly #ancestors = new Set<object>()
  #values: number
  #characters: number

  constructor(bounds: Bounds) {
    this.#bounds = bounds
    this.#values = bounds.values
    this.#characters = bounds.characters
  }

  show(value: unknown, key: string, depth: number): unknown {
    if (isSecret(key) && value !== null && value !== undefined) return hidden
    this.#values -= 1
    switch (typeof value) {
      case 'string':
        return this.#text(value, key)
      case 'number':
        return Number.isFinite(value) ? value : String(value)
      case 'boolean':
        return value
      case 'bigint':
        return String(value)
      case 'object':
        return value === null ? null : this.#object(value, depth)
      case 'undefined':
      case 'function':
      case 'symbol':
        return undefined
    }
  }

  #text(text: string, key: string): string {
    const isFile = key === 'data' && text.length > this.#bounds.text
    if (isFile && text.length > this.#bounds.file) return `[cut: ${text.length} characters]`
    const most = isFile ? text.length : Math.min(this.#bounds.text, Math.max(0, this.#characters))
    this.#characters -= Math.min(text.length, most)
    return isFile ? text : boundedText(text, { text: most })
  }

  #object(value: object, depth: number): unknown {
    if (isRecord(value) && isRawJson(value)) return value
    if (value instanceof Error) return this.#error(value)
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    if (isActor(value)) return { actor: value.sessionId }
    const isFull = this.#values <= 0 || this.#characters <= 0
    if (depth >= this.#bounds.depth || isFull || this.#ancestors.has(value)) return deeper
    this.#ancestors.add(value)
    const shown = this.#inside(value, depth)
    this.#ancestors.delete(value)
    return shown
  }

  #inside(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.#list(value, depth)
    if (value instanceof Set) return this.#list([...value], depth)
    if (value instanceof Map) {
      const entries: readonly (readonly [unknown, unknown])[] = [...value]
      return this.#record(
        Object.fromEntries(entries.map(([key, one]) => [String(key), one])),
        depth,
      )
    }
    return this.#record(value, depth)
  }

  #list(list: readonly unknown[], depth: number): unknown[] {
    const { items } = this.#bounds
    const shown = list.slice(0, items).map((item) => this.show(item, '', depth + 1) ?? null)
    return list.length > items ? [...shown, surplusItems(list.length - items)] : shown
  }

  #record(value: object, depth: number): object {
    const keys = Object.keys(value)
    const { items } = this.#bounds
    const entries = keys.slice(0, items).flatMap((key) => {
      const shown = this.show(read(value, key), key, depth + 1)
      return shown === undefined ? [] : [[key, shown] as const]
    })
    if (keys.length > items) entries.push([surplusKey, surplusItems(keys.length - items)])
    return Object.fromEntries(entries)
  }

  #error(error: Error): object {
    return { name: this.#text(error.name, ''), message: this.#text(error.message, '') }
  }
}

function read(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key)
  } catch {
    return undefined // B3
  }
}

function isActor(value: object): value is { readonly sessionId: string } {
  return 'sessionId' in value && typeof value.sessionId === 'string' && 'getSnapshot' in value
}

/** By what they are called, keys hold what is nobody else's; what tools work with may hold anything. Counts of tokens do not. */
const secretKey =
  /^deps$|^(extra_?)?headers$|authorization|cookie|api[-_]?key|passw(or)?d|passphrase|secret|private[-_]?key|credential|(^|[-_a-z])token$|^bearer$/i

function isSecret(key: string): boolean {
  return secretKey.test(key)
}

/** What keys of providers and services look like. */
const secretText =
  /\b(?:sk|pk|rk)-[\w-]{20,}|\bAIza[\w-]{30,}|\bgh[pousr]_\w{30,}|\bxox[abprs]-[\w-]{10,}|\bAKIA[A-Z0-9]{16}\b|\bBearer\s+[\w.~+/-]{16,}=*|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g
