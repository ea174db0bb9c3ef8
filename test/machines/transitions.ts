/** The chart as a function: events in, snapshots out, and nothing runs. */
import { type initialTransition, matchesState, type StateValue, transition } from 'xstate'
import { agentMachine } from '../../machines/index.ts'
import type { AnyGraphEvent, InvokeId } from './outcomes.ts'

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

/** The id of the slot that deals with the pending node, or that writes what came of it. */
export function invokeOf({ context, value }: Snapshot): InvokeId {
  const ids = {
    'user-prompt': 'prepare-prompt',
    'model-request': 'request-model',
    'call-tools': 'call-tools',
    end: 'call-tools',
  } as const
  return isSaving(value) ? 'save-step' : ids[context.node.kind]
}

/** Whether a run is at rest with its node. */
export function isReady(value: StateValue): boolean {
  return isWithin(value, 'ready')
}

/** Whether a step's outcome is held until it is saved. */
export function isSaving(value: StateValue): boolean {
  return isWithin(value, 'saving')
}

/** Whether nothing goes on before somebody sends `next`. */
export function isAtRest(value: StateValue): boolean {
  return isReady(value) || isWithin(value, 'saving.resting')
}

function isWithin(value: StateValue, path: string): boolean {
  const states = ['UserPrompt', 'ModelRequest', 'CallTools']
  return states.some((state) => matchesState(`${state}.${path}`, value))
}
