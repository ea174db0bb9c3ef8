/**
 * A stored run gone through once more with the code of today.
 *
 * Owns a host that does the steps, with stand-ins for models and tools; where the run is, the record says in place of a
 * chart. Tells what comes out otherwise.
 *
 *   R1. No model is asked, and no tool runs.
 *   R2. Each step begins from what was recorded, not from what the step before it came to now.
 */
import {
  advance,
  type AgentContext,
  type StepAdvanced,
  type StepOutcome,
} from '../../../machines/index.ts'
import {
  isResult,
  logOf,
  type MessageLog,
  messagesOf,
  type ModelMessage,
  type ModelRequest,
  toolCallsOf,
  truncate,
} from '../../messages/index.ts'
import type { CallToolsNode, ModelRequestNode, NodeOrEnd } from '../../nodes/index.ts'
import { RunHost, type RunStart } from '../../run/index.ts'
import { errorFacts, type SavedRun } from '../../snapshot/index.ts'
import { callTools, preparePrompt, requestModel, type Step } from '../../steps/index.ts'
import { callDifference, type RecordedCall } from './replay-calls.ts'
import { firstMismatch, type ReplayDifference } from './replay-differences.ts'
import { endDifference, retryDifference, tellsOfOutput } from './replay-outputs.ts'
import { recordedLedger, standingActor, type StandIns, withStandIns } from './replay-stand-ins.ts'

/** What was recorded. */
interface ReplayRecord {
  readonly recorded: SavedRun
  /** All messages, with those that were about to be sent. */
  readonly messages: readonly ModelMessage[]
  readonly outputTools: ReadonlySet<string>
  /** Tools that are called otherwise now; `null`: gone. */
  readonly renamed: ReadonlyMap<string, string | null>
}

type Differences = AsyncGenerator<ReplayDifference, void, undefined>

export class Replayed {
  /** Model requests that were made again. */
  steps = 0
  readonly #record: ReplayRecord
  readonly #log: MessageLog
  readonly #host: RunHost
  readonly #standIns: StandIns = { response: undefined, tools: undefined }
  #context: AgentContext

  constructor(start: RunStart, record: ReplayRecord) {
    if (start.resumed === undefined) throw new Error('Only a run that was put away can be replayed')
    this.#record = record
    this.#log = logOf(record.messages)
    this.#context = { ...start.resumed.context, deadline: null, failure: null }
    this.#host = new RunHost(withStandIns(start, this.#standIns))
    this.#host.attach(standingActor(() => this.#context))
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#host.close()]) // what closing throws is no difference
  }

  /** What comes out otherwise, in order. */
  async *differences(): Differences {
    const { messages } = this.#record
    const outcome = this.#context.node.kind === 'user-prompt' ? yield* this.#prepare() : undefined
    let prepared: NodeOrEnd | undefined = outcome?.node
    let position = outcome?.messages.length ?? this.#context.newMessageIndex
    if (prepared?.kind === 'call-tools')
      yield* this.#act(this.#recordedNode(prepared, position), position)
    for (;;) {
      const end = this.#endOfRequest(position)
      const response = messages[end]
      if (response?.kind !== 'response') return
      yield* this.#request(position, end, prepared)
      position = end + 1
      prepared = undefined
      yield* this.#act({ kind: 'call-tools', response }, position)
    }
  }

  /** The beginning of the run: its history, and its first request as far as it comes from the prompt. */
  async *#prepare(): AsyncGenerator<ReplayDifference, StepAdvanced | undefined, undefined> {
    const outcome = yield* this.#perform(preparePrompt, {}, this.#host.log)
    if (outcome === undefined) return undefined
    const { node } = outcome
    const isAsked = node.kind === 'model-request' && node.suspended === undefined
    const made = [...messagesOf(outcome.messages), ...(isAsked ? [node.request] : [])]
    const recorded = this.#record.messages.slice(0, made.length)
    const after = made.slice(0, recorded.length).map(partsOf)
    const found = firstMismatch(recorded.map(partsOf), after, ['timestamp'])
    if (found !== undefined) {
      const [index = 0, ...rest] = found.place
      const place = ['messages', index, 'parts', ...rest]
      const message = 'The first request says something else than it did'
      yield this.#difference('request', { ...found, place, message }, 1)
    }
    return outcome
  }

  /** With the response as the record has it. */
  #recordedNode(node: CallToolsNode, position: number): CallToolsNode {
    const before = this.#record.messages.slice(0, position)
    const response = before.findLast((message) => message.kind === 'response')
    return response === undefined ? node : { ...node, response }
  }

  /** A request with its instructions, tools and settings; `end` is the place of its response. */
  async *#request(position: number, end: number, prepared: NodeOrEnd | undefined): Differences {
    const { messages } = this.#record
    const [main, ...behind] = messages.slice(position, end)
    const node = main?.kind === 'request' ? sendable(main) : prepared
    const response = messages[end]
    if (node?.kind !== 'model-request' || response?.kind !== 'response') return
    this.#standIns.response = response
    const along = { enqueueId: 'sent-along', priority: 'asap', messages: behind } as const
    const pending = behind.length === 0 ? [] : [along]
    const outcome = yield* this.#perform(requestModel, { node, pending }, this.#until(position))
    this.steps += 1
    if (outcome === undefined) return
    const made = messagesOf(outcome.messages).slice(position, -1)
    const before = instructionsOf(messages.slice(position, end))
    const after = instructionsOf(made)
    if (before === after) return
    const place = ['messages', position, 'instructions']
    const message = `The instructions of request ${this.#context.step} are not what they were`
    yield this.#difference('request', { place, before, after, message })
  }

  /** What was done about a response; `position` is where the messages after it begin. */
  async *#act(node: CallToolsNode, position: number): Differences {
    const { recorded, messages, outputTools } = this.#record
    const end = this.#endOfRequest(position)
    const isEnd = end === messages.length && recorded.state === 'End'
    const next = messages.slice(position, end)
    const calls = this.#callsOf(node, end)
    const isDone = isEnd || next.length > 0
    const outcome = isDone
      ? yield* this.#perform(callTools, this.#settled(node, calls), this.#until(position))
      : undefined
    yield* this.#callDifferences(calls, isDone, isEnd)
    if (outcome === undefined) return
    const found = isEnd
      ? endDifference(recorded.context.node, outcome)
      : retryDifference(next, outcome, position, (part) => tellsOfOutput(part, outputTools))
    if (found !== undefined) yield this.#difference('output', found)
  }

  /** The calls of a response with what the model was told of them; of those still open, what the ledger says. */
  #callsOf({ response }: CallToolsNode, end: number): readonly RecordedCall[] {
    const { messages, recorded } = this.#record
    const index = messages.indexOf(response)
    const results = messages.slice(index + 1, end).flatMap(resultsIn)
    return toolCallsOf(response).map((call, position) => {
      const found = results.findIndex(({ toolCallId }) => toolCallId === call.toolCallId)
      const [answer] = found < 0 ? [] : results.splice(found, 1)
      const place = ['messages', index, 'parts', response.parts.indexOf(call)]
      const entry = end === messages.length ? recorded.context.ledger[position] : undefined
      return { call, place, answer: answer ?? entry?.result?.part, entry }
    })
  }

  /** The state in which the calls of a response have the results that were recorded. */
  #settled(node: CallToolsNode, calls: readonly RecordedCall[]): Partial<AgentContext> {
    const { recorded, outputTools } = this.#record
    const { node: last } = recorded.context
    const output = last.kind === 'end' ? last.data.output : undefined
    return { node, ledger: recordedLedger(calls, output, outputTools), pending: [] }
  }

  async *#callDifferences(
    calls: readonly RecordedCall[],
    isDone: boolean,
    isEnd: boolean,
  ): Differences {
    const { tools } = this.#standIns
    const { outputTools, renamed } = this.#record
    if (tools === undefined) return // nothing was offered yet
    const isEarly = isEnd && this.#host.start.setup.endStrategy === 'early'
    for (const recorded of calls) {
      const { call, entry } = recorded
      const name = renamed.has(call.toolName) ? renamed.get(call.toolName) : call.toolName
      const tool = name === null || name === undefined ? undefined : tools.get(name)
      const wasChecked = isDone ? !isEarly : entry !== undefined && entry.state !== 'requested'
      if (outputTools.has(call.toolName) || !wasChecked) continue
      const found = await callDifference(recorded, tool, this.#context.step)
      if (found !== undefined) yield found
    }
  }

  /** Does a step where the record says; a step that fails is a difference, since it did not. */
  async *#perform(
    step: Step,
    change: Partial<AgentContext>,
    log: MessageLog,
  ): AsyncGenerator<ReplayDifference, StepAdvanced | undefined, undefined> {
    this.#context = { ...this.#context, ...change, messageCount: log.length }
    this.#host.log = log
    const outcome = await new Promise<StepOutcome>((settle, reject) => {
      this.#host.perform(step, { settle, reject })
    })
    if (outcome.kind === 'failed') {
      const { name, message } = errorFacts(outcome.error)
      const told = `The run would fail here: ${message}`
      const place = ['messages', log.length]
      const values = { before: undefined, after: { name, message } }
      yield this.#difference('end', { place, ...values, message: told }, this.#stepOf(step))
      return undefined
    }
    this.#context = advance({ ...this.#context, unsaved: outcome }, {})
    return outcome
  }

  #stepOf(step: Step): number {
    const { step: made } = this.#context
    return step === callTools ? made : made + 1
  }

  #difference(
    kind: ReplayDifference['kind'],
    difference: Omit<ReplayDifference, 'kind' | 'step'>,
    step = this.#context.step,
  ): ReplayDifference {
    return { step, kind, ...difference }
  }

  /** The place of the first response from here on, or of the end. */
  #endOfRequest(position: number): number {
    const { messages } = this.#record
    const end = messages.findIndex(({ kind }, i) => i >= position && kind === 'response')
    return end < 0 ? messages.length : end
  }

  #until(position: number): MessageLog {
    return truncate(this.#log, position)
  }
}

function sendable(request: ModelRequest): ModelRequestNode {
  return { kind: 'model-request', request: { ...request, instructions: null } }
}

function resultsIn(message: ModelMessage) {
  return message.kind === 'request' ? message.parts.filter(isResult) : []
}

function partsOf({ parts }: ModelMessage): ModelMessage['parts'] {
  return parts
}

/** The instructions that go with the messages of one request. */
function instructionsOf(messages: readonly ModelMessage[]): string | null {
  const told = messages.map((message) => (message.kind === 'request' ? message.instructions : null))
  return told.findLast((instructions) => instructions !== null) ?? null
}
