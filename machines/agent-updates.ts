import { DeadlinePassedError, DepsMissingError, RunCancelledError } from '../src/errors/index.ts'
import type { AgentNode } from '../src/nodes/index.ts'
import type {
  AgentContext,
  AgentInput,
  AgentOutput,
  GraphEvent,
  PendingMessages,
  StepAdvanced,
  StepReference,
} from './agent-context.ts'
import {
  type LedgerEntry,
  moveLedger,
  type NestedRun,
  openLedger,
  withoutNested,
} from './ledger.ts'
import { outcomeOf } from './outcome.ts'
import { isSettled } from './tool-call.machine.ts'
import { keepVerdicts } from './verdicts.ts'

/** A run before its first step. Written out whole: contexts are copied at every step, and those of one shape quickly. */
export function initialContext(input: AgentInput): AgentContext {
  const { node, runId, messageCount = 0 } = input
  return {
    drive: input.drive ?? 'auto',
    onFailure: input.onFailure ?? 'fail',
    runId,
    conversationId: input.conversationId,
    metadata: input.metadata,
    prompt: node.userPrompt,
    node: { ...node, runId, visit: 0 },
    visit: 0,
    step: 0,
    messageCount,
    newMessageIndex: messageCount,
    ledger: [],
    usage: input.usage,
    pending: [],
    deadline: input.deadline ?? null,
    outputRetries: 0,
    toolRetries: [],
    tail: [],
    heldResponse: null,
    failure: null,
    isStored: input.isStored ?? false,
    unsaved: null,
    cancelRequest: null,
    decisions: [],
  }
}

/** What a finished run hands on. */
export function outputOf({
  node,
  usage,
  runId,
  conversationId,
  metadata,
}: AgentContext): AgentOutput {
  if (node.kind !== 'end') throw new Error('The output of a run exists at its end only')
  return { ...node.data, usage, runId, conversationId, metadata }
}

/** What a slot is told. */
export function reference({ runId, step }: AgentContext): StepReference {
  return { runId, step }
}

/** The node that `next` asks for: its own, or the pending one. */
export function nodeOf(context: AgentContext, event: GraphEvent): AgentContext['node'] | undefined {
  return event.type === 'next' ? (event.node ?? context.node) : undefined
}

/** `next`: the pending node, an edited one, or a skip, without what an earlier try left behind. */
export function takeNode(context: AgentContext, event: GraphEvent): Partial<AgentContext> {
  const { unsaved } = context
  const fresh = { ...saveAgain(context, event), tail: [], cancelRequest: null, unsaved: null }
  if (event.type !== 'next' || event.node === undefined || event.node === context.node) return fresh
  const node: AgentNode = { ...event.node, runId: context.runId, visit: context.visit } // A1
  const usage = unsaved?.usage ?? context.usage // what is skipped was paid for
  return { ...fresh, node, usage, ledger: [], heldResponse: null, pending: notSent(context, node) }
}

/** `next`, after a failure to save: the same is written again. */
export function saveAgain(context: AgentContext, event: GraphEvent): Partial<AgentContext> {
  const isNew = event.type === 'next' && event.deadline !== undefined
  return { failure: null, deadline: isNew ? event.deadline : context.deadline }
}

/** What waits, and with it what was about to be sent if this node leaves it out: it is not lost by a skip. */
function notSent({ node, pending }: AgentContext, next: AgentNode): AgentContext['pending'] {
  const left = node.kind === 'model-request' ? node.enqueued : undefined
  if (node.kind !== 'model-request' || left === undefined) return pending
  const isSent = next.kind === 'model-request' && next.enqueued?.enqueueId === left.enqueueId
  if (isSent || pending.some(({ enqueueId }) => enqueueId === left.enqueueId)) return pending
  const messages = [...left.before, node.request]
  return [{ enqueueId: left.enqueueId, priority: 'asap', messages }, ...pending]
}

/**
 * The context after calls have moved. For hosts that need not ask the chart, because nothing but the context changes:
 * the event is legal in `CallTools.active`, and only there.
 */
export function moveCalls(context: AgentContext, event: GraphEvent): AgentContext {
  if (event.type !== 'tool-calls-moved') return context
  const isNew = event.opened !== undefined && context.ledger.length === 0 // A9
  const moved = moveLedger(isNew ? openLedger(event.opened) : context.ledger, event.moves)
  const ledger = event.nested === undefined ? moved : withNested(moved, event.nested)
  return { ...context, ledger, usage: event.usage }
}

/** The kind of the node that a step leads to; `undefined` when it failed. */
export function nextKind(context: AgentContext, event: object): string | undefined {
  const outcome = outcomeOf(event) ?? context.unsaved
  if (outcome?.kind !== 'advanced') return undefined
  return goesOn(context, outcome) ? 'model-request' : outcome.node.kind // A10
}

/** Whether messages wait that keep the run from ending. */
export function goesOn(
  { pending }: AgentContext,
  { node, endsWithOpenCalls }: StepAdvanced,
): boolean {
  return pending.length > 0 && node.kind === 'end' && endsWithOpenCalls !== true
}

/** What a step failed with, whether it settled or rejected. */
export function errorOf({ unsaved }: AgentContext, event: object): unknown {
  const outcome = outcomeOf(event) ?? unsaved
  if (outcome?.kind === 'failed') return outcome.error
  return rejectionOf(event)
}

/**
 * The context after a step that did its work: the next node, and what the step changed. Made in one go: copying a
 * context and then copying changes into it takes five times as long.
 */
export function advance(context: AgentContext, event: object): AgentContext {
  const outcome = outcomeOf(event) ?? context.unsaved
  if (outcome?.kind !== 'advanced') return context
  const { metadata, prompt } = outcome
  const visit = context.visit + 1 // A8
  const undelivered = withoutDelivered(context.pending, outcome.delivered)
  const { node, pending } = goesOn(context, outcome)
    ? deliver(undelivered)
    : { node: outcome.node, pending: undelivered }
  return {
    ...context,
    usage: outcome.usage,
    step: outcome.step ?? context.step,
    newMessageIndex: outcome.newMessageIndex ?? context.newMessageIndex,
    outputRetries: outcome.outputRetries ?? context.outputRetries,
    toolRetries: outcome.toolRetries ?? context.toolRetries,
    metadata: metadata === undefined ? context.metadata : metadata,
    prompt: prompt === undefined ? context.prompt : prompt,
    pending,
    node: { ...node, runId: context.runId, visit },
    visit,
    messageCount: outcome.messages.length,
    ledger: [],
    heldResponse: null,
    unsaved: null,
  }
}

function withoutDelivered(
  pending: AgentContext['pending'],
  delivered: readonly string[] = [],
): AgentContext['pending'] {
  return delivered.length === 0
    ? pending
    : pending.filter(({ enqueueId }) => !delivered.includes(enqueueId))
}

/**
 * Instead of the end: a request made of the message that waits longest, urgent ones first. The others go with it, since
 * there is no later time for them.
 */
function deliver(pending: AgentContext['pending']): Pick<AgentContext, 'node' | 'pending'> {
  const [first, ...others] = pending.toSorted((one, other) => rank(one) - rank(other))
  const request = first?.messages.at(-1)
  if (first === undefined || request?.kind !== 'request') {
    throw new Error('What is enqueued ends in a request')
  }
  const enqueued = { enqueueId: first.enqueueId, before: first.messages.slice(0, -1) }
  return {
    node: { kind: 'model-request', request, enqueued },
    pending: others.map((entry) => ({ ...entry, priority: 'asap' })),
  }
}

function rank({ priority }: PendingMessages): number {
  return priority === 'asap' ? 0 : 1
}

/** Messages join those that wait; the same ones sent twice count once. */
export function enqueue({ pending }: AgentContext, event: GraphEvent): Partial<AgentContext> {
  if (event.type !== 'enqueue') return {}
  const { entry } = event
  const isKnown = pending.some(({ enqueueId }) => enqueueId === entry.enqueueId)
  return isKnown ? {} : { pending: [...pending, entry] }
}

/** A step failed: the error, and what the step leaves behind. */
export function keepFailure(context: AgentContext, event: object): Partial<AgentContext> {
  const outcome = outcomeOf(event) ?? context.unsaved
  const ledger = moveLedger(context.ledger, cutOff(context)) // A9
  if (outcome?.kind !== 'failed') {
    return { failure: { error: errorOf(context, event), isFinal: false }, ledger, unsaved: null }
  }
  const { error, isFinal, tail, usage, heldResponse } = outcome
  return { failure: { error, isFinal }, tail, usage, heldResponse, ledger, unsaved: null }
}

/** What a step came to, until it is saved. */
export function holdOutcome(event: GraphEvent): Partial<AgentContext> {
  return { unsaved: outcomeOf(event) ?? null }
}

/** It could not be saved: it stays as it is, to be saved when somebody goes on. */
export function keepSaveFailure(event: GraphEvent): Partial<AgentContext> {
  return { failure: { error: rejectionOf(event), isFinal: false } }
}

/** What a slot rejected with. */
export function rejectionOf(event: object): unknown {
  if ('error' in event) return event.error
  const type = 'type' in event ? String(event.type) : ''
  return new Error(`'${type}' tells of no outcome that fits`)
}

/** A cancel that came at rest becomes the failure of the next driver. */
export function keepCancel({ cancelRequest, onFailure }: AgentContext): Partial<AgentContext> {
  const error = new RunCancelledError(cancelRequest?.reason)
  if (onFailure === 'fail') throw error // A3: as in `failOutright`
  return { cancelRequest: null, failure: { error, isFinal: false } }
}

/** The deadline of a run that is at rest becomes the failure of the next driver. */
export function keepDeadline(
  { onFailure, failure }: AgentContext,
  event: GraphEvent,
): Partial<AgentContext> {
  const isOfRun = event.type === 'deadline-passed' && event.scope === 'run' // others end with their work
  if (failure !== null || !isOfRun) return {}
  const error = new DeadlinePassedError('run')
  if (onFailure === 'fail') throw error // A3: as in `failOutright`
  return { failure: { error, isFinal: true } }
}

/** Deps are there; a run that rested for want of them rests no more. */
export function withoutDepsFailure({ failure }: AgentContext): Partial<AgentContext> {
  return failure?.error instanceof DepsMissingError ? { failure: null } : {}
}

/** Runs below calls as they are now. */
function withNested(
  ledger: readonly LedgerEntry[],
  changes: readonly { readonly index: number; readonly run: NestedRun | null }[],
): readonly LedgerEntry[] {
  return ledger.map((entry) => {
    const change = changes.find(({ index }) => index === entry.index)
    if (change === undefined || isSettled(entry.state)) return entry
    const { run } = change
    return run === null
      ? withoutNested(entry)
      : { ...entry, nested: keepVerdicts(entry.nested, run) }
  })
}

function cutOff({ ledger }: AgentContext) {
  return ledger.map(({ index }) => ({ index, type: 'call-interrupted' as const }))
}
