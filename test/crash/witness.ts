import type { StoredRun } from '../../src/store/index.ts'

/** What a store held when a process had just died. */
export interface Witness {
  /** How much had happened by then: the length of the file of effects. */
  readonly effects: number
  /** Responses of the model that are saved. */
  readonly responses: number
  /** The same of runs below calls that are under way. */
  readonly below: ReadonlyMap<string, number>
  /** Calls that have their result. */
  readonly settled: readonly string[]
  /** Calls that are marked as running. */
  readonly executing: readonly string[]
}

const underWay = ['requested', 'waiting', 'executing', 'interrupted']
const asked = ['awaitingApproval', 'awaitingAnswer']

/** @param stored `null` for a run that did not get into the store */
export function witnessOf(stored: StoredRun | null, effects: number): Witness {
  const messages = stored?.messages ?? []
  const ledger = listOf(fieldOf(stored?.snapshot, 'ledger'))
  const inState = (isMeant: (state: string) => boolean): readonly string[] =>
    ledger
      .filter((entry) => isMeant(String(fieldOf(entry, 'state'))))
      .map((entry) => String(fieldOf(entry, 'toolCallId')))
  const answered = messages.flatMap((message) =>
    listOf(fieldOf(message, 'parts'))
      .filter((part) => fieldOf(part, 'part_kind') === 'tool-return')
      .map((part) => String(fieldOf(part, 'tool_call_id'))),
  )
  const below = ledger.map((entry): [string, number] => {
    const run = fieldOf(fieldOf(entry, 'nested'), 'snapshot')
    return [String(fieldOf(entry, 'toolCallId')), responsesIn(listOf(fieldOf(run, 'messages')))]
  })
  return {
    effects,
    responses: responsesIn(messages),
    below: new Map(below),
    settled: [
      ...answered,
      ...inState((state) => !underWay.includes(state) && !asked.includes(state)),
    ],
    executing: inState((state) => state === 'executing'),
  }
}

function responsesIn(messages: readonly unknown[]): number {
  return messages.filter((message) => fieldOf(message, 'kind') === 'response').length
}

export function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
