import type { AwaitedCall } from '../../snapshot/index.ts'
import type { NewRun, RunSave, Store, StoreOptions } from '../../store/index.ts'

/** Where a check keeps its runs: nothing is in it at first. */
export interface StorePlace {
  /** A store over this place; each call gives one of its own, as another process would have. */
  readonly open: (options: StoreOptions) => Store
  /** Called at the end, when all stores are closed. */
  readonly remove?: () => void | Promise<void>
}

/** A fact about stores. */
export interface Check {
  readonly name: string
  readonly body: (setting: Setting) => Promise<void>
}

/** What a check works with. */
export interface Setting {
  readonly store: Store
  /** Another one over the same place, with the same clock. */
  readonly open: (options?: StoreOptions) => Store
  readonly clock: HandClock
}

/** A clock that may also be turned back. */
export class HandClock {
  time = Date.UTC(2030, 0, 1)
  readonly now = (): number => this.time
}

export const minute = 60_000
export const mine = { owner: 'mine' }
export const theirs = { owner: 'theirs' }

/** @throws Error when they differ, apart from the order of keys */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(sorted(actual)) === JSON.stringify(sorted(expected))) return
  throw new Error(`${what}: expected ${shown(expected)}, and it is ${shown(actual)}`)
}

/** The error that the promise is rejected with, which has to be of this name. */
export async function refusal(promise: Promise<unknown>, name: string): Promise<Error> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (error instanceof Error && error.name === name) return error
  const found = error instanceof Error ? `${error.name}: ${error.message}` : shown(error)
  throw new Error(`Expected a ${name}, and there was ${found}`)
}

/** Whether the error tells these facts. */
export function tells(error: Error, facts: Readonly<Record<string, unknown>>): void {
  for (const [key, fact] of Object.entries(facts)) {
    const told: unknown = Reflect.get(error, key)
    same(told, fact, `${error.name}.${key}`)
  }
}

/** A run that begins, with one message. */
export function newRun(runId: string, changes: Partial<NewRun> = {}): NewRun {
  return {
    ...saved(1),
    runId,
    conversationId: 'conversation',
    agentName: null,
    forkedFrom: null,
    messages: { from: 0, items: [{ text: 'first' }] },
    ...changes,
  }
}

/** A save that adds nothing to the one message of {@link newRun}. */
export function saved(seq: number, changes: Partial<RunSave> = {}): RunSave {
  return {
    seq,
    snapshot: { at: seq },
    messages: { from: 1, items: [] },
    status: 'active',
    title: null,
    step: seq,
    wakeAt: null,
    awaits: [],
    error: null,
    isStep: true,
    state: 'ModelRequest',
    taken: [],
    ...changes,
  }
}

/** A call that waits for approval. */
export function awaited(toolCallId: string, changes: Partial<AwaitedCall> = {}): AwaitedCall {
  return {
    toolCallId,
    index: 0,
    toolName: 'pay',
    args: null,
    awaits: 'approval',
    metadata: null,
    deadline: null,
    path: [],
    agentName: null,
    ...changes,
  }
}

/** Lets everything else go on for a moment. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0)
  })
}

/** `run-1`, `run-2`, … */
export function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `run-${i + 1}`)
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
  return entries.map(([key, item]) => [`${key}:`, sorted(item)])
}

function shown(value: unknown): string {
  return value === undefined ? 'undefined' : JSON.stringify(value).slice(0, 1_000)
}
