/** The chart as a function: events in, snapshots out, and nothing runs. */
import { type initialTransition, transition } from 'xstate'
import { agentMachine } from '../../machines/index.ts'
import type { AnyGraphEvent } from './outcomes.ts'

export type Snapshot = ReturnType<typeof initialTransition<typeof agentMachine>>[0]

/** What the chart makes of these events. */
export function step(snapshot: Snapshot, ...events: readonly AnyGraphEvent[]): Snapshot {
  // The chart also gets events that XState makes; its type names only those that may be sent.
  return events.reduce((from, event) => transition(agentMachine, from, event as never)[0], snapshot)
}

/** The state that a node of this kind belongs to. */
export function stateOf(kind: string): string {
  const states: Record<string, string> = {
    'user-prompt': 'UserPrompt',
    'model-request': 'ModelRequest',
    'call-tools': 'CallTools',
    end: 'End',
  }
  return states[kind] ?? kind
}

/** The id of the slot that deals with the pending node. */
export function invokeOf({ context }: Snapshot) {
  const ids = {
    'user-prompt': 'prepare-prompt',
    'model-request': 'request-model',
    'call-tools': 'call-tools',
    end: 'call-tools',
  } as const
  return ids[context.node.kind]
}

/** Whether a value of the chart is one at rest. */
export function isReady(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value)[0] === 'ready'
}
