import type {
  AgentInput,
  CallFacts,
  CallMove,
  CallWait,
  GraphEvent,
  PendingMessages,
  StepAdvanced,
  StepFailed,
  StepOutcome,
} from '../../machines/index.ts'
import { completeRequest, completeResponse, logOf } from '../../src/messages/index.ts'
import {
  CallToolsNode,
  End,
  ModelRequestNode,
  type NodeOrEnd,
  UserPromptNode,
} from '../../src/nodes/index.ts'
import { emptyRunUsage } from '../../src/usage/index.ts'

const at = '2026-01-01T00:00:00.000Z'

export const prompt = UserPromptNode('Go.')
export const request = ModelRequestNode(completeRequest({ parts: [] }, at))
export const response = CallToolsNode(
  completeResponse({ parts: [{ partKind: 'text', content: 'hi' }] }, at),
)
export const end = End({ output: 'hi', toolName: null, toolCallId: null })

/** What a run in steps that survives failures starts from; what is given replaces single fields. */
export function input(fields: Partial<AgentInput> = {}): AgentInput {
  return {
    node: prompt,
    drive: 'step',
    onFailure: 'stay',
    runId: 'run',
    conversationId: 'conversation',
    metadata: null,
    usage: emptyRunUsage,
    ...fields,
  }
}

/** A step that did its work. */
export function to(node: NodeOrEnd, fields: Partial<StepAdvanced> = {}): StepAdvanced {
  return { kind: 'advanced', node, messages: logOf([]), usage: emptyRunUsage, ...fields }
}

/** A step that did not. */
export function failed(error: unknown, fields: Partial<StepFailed> = {}): StepFailed {
  return {
    kind: 'failed',
    error,
    isFinal: false,
    tail: [],
    usage: emptyRunUsage,
    heldResponse: null,
    ...fields,
  }
}

/** Messages that wait. */
export function enqueued(
  enqueueId: string,
  priority: PendingMessages['priority'] = 'asap',
): PendingMessages {
  const content = `enqueued as ${enqueueId}`
  const parts = [{ partKind: 'user-prompt' as const, content }]
  return { enqueueId, priority, messages: [completeRequest({ parts }, at)] }
}

export type InvokeId = 'prepare-prompt' | 'request-model' | 'call-tools' | 'save-step'

/** How the chart learns that a slot has settled. */
export interface SlotSettled {
  readonly type: `xstate.${'done' | 'error'}.actor.${InvokeId}`
  readonly output?: StepOutcome
  readonly error?: unknown
}

export type AnyGraphEvent = GraphEvent | SlotSettled

export function done(id: InvokeId, output: StepOutcome): SlotSettled {
  return { type: `xstate.done.actor.${id}`, output }
}

/** What a step came to is written; its slot has nothing to say. */
export const saved: SlotSettled = { type: 'xstate.done.actor.save-step' }

export function rejected(id: InvokeId, error: unknown): SlotSettled {
  return { type: `xstate.error.actor.${id}`, error }
}

export function call(toolName: string, toolCallId = toolName): CallFacts {
  return { toolCallId, toolName, kind: 'function' }
}

/** What has happened to calls that are open. */
export function moved(...moves: readonly CallMove[]): GraphEvent {
  return { type: 'tool-calls-moved', moves, usage: emptyRunUsage }
}

/** Calls that are opened and wait for somebody outside. */
export function asked(
  awaits: CallWait['awaits'],
  names: readonly string[],
  wait: Omit<CallWait, 'awaits'> = {},
): GraphEvent {
  return {
    type: 'tool-calls-moved',
    opened: names.map((name) => call(name)),
    moves: names.flatMap((_, index) => [
      { index, type: 'call-validated' as const },
      { index, type: askedAs[awaits], wait: { awaits, ...wait } },
    ]),
    usage: emptyRunUsage,
  }
}

const askedAs = { approval: 'call-approval-asked', answer: 'call-answer-asked' } as const

/** Calls that are opened and executing. */
export function started(...names: readonly string[]): GraphEvent {
  return {
    type: 'tool-calls-moved',
    opened: names.map((name) => call(name)),
    moves: names.flatMap((_, index) => [
      { index, type: 'call-validated' as const },
      { index, type: 'call-started' as const },
    ]),
    usage: emptyRunUsage,
  }
}
