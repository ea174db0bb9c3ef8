import type { ErrorDetails } from '../../messages/index.ts'

/** Looks at one value and writes what it finds into `run`. */
export type Check = (value: unknown, run: Run) => void

export type KnownKeys = ReadonlySet<string> | 'all'

/** What a JSON Schema says about one object of the checked value, besides whether it is right. */
export interface Note {
  /** Keys some schema speaks about; `'all'` when one takes any key; undefined when none has an opinion. */
  known: KnownKeys | undefined
  /** Values for keys that are not there. */
  defaults: Map<string, unknown> | undefined
}

/** More issues than these help nobody. */
export const maxIssues = 100
/** Children looked at in one pass, and a few for each option of a union. Unions of unions can make it endless otherwise. */
const maxSteps = 1_000_000
/** Levels of the value; beyond, the stack might not do. */
const maxDepth = 500

/** The value takes more looking at than any honest one; ends the pass. */
export class TooComplex extends Error {}

/** One pass over one value: what is wrong so far, and what is to be done with its objects if nothing is. */
export class Run {
  readonly issues: ErrorDetails[] = []
  readonly notes = new Map<object, Note>()
  /** Where the pass is: keys from the root. Checks of children push and pop; forks share it. */
  readonly at: (string | number)[]
  /** Only asks whether the value is right, so the first issue ends it. */
  readonly isQuick: boolean
  readonly #steps: { left: number }

  constructor(
    at: (string | number)[] = [],
    steps: { left: number } = { left: maxSteps },
    isQuick = false,
  ) {
    this.at = at
    this.#steps = steps
    this.isQuick = isQuick
  }

  /** Nothing more needs to be looked at. */
  get isOver(): boolean {
    const { length } = this.issues
    return length > 0 && (this.isQuick || length >= maxIssues)
  }

  /** Checks a child under its key. */
  child(key: string | number, value: unknown, check: Check): void {
    if (this.isOver) return
    this.#step(1)
    this.at.push(key)
    check(value, this)
    this.at.pop()
  }

  /** Reports what is wrong with the value at this place, or at `key` below it. */
  report(type: string, msg: string, input: unknown, key?: string | number): void {
    const loc = key === undefined ? [...this.at] : [...this.at, key]
    this.issues.push({ type, loc, msg, input })
  }

  /** Takes down that some schema speaks about these keys of the object. */
  know(value: object, keys: KnownKeys): void {
    const note = this.#note(value)
    if (note.known === undefined || keys === 'all') note.known = keys
    else if (note.known !== 'all') note.known = new Set([...note.known, ...keys])
  }

  /** Takes down what a key that is not there stands for; the first schema that says so wins. */
  fillIn(value: object, key: string, given: unknown): void {
    const note = this.#note(value)
    note.defaults ??= new Map()
    if (!note.defaults.has(key)) note.defaults.set(key, given)
  }

  /** Checks at the same place, apart: nothing is kept unless `adopt` is called. Quick: up to the first issue. */
  fork(value: unknown, check: Check, isQuick: boolean): Run {
    this.#step(4)
    const fork = new Run(this.at, this.#steps, isQuick || this.isQuick)
    check(value, fork)
    return fork
  }

  /** Whether the value passes the check. */
  fits(value: unknown, check: Check): boolean {
    return this.fork(value, check, true).issues.length === 0
  }

  adopt(fork: Run): void {
    this.issues.push(...fork.issues)
    for (const [value, { known, defaults }] of fork.notes) {
      if (known !== undefined) this.know(value, known)
      for (const [key, given] of defaults ?? []) this.fillIn(value, key, given)
    }
  }

  #step(cost: number): void {
    this.#steps.left -= cost
    if (this.#steps.left < 0 || this.at.length > maxDepth) throw new TooComplex()
  }

  #note(value: object): Note {
    let note = this.notes.get(value)
    if (note === undefined)
      this.notes.set(value, (note = { known: undefined, defaults: undefined }))
    return note
  }
}

/**
 * A copy of a value that was found right: without keys no schema knows where at least one names its keys, and with
 * defaults.
 */
export function completed(value: unknown, notes: Run['notes']): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => completed(item, notes))
  const { known = 'all', defaults } = notes.get(value) ?? {}
  const entries: [string, unknown][] = []
  for (const [key, child] of Object.entries(value)) {
    if (known !== 'all' && !known.has(key)) continue
    if (child !== undefined) entries.push([key, completed(child, notes)])
  }
  for (const [key, given] of defaults ?? []) entries.push([key, structuredClone(given)])
  return Object.fromEntries(entries)
}
