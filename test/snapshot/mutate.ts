/** Changes to JSON, by chance but the same ones for the same seed. */

/** One change. `text` ones come last: they work on what is written. */
export type Mutation =
  | { readonly kind: 'set'; readonly path: Path; readonly value: unknown }
  | { readonly kind: 'delete'; readonly path: Path }
  | {
      readonly kind: 'insert'
      readonly path: Path
      readonly index: number
      readonly value: unknown
    }
  | { readonly kind: 'text'; readonly from: number; readonly length: number; readonly by: string }

type Path = readonly (string | number)[]

/** A number from 0 up to but without 1. */
export type Chance = () => number

/** The same numbers for the same seed (mulberry32). */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function below(chance: Chance, limit: number): number {
  return Math.floor(chance() * limit)
}

function pick<TItem>(chance: Chance, items: readonly TItem[]): TItem {
  const item = items[below(chance, items.length)]
  if (item === undefined && items.length === 0) throw new Error('Nothing to pick from')
  return item as TItem
}

/** One to four changes to a document; `others` lend their values. */
export function mutationsFor(
  chance: Chance,
  document: unknown,
  others: readonly unknown[],
): readonly Mutation[] {
  const count = 1 + below(chance, pick(chance, [1, 1, 2, 4]))
  const places = placesIn(document)
  const apart = places.filter(({ path }) => path[0] !== 'messages')
  return Array.from({ length: count }, () =>
    mutation(chance, chance() < 0.25 ? places : apart, others),
  )
}

interface Somewhere {
  readonly path: Path
  readonly value: unknown
}

function mutation(
  chance: Chance,
  places: readonly Somewhere[],
  others: readonly unknown[],
): Mutation {
  const { path, value } = pick(chance, places)
  switch (below(chance, 12)) {
    case 0:
      return { kind: 'set', path, value: pick(chance, odd) }
    case 1:
      return { kind: 'delete', path }
    case 2:
      return { kind: 'set', path: [...path, pick(chance, oddKeys)], value: pick(chance, odd) }
    case 3:
      return { kind: 'set', path, value: pick(chance, places).value }
    case 4: {
      const lists = places.filter((place) => Array.isArray(place.value))
      const list = pick(chance, lists)
      const items = Array.isArray(list.value) ? list.value : []
      const item: unknown = items.length > 0 ? pick(chance, items) : value
      return {
        kind: 'insert',
        path: list.path,
        index: below(chance, items.length + 1),
        value: item,
      }
    }
    case 5: {
      const numbers = places.filter((place) => typeof place.value === 'number')
      const number = pick(chance, numbers.length > 0 ? numbers : places)
      const was = typeof number.value === 'number' ? number.value : 0
      const changed = [was + 1, was - 1, -was, was * 1e18, was + 0.5, 2 ** 53, 1e308, -1]
      return { kind: 'set', path: number.path, value: pick(chance, changed) }
    }
    case 6:
    case 7: {
      const texts = places.filter((place) => typeof place.value === 'string')
      const text = pick(chance, texts)
      return {
        kind: 'set',
        path: text.path,
        value: pick(chance, [
          ...oddTexts,
          ...words,
          pick(chance, texts).value,
          pick(chance, texts).value,
        ]),
      }
    }
    case 8:
    case 9:
    case 10: {
      const lent = valueAt(pick(chance, others), path)
      return { kind: 'set', path, value: lent === undefined ? pick(chance, odd) : lent }
    }
    default: {
      const length = pick(chance, [0, 1, 1, 8, 1_000_000])
      return { kind: 'text', from: chance(), length, by: pick(chance, oddBytes) }
    }
  }
}

const oddKeys = [
  '__proto__',
  'constructor',
  'toString',
  'extra',
  '',
  '0',
  'path',
  'verdict',
  'wait',
]
/** What a snapshot says somewhere, and may not say everywhere. */
const words = (
  'UserPrompt ModelRequest CallTools End user-prompt model-request call-tools end tool-return ' +
  'retry-prompt function output external unapproved unknown rerun requested waiting ' +
  'awaitingApproval awaitingAnswer executing interrupted returned retryAsked failed denied ' +
  'deferred skipped expired outcomeUnknown approval answer approved answered asap when_idle ' +
  'suspended complete incomplete request response once pay outside helper'
).split(' ')
const oddTexts = [
  '',
  ' ',
  '\0',
  '\ud800',
  '🦄',
  'a'.repeat(5_000),
  '__proto__',
  '9'.repeat(400),
  '{}',
]
const oddBytes = ['', '"', '}', ']', ',', '0', '\\u0000', 'null', '{"a":1}', '\ud800', '[[[[']
const odd: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  'x',
  [],
  {},
  [null],
  [[]],
  [{}],
  { kind: 'end' },
  { logIndex: 0 },
  { at: -1 },
  nested(600),
  nested(20_000),
]

function nested(levels: number): unknown {
  let value: unknown = []
  for (let i = 0; i < levels; i += 1) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

/** All places of a document, containers included; the document itself is none. */
function placesIn(document: unknown): readonly Somewhere[] {
  const places: Somewhere[] = []
  const walk = (value: unknown, path: Path): void => {
    if (path.length > 0) places.push({ path, value })
    if (typeof value !== 'object' || value === null) return
    const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value)
    for (const key of keys) walk(Reflect.get(value, key), [...path, key])
  }
  walk(document, [])
  return places
}

function valueAt(document: unknown, path: Path): unknown {
  let value = document
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

/** The document with the changes made; the text it is written as where a change of the text leaves no JSON. */
export function mutated(json: string, mutations: readonly Mutation[]): unknown {
  const document: unknown = JSON.parse(json)
  for (const each of mutations) if (each.kind !== 'text') change(document, each)
  const texts = mutations.filter((each) => each.kind === 'text')
  if (texts.length === 0) return document
  let text = writtenOr(document)
  for (const { from, length, by } of texts) {
    const at = Math.floor(from * text.length)
    text = text.slice(0, at) + by + text.slice(at + length)
  }
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function writtenOr(document: unknown): string {
  try {
    return JSON.stringify(document)
  } catch {
    return '{"deep": true}' // too deep to be written
  }
}

function change(document: unknown, made: Exclude<Mutation, { kind: 'text' }>): void {
  const { path } = made
  const key = path.at(-1)
  const holder = valueAt(document, made.kind === 'insert' ? path : path.slice(0, -1))
  if (typeof holder !== 'object' || holder === null || key === undefined) return
  if (made.kind === 'insert') {
    if (Array.isArray(holder)) holder.splice(made.index, 0, copyOf(made.value))
  } else if (made.kind === 'delete') {
    if (Array.isArray(holder)) holder.splice(Number(key), 1)
    else Reflect.deleteProperty(holder, key)
  } else if (!Array.isArray(holder) || typeof key === 'number') {
    const value = copyOf(made.value)
    const flags = { configurable: true, enumerable: true, writable: true }
    Object.defineProperty(holder, key, { value, ...flags }) // `__proto__`, too, as JSON has it
  }
}

/** What is set twice is two things. Deep values are nobody's to change. */
function copyOf(value: unknown): unknown {
  try {
    return value === undefined ? null : JSON.parse(JSON.stringify(value))
  } catch {
    return value
  }
}
