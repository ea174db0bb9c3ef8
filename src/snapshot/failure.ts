import type { Failure } from '../../machines/index.ts'
import { type Codec, data, object, record, text, writeData } from '../codec/index.ts'
import * as errors from '../errors/index.ts'
import { flag } from './parts.ts'

const codec = object({ name: text, message: text, isFinal: flag }, { facts: record })

/** Longer facts, such as bodies, are not saved: they are for who is there, and may hold what is nobody else's. */
const mostFact = 200

/** Why a run rests. The error comes back with its name, message and plain facts; ours with their class, too. */
export const failure: Codec<Failure> = {
  read(value, place) {
    const { isFinal, ...error } = codec.read(value, place)
    return { error: errorFrom(error), isFinal }
  },
  json(value, place) {
    const { error, isFinal } = value as Failure // what a run holds
    return codec.json({ ...errorFacts(error), isFinal }, place)
  },
}

/** What was given to `cancel`; of an error, what it says. */
export const cancelReason: Codec<unknown> = {
  read: (value, place) => data.read(value, place),
  write: (value, place) =>
    writeData(value instanceof Error ? value.message : value, place, null) ?? null,
}

/** An error as plain data. */
export interface SavedError {
  readonly name: string
  readonly message: string
  /** What it knows besides: texts, numbers, true or false. */
  readonly facts?: Readonly<Record<string, unknown>>
}

export function errorFacts(error: unknown): SavedError {
  if (typeof error !== 'object' || error === null) return { name: 'Error', message: String(error) }
  const facts = Object.entries(error).filter(
    ([key, value]) => !['name', 'message', 'stack', 'hint'].includes(key) && isPlain(value),
  )
  return {
    name: textOf(Reflect.get(error, 'name'), 'Error'),
    message: textOf(Reflect.get(error, 'message'), 'What was thrown has no message'),
    ...(facts.length > 0 && { facts: Object.fromEntries(facts) }),
  }
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= mostFact
  return typeof value === 'number' ? Number.isFinite(value) : typeof value === 'boolean'
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}

/** An error made of plain data. Its stack is that of its restoration. */
export function errorFrom({ name, message, facts = {} }: SavedError): Error {
  const error = new Error(message)
  const prototype = prototypeOf(name)
  if (prototype !== undefined) Object.setPrototypeOf(error, prototype)
  const all = { ...facts, name }
  for (const [key, value] of Object.entries(all)) {
    Object.defineProperty(error, key, {
      value,
      configurable: true,
      writable: true,
      enumerable: key !== 'name',
    })
  }
  return error
}

/** That of the error class of ours with this name. */
function prototypeOf(name: string): object | undefined {
  const known: unknown = Object.hasOwn(errors, name) ? Reflect.get(errors, name) : undefined
  if (typeof known !== 'function') return undefined
  const prototype: unknown = Reflect.get(known, 'prototype')
  return typeof prototype === 'object' && prototype !== null ? prototype : undefined
}
