import { UserError } from '../../errors/index.ts'
import {
  completeMessages,
  isResult,
  messagesOf,
  type ModelMessage,
  type ModelMessageInput,
  repairDanglingCalls,
  type RequestPart,
  toolCallsOf,
} from '../../messages/index.ts'
import type { NodeOrEnd } from '../../nodes/index.ts'
import type { SavedRun } from '../../snapshot/index.ts'
import { type CallName, described, type EditFacts, sending, standing } from './fork-place.ts'
import { withResults } from './fork-results.ts'
import type { PromptInput } from '../options.ts'
import { completePrompt } from '../run-setup.ts'

/** What is changed about a step before a fork goes on from it. */
export interface ForkEdits {
  /** Another prompt: the fork begins where the run began. */
  readonly prompt?: PromptInput
  /**
   * Other results, by call id: values, or anything that answers a call from outside. They may be those of the request
   * that is sent next, those of calls that are still to run or that wait, which then do not run, or those that the last response
   * was an answer to: then the fork goes back to the request that carries them.
   */
  readonly toolResults?: Readonly<Record<string, unknown>>
  /**
   * Changes anything else. It is given all messages, the request that is sent next included, and the fork stands where
   * the messages end that it returns: at a request, to be sent, or at a response, to be acted on.
   */
  readonly messages?: (messages: readonly ModelMessage[]) => readonly ModelMessageInput[]
}

/** The run with its edits; the same one without. @throws {UserError} for what does not fit */
export function edited(saved: SavedRun, edits: ForkEdits, facts: EditFacts): SavedRun {
  const { prompt, messages, toolResults } = edits
  let run = saved
  if (prompt !== undefined) run = withPrompt(run, prompt, facts)
  if (messages !== undefined) run = withMessages(run, messages, facts)
  if (toolResults !== undefined) run = withResults(run, toolResults, facts)
  if (run !== saved) refuseUnfit(spread(saved), spread(run), facts)
  return run
}

/** Back to where the run began. */
function withPrompt(saved: SavedRun, prompt: PromptInput, facts: EditFacts): SavedRun {
  const userPrompt = completePrompt(prompt)
  const { context } = saved
  const { node, runId } = context
  if (node.kind === 'user-prompt') {
    return { ...saved, context: { ...context, prompt: userPrompt, node: { ...node, userPrompt } } }
  }
  const history = messagesOf(saved.log).slice(0, context.newMessageIndex)
  const last = history.at(-1)
  if (last?.kind === 'response' && toolCallsOf(last).length > 0) {
    throw new UserError(`There is no way back from ${facts.where} to another prompt`, {
      hint: 'The run began with results of calls, and its beginning is not kept; edit `messages` instead',
    })
  }
  return standing(saved, {
    state: 'UserPrompt',
    log: history,
    node: { kind: 'user-prompt', userPrompt, runId, visit: 0 },
    change: {
      prompt: userPrompt,
      visit: 0,
      step: 0,
      outputRetries: 0,
      toolRetries: [],
      pending: [],
    },
  })
}

/** The run with other messages, standing where they end. */
function withMessages(
  saved: SavedRun,
  change: NonNullable<ForkEdits['messages']>,
  { at, where }: EditFacts,
): SavedRun {
  const before = spread(saved)
  const messages = completeMessages(change(before), at, 'edits.messages')
  const { state, context } = saved
  const first = before[context.newMessageIndex]
  const found = first === undefined ? -1 : messages.indexOf(first)
  const newMessageIndex = found < 0 ? context.newMessageIndex : found
  const last = messages.at(-1)
  if (state === 'UserPrompt') return standing(saved, { state, log: messages })
  if (last === undefined) {
    throw new UserError(`Without messages there is nothing to go on from at ${where}`, {
      hint: 'Give another `prompt` to begin anew',
    })
  }
  if (last === before.at(-1) && isStill(context.node, messages)) {
    const isPending = state === 'ModelRequest'
    const { node, ledger } = context
    const log = isPending ? messages.slice(0, -1) : messages
    return standing(saved, { state, log, node, change: { ledger, newMessageIndex } })
  }
  return last.kind === 'request'
    ? sending(saved, messages, { newMessageIndex })
    : standing(saved, {
        state: 'CallTools',
        log: messages,
        node: { kind: 'call-tools', response: last },
        change: { newMessageIndex },
      })
}

/** Whether the node is about one of these messages, as it was. */
function isStill(node: NodeOrEnd, messages: readonly ModelMessage[]): boolean {
  return node.kind !== 'call-tools' || messages.includes(node.response)
}

/** All messages of a run, that which is to be sent, or continued, included. */
export function spread({ log, context: { node } }: SavedRun): readonly ModelMessage[] {
  const messages = messagesOf(log)
  if (node.kind !== 'model-request') return messages
  if (node.suspended !== undefined) return [...messages, node.suspended]
  return [...messages, ...(node.enqueued?.before ?? []), node.request]
}

/** @throws {UserError} for a history that no provider takes, unless it was like that */
function refuseUnfit(
  before: readonly ModelMessage[],
  after: readonly ModelMessage[],
  { where }: EditFacts,
): void {
  const open = without(openCalls(after), openCalls(before))
  if (open.length > 0) {
    throw new UserError(
      `The edits of ${where} leave calls without a result: ${open.map(described).join(', ')}`,
      { hint: 'Leave out the calls, too, or give results for them' },
    )
  }
  const orphans = without(orphanedResults(after), orphanedResults(before))
  if (orphans.length > 0) {
    throw new UserError(
      `The edits of ${where} leave results without their call: ${orphans.map(described).join(', ')}`,
      { hint: 'Leave out the results, too' },
    )
  }
}

/** Calls that will never have a result; those of a response at the end will. */
function openCalls(messages: readonly ModelMessage[]): readonly CallName[] {
  const repairLast = messages.at(-1)?.kind !== 'response'
  const known = new Set(messages.flatMap(requestPartsOf))
  const repaired = repairDanglingCalls(messages, { repairLast }).flatMap(requestPartsOf)
  return repaired.filter((part) => !known.has(part)).filter(isResult)
}

function orphanedResults(messages: readonly ModelMessage[]): readonly CallName[] {
  const called = new Set<string>()
  const orphans: CallName[] = []
  for (const message of messages) {
    if (message.kind === 'response') {
      for (const { toolCallId } of toolCallsOf(message)) called.add(toolCallId)
    }
    const results = requestPartsOf(message).filter(isResult)
    orphans.push(...results.filter(({ toolCallId }) => !called.has(toolCallId)))
  }
  return orphans
}

function requestPartsOf(message: ModelMessage): readonly RequestPart[] {
  return message.kind === 'request' ? message.parts : []
}

function without(calls: readonly CallName[], others: readonly CallName[]): readonly CallName[] {
  return calls.filter(({ toolCallId }) => !others.some((other) => other.toolCallId === toolCallId))
}
