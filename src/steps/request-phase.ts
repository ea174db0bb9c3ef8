/**
 * One model request: from the node to the response.
 *
 * Owns what a failure leaves behind. Is driven by `requestModel`.
 *
 *   Q1. What can be known at once is not waited for: only a function that returns a promise makes the request wait.
 *   Q2. What a request has used counts once, also when it is cut off.
 */
import {
  append,
  type MessageLog,
  type ModelMessage,
  type ModelRequest,
  type ModelResponse,
} from '../messages/index.ts'
import { UserError } from '../errors/index.ts'
import type { ModelCall, ModelSettings } from '../models/index.ts'
import type { ModelRequestNode } from '../nodes/index.ts'
import { isPromise } from '../schema/index.ts'
import type { InstructionPart, Toolset } from '../toolsets/index.ts'
import { loadPricing, type RequestReservation } from '../usage/index.ts'
import { Progress, requestWhole } from './continuation.ts'
import { type Delivery, deliveredWith, deliveryFor } from './enqueued.ts'
import { instructionsFor, joinInstructions } from './instructions.ts'
import { type CutOff, type StepPorts, timestamp } from './ports.ts'
import { messagesFor } from './request-messages.ts'
import { requestParameters } from './request-parameters.ts'
import { ownSettings, settingsFor } from './settings.ts'
import { type ContextFacts, StepContext } from './step-context.ts'
import { type StepTools, toolsOfRequest, toolsOfStep } from './step-tools.ts'

export class RequestPhase implements CutOff {
  readonly step: number
  readonly #ports: StepPorts
  readonly #node: ModelRequestNode
  readonly #delivery: Delivery
  readonly #progress: Progress
  /** The request as far as it is made, and what goes out with it; nothing for a response that is only continued. */
  #sent: readonly ModelMessage[]
  #request: ModelRequest
  #log: MessageLog
  #reservation: RequestReservation | undefined
  #stopClock: (() => void) | undefined

  constructor(ports: StepPorts, node: ModelRequestNode) {
    this.step = ports.state.step + 1
    this.#ports = ports
    this.#node = node
    this.#log = ports.log
    this.#progress = new Progress(ports, node.suspended)
    this.#delivery = deliveryFor(ports, node)
    this.#request = stamp(ports, node)
    this.#sent = this.#isNew ? deliveredWith(this.#delivery, this.#request) : []
    ports.onCutOff(this)
  }

  /** The history with the request. */
  get log(): MessageLog {
    return this.#log
  }

  /** Enqueued messages that go out with the request. */
  get delivered(): readonly string[] {
    return this.#delivery.ids
  }

  /** Whether the response is told piece by piece. */
  get isStreamed(): boolean {
    return this.#progress.isStreamed
  }

  /** The messages that the log would get, without what has come of the response. */
  get sent(): readonly ModelMessage[] {
    return this.#sent
  }

  tail(): readonly ModelMessage[] {
    const { cutOff } = this.#progress
    return cutOff === undefined ? this.#sent : [...this.#sent, cutOff]
  }

  abandon(): void {
    this.#stopClock?.()
    const { cutOff } = this.#progress
    if (cutOff !== undefined) this.#reservation?.settle(cutOff.usage) // Q2
    this.#reservation?.release()
  }

  /** What the model is asked. */
  prepare(): ModelCall | Promise<ModelCall> {
    const { memo, setup } = this.#ports
    memo.settings = ownSettings(setup.model)
    const tools = (this.#isNew ? toolsOfRequest : toolsOfStep)(this.#ports, this.step)
    return 'then' in tools ? tools.then((known) => this.#withTools(known)) : this.#withTools(tools) // Q1
  }

  send(call: ModelCall): Promise<ModelResponse> {
    const { setup, meter, cancellation, around } = this.#ports
    cancellation.throwIfCancelled() // while it was prepared: nothing is paid for
    this.#reservation = meter.reserveRequest()
    this.#stopClock = this.#ports.limitTime('model-request', setup.timeouts.modelRequest)
    const work = (): Promise<ModelResponse> => requestWhole(this.#ports, call, this.#progress)
    const name = setup.model.modelName
    return around === undefined ? work() : around({ kind: 'model-request', name }, work)
  }

  /** Counts a response that has come whole. @returns it with its price */
  count(response: ModelResponse): ModelResponse | Promise<ModelResponse> {
    const isPriced = !this.#ports.setup.model.isRemote || response.usage.cost !== null
    return isPriced
      ? this.#counted(response)
      : withCost(this.#ports, response).then((priced) => this.#counted(priced))
  }

  #counted(response: ModelResponse): ModelResponse {
    this.#reservation?.settle(response.usage)
    this.#stopClock?.()
    return response
  }

  get #isNew(): boolean {
    return this.#node.suspended === undefined
  }

  #facts(): ContextFacts {
    const { step } = this
    return { step, pending: this.#sent, maxRetries: this.#ports.setup.retries.tools }
  }

  #withTools(tools: StepTools): ModelCall | Promise<ModelCall> {
    const opened = this.#ports.openToolset()
    return 'then' in opened
      ? opened.then((toolset) => this.#withToolset(tools, toolset))
      : this.#withToolset(tools, opened)
  }

  #withToolset(tools: StepTools, toolset: Toolset): ModelCall | Promise<ModelCall> {
    if (!this.#isNew) return this.#withInstructions(tools, [])
    const context = () => new StepContext(this.#ports, this.#facts())
    const instructions = instructionsFor(this.#ports.setup, toolset, context)
    return 'then' in instructions
      ? instructions.then((parts) => this.#withInstructions(tools, parts))
      : this.#withInstructions(tools, instructions)
  }

  #withInstructions(
    tools: StepTools,
    instructions: readonly InstructionPart[],
  ): ModelCall | Promise<ModelCall> {
    const ports = this.#ports
    this.#request = { ...this.#request, instructions: joinInstructions(instructions) }
    if (this.#isNew) this.#sent = deliveredWith(this.#delivery, this.#request)
    const isEmpty = this.#request.parts.length === 0 && this.#request.instructions === null
    if (ports.log.length === 0 && isEmpty) {
      throw new UserError('No message history, user prompt, or instructions provided')
    }
    const settings = settingsFor(
      ports.setup,
      (below) => new StepContext(ports, { ...this.#facts(), settings: below }),
    )
    return isPromise(settings)
      ? settings.then((merged) => this.#call(tools, instructions, merged))
      : this.#call(tools, instructions, settings)
  }

  #call(
    tools: StepTools,
    instructions: readonly InstructionPart[],
    settings: ModelSettings,
  ): ModelCall {
    const ports = this.#ports
    const { memo, clock, cancellation } = ports
    memo.settings = settings
    const parameters = requestParameters(ports, tools, instructions)
    this.#log = append(ports.log, ...this.#sent)
    this.#delivery.tell(this.#request)
    return {
      messages: messagesFor(ports, this.#log),
      settings,
      parameters,
      clock,
      onAttemptFailed: (event) => ports.emit(event),
      signal: cancellation.signal,
    }
  }
}

/** The request as it stands in the log. */
export function stamp(ports: StepPorts, { request, isResent }: ModelRequestNode): ModelRequest {
  const { runId, conversationId } = ports.state
  return {
    ...request,
    timestamp: timestamp(ports),
    runId: isResent === true ? (request.runId ?? runId) : runId,
    conversationId: request.conversationId ?? conversationId,
  }
}

/** Prices are looked up for remote models only: others cost nothing, or say themselves what they cost. */
async function withCost({ setup }: StepPorts, response: ModelResponse): Promise<ModelResponse> {
  const pricing = await loadPricing()
  const { modelName, system } = setup.model
  const cost = pricing?.cost({
    modelName: response.modelName ?? modelName,
    providerName: response.providerName ?? system,
    providerUrl: response.providerUrl,
    usage: response.usage,
    timestamp: response.timestamp,
  })
  return cost === null || cost === undefined
    ? response
    : { ...response, usage: { ...response.usage, cost } }
}
