import type { AnyStateMachine } from 'xstate'
import type { JsonObject } from '../schema/index.ts'

/**
 * A machine's configuration as plain JSON: states, transitions, ids, and the names of guards, actions, delays and actors.
 * What is code is left out, and with it guards and actions without a name. `createMachine` makes the same graph of it.
 */
export function graphJson(machine: AnyStateMachine): JsonObject {
  return stateJson(machine.config)
}

function stateJson(config: unknown): JsonObject {
  const { states, on, after, invoke, ...rest } = entriesOf(config)
  return withoutUndefined({
    ...mapValues(rest, plain),
    invoke: invoke === undefined ? undefined : listOf(invoke).map(invokeJson),
    on: on === undefined ? undefined : mapValues(on, transitionsJson),
    after: after === undefined ? undefined : mapValues(after, transitionsJson),
    states: states === undefined ? undefined : mapValues(states, stateJson),
  })
}

/** An actor that is given by itself and not by its name is code. */
function invokeJson(config: unknown): JsonObject {
  const { src, ...rest } = entriesOf(config)
  return withoutUndefined({
    ...mapValues(rest, plain),
    src: typeof src === 'string' ? src : undefined,
  })
}

/** An event without a transition is one that the state forbids: it goes no further up. */
function transitionsJson(config: unknown): unknown {
  return plain(config) ?? {}
}

/** The value without its functions; `undefined` for what is no JSON at all. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain).filter((item) => item !== undefined)
  if (typeof value === 'object' && value !== null) return withoutUndefined(mapValues(value, plain))
  return typeof value === 'function' || typeof value === 'symbol' ? undefined : value
}

function mapValues(value: unknown, map: (value: unknown) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(entriesOf(value)).map(([key, one]) => [key, map(one)]))
}

function withoutUndefined(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined))
}

function entriesOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}
