/**
 * Reads JSON that comes in pieces.
 *
 * Owns the value as it grows. Is told text; tells at any time the value as far as it has come, and the place where it
 * still grows.
 *
 *   J1. What is handed out does not change: containers that still grow are copied when they are read.
 *   J2. A container that is whole is the same object in all later values.
 *   J3. A character costs the same at the end of a text as at its beginning, and reading nothing but J1's copies.
 *   J4. What `parseJson` refuses breaks it, and what `parseJson` accepts comes to the same value.
 *   J5. Only what is certain shows: a number when it has ended, a string up to its last whole character.
 */
import { defaultMaxChars, defaultMaxDepth, type ParseBounds } from './parse-arguments.ts'

/** Keys and indices from the root. */
export type JsonPath = readonly (string | number)[]

export interface PartialJsonOptions extends ParseBounds {
  /** Anything may follow the value; it is not looked at. Default: only white space may. */
  readonly allowsRest?: boolean
}

type Frame =
  | { readonly kind: 'array'; readonly items: unknown[] }
  /** `key` is that of the entry which grows. */
  | { readonly kind: 'object'; readonly entries: Record<string, unknown>; key: string }

/** What the next character belongs to, or what it has to be. */
type Mode =
  | 'value'
  | 'first-item'
  | 'first-key'
  | 'key'
  | 'colon'
  | 'next'
  | 'in-string'
  | 'in-key'
  | 'in-number'
  | 'in-word'
  | 'end'

/** JSON text as far as it has come. */
export class PartialJson {
  readonly #options: PartialJsonOptions
  readonly #frames: Frame[] = []
  #state: 'open' | 'complete' | 'broken' = 'open'
  #mode: Mode = 'value'
  #root: unknown
  /** Of the string, key, number or word that is being read. */
  #text = ''
  /** The beginning of an escape sequence. */
  #escape = ''
  #charCount = 0
  #shown: { readonly value: unknown } | undefined

  constructor(options: PartialJsonOptions = {}) {
    this.#options = options
  }

  /** Takes the next piece of the text. */
  add(text: string): void {
    if (this.#state === 'complete' && this.#options.allowsRest === true) return
    this.#charCount += text.length
    if (this.#charCount > (this.#options.maxChars ?? defaultMaxChars)) this.#break()
    for (let at = 0; at < text.length && this.#state !== 'broken';) at = this.#read(text, at)
  }

  /** No more text comes: a number that stands alone is whole. Anything else that is open stays so, cut off. */
  end(): void {
    if (this.#frames.length === 0 && this.#mode === 'in-number') this.#endNumber()
  }

  /** `broken` when no text that follows can make it JSON. */
  get state(): 'open' | 'complete' | 'broken' {
    return this.#state
  }

  /** The value so far; `undefined` as long as there is nothing. When broken, what came before. */
  get value(): unknown {
    this.#shown ??= { value: this.#copy(this.openText) }
    return this.#shown.value
  }

  /** {@link value}, without the string that grows. */
  get settledValue(): unknown {
    return this.openText === undefined ? this.value : this.#copy(undefined)
  }

  /** The string that grows at the open path, as far as it has come; `undefined` when something else does. */
  get openText(): string | undefined {
    if (this.#mode !== 'in-string') return undefined
    return endsInHalf(this.#text) ? this.#text.slice(0, -1) : this.#text
  }

  /**
   * The innermost place that grows, with or without a value yet; what holds it grows as well, nothing else does.
   * `undefined` when nothing grows.
   */
  get openPath(): JsonPath | undefined {
    if (this.#state !== 'open') return undefined
    const path = this.#frames.map((frame) =>
      frame.kind === 'array' ? frame.items.length : frame.key,
    )
    return isInEntry(this.#mode) ? path : path.slice(0, -1)
  }

  /** Reads on from `at`; tells how far it came. */
  #read(text: string, at: number): number {
    const mode = this.#mode
    if (mode === 'in-number') return this.#readNumber(text, at)
    if (mode === 'in-word') return this.#readWord(text, at)
    if (mode === 'in-string' || mode === 'in-key') {
      return this.#escape === '' ? this.#readText(text, at) : this.#readEscape(text, at)
    }
    if (!isBlank(text.charCodeAt(at))) this.#readMark(text.charAt(at))
    return at + 1
  }

  /** A character outside of strings, numbers and words. */
  #readMark(mark: string): void {
    const mode = this.#mode
    if (mode === 'value' || (mode === 'first-item' && mark !== ']')) this.#beginValue(mark)
    else if ((mode === 'key' || mode === 'first-key') && mark === '"') this.#begin('in-key')
    else if (mode === 'colon' && mark === ':') this.#mode = 'value'
    else if (mode === 'next' && mark === ',') this.#mode = this.#isInArray ? 'value' : 'key'
    else if (mode === 'end' && this.#options.allowsRest === true) return
    else if (mode === 'colon' || mode === 'key' || mode === 'end') this.#break()
    else this.#close(mark)
  }

  #beginValue(mark: string): void {
    if (mark === '{') this.#open({ kind: 'object', entries: {}, key: '' })
    else if (mark === '[') this.#open({ kind: 'array', items: [] })
    else if (mark === '"') this.#begin('in-string')
    else if (/[-\d]/.test(mark)) this.#begin('in-number', mark)
    else if (/[tfn]/.test(mark)) this.#begin('in-word', mark)
    else this.#break()
  }

  #begin(mode: Mode, text = ''): void {
    this.#mode = mode
    this.#text = text
    if (mode === 'in-string') this.#shown = undefined
  }

  #open(frame: Frame): void {
    if (this.#frames.length >= (this.#options.maxDepth ?? defaultMaxDepth)) return this.#break()
    this.#frames.push(frame)
    this.#shown = undefined
    this.#begin(frame.kind === 'array' ? 'first-item' : 'first-key')
  }

  #close(mark: string): void {
    const frame = this.#frames.at(-1)
    if (frame === undefined || mark !== (frame.kind === 'array' ? ']' : '}')) return this.#break()
    this.#frames.pop()
    this.#put(frame.kind === 'array' ? frame.items : frame.entries) // J2
  }

  /** Takes a value that is whole. */
  #put(value: unknown): void {
    const frame = this.#frames.at(-1)
    if (frame?.kind === 'array') frame.items.push(value)
    else if (frame !== undefined) frame.entries[frame.key] = value
    else this.#root = value
    this.#shown = undefined
    this.#begin(frame === undefined ? 'end' : 'next')
    if (frame === undefined) this.#state = 'complete'
  }

  #readText(text: string, from: number): number {
    let at = from
    while (at < text.length && !endsText(text.charCodeAt(at))) at += 1
    this.#addText(text.slice(from, at))
    if (at === text.length) return at
    const mark = text.charAt(at)
    if (mark === '\\') this.#escape = mark
    else if (mark !== '"') this.#break()
    else if (this.#mode === 'in-string') this.#put(this.#text)
    else this.#endKey(this.#text)
    return at + 1
  }

  #readEscape(text: string, at: number): number {
    this.#escape += text.charAt(at)
    const meant = unescaped(this.#escape)
    if (meant !== undefined) {
      this.#addText(meant)
      this.#escape = ''
    } else if (!/^\\u[\da-f]{0,3}$/i.test(this.#escape)) this.#break()
    return at + 1
  }

  #addText(text: string): void {
    if (text === '') return
    this.#text += text
    if (this.#mode === 'in-string') this.#shown = undefined
  }

  #endKey(key: string): void {
    const frame = this.#frames.at(-1)
    if (frame?.kind !== 'object' || key === '__proto__') return this.#break()
    frame.key = key
    this.#mode = 'colon'
  }

  #readNumber(text: string, from: number): number {
    let at = from
    while (at < text.length && '0123456789+-.eE'.includes(text.charAt(at))) at += 1
    this.#text += text.slice(from, at)
    if (at < text.length) this.#endNumber()
    return at
  }

  #endNumber(): void {
    const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(this.#text)
    if (isNumber) this.#put(Number(this.#text))
    else this.#break()
  }

  #readWord(text: string, at: number): number {
    this.#text += text.charAt(at)
    const word = ['true', 'false', 'null'].find((name) => name.startsWith(this.#text))
    if (word === undefined) this.#break()
    else if (word === this.#text) this.#put(word === 'null' ? null : word === 'true')
    return at + 1
  }

  #break(): void {
    this.#state = 'broken'
  }

  get #isInArray(): boolean {
    return this.#frames.at(-1)?.kind === 'array'
  }

  /** The value with the containers that grow copied, and `leaf` at the open path. */
  #copy(leaf: unknown): unknown {
    if (this.#frames.length === 0) return leaf ?? this.#root
    return this.#frames.reduceRight(withChild, leaf) // J1
  }
}

function withChild(child: unknown, frame: Frame): unknown {
  if (frame.kind === 'array')
    return child === undefined ? [...frame.items] : [...frame.items, child]
  return child === undefined ? { ...frame.entries } : { ...frame.entries, [frame.key]: child }
}

/** Whether an entry of the innermost container has begun, though not ended. */
function isInEntry(mode: Mode): boolean {
  return ['value', 'colon', 'in-string', 'in-number', 'in-word'].includes(mode)
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['\\"', '"'],
  ['\\\\', '\\'],
  ['\\/', '/'],
  ['\\b', '\b'],
  ['\\f', '\f'],
  ['\\n', '\n'],
  ['\\r', '\r'],
  ['\\t', '\t'],
])

/** The character that an escape sequence stands for; `undefined` when it is not whole, or none. */
function unescaped(escape: string): string | undefined {
  if (!/^\\u[\da-f]{4}$/i.test(escape)) return escapes.get(escape)
  return String.fromCharCode(Number.parseInt(escape.slice(2), 16))
}

/** A quote, a backslash, or a character that must be escaped. */
function endsText(code: number): boolean {
  return code === 0x22 || code === 0x5c || code < 0x20
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

/** Whether the other half of the last character is still to come. */
function endsInHalf(text: string): boolean {
  const code = text.charCodeAt(text.length - 1)
  return code >= 0xd800 && code <= 0xdbff
}
