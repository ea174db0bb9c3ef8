import type { StepOutcome } from '../../machines/index.ts'
import { UsageLimitExceeded, UserError } from '../errors/index.ts'
import {
  append,
  type MessageLog,
  type ModelMessage,
  type ModelRequest,
  type ModelResponse,
} from '../messages/index.ts'
import type { ModelCall } from '../models/index.ts'
import type { ModelRequestNode } from '../nodes/index.ts'
import { loadPricing } from '../usage/index.ts'
import { deliveredWith, deliveryFor } from './enqueued.ts'
import { Progress, requestWhole } from './continuation.ts'
import { instructionsFor, joinInstructions } from './instructions.ts'
import { advanced, type CutOff, failed, type StepPorts, timestamp } from './ports.ts'
import { messagesFor } from './request-messages.ts'
import { requestParameters } from './request-parameters.ts'
import { selectModel } from './select-model.ts'
import { settingsFor } from './settings.ts'
import { StepContext } from './step-context.ts'
import { toolsOfRequest, toolsOfStep } from './step-tools.ts'

/** What a failure leaves in the tail: the request, as far as it was made, and what has come of the response. */
interface Sent {
  messages: readonly ModelMessage[]
  progress: Progress
}

/** The request as it goes out, and the history with it. */
interface Prepared {
  readonly log: MessageLog
  readonly call: ModelCall
  readonly delivered: readonly string[]
}

/** The work of `ModelRequest`: sends the request and takes the response. */
export async function requestModel(ports: StepPorts): Promise<StepOutcome> {
  if (ports.setup.selectModel === undefined) return askModel(ports)
  try {
    return await askModel(await selectModel(ports, ports.state.step + 1))
  } catch (error) {
    return failed(ports, error, { isFinal: error instanceof UserError, tail: unsent(ports) })
  }
}

/** The request as far as it is known without a model. */
function unsent(ports: StepPorts): readonly ModelMessage[] {
  const { node } = ports.state
  if (node.kind !== 'model-request' || node.suspended !== undefined) return []
  return deliveredWith(deliveryFor(ports, node), stamp(ports, node))
}

async function askModel(ports: StepPorts): Promise<StepOutcome> {
  const { node, heldResponse } = ports.state
  if (node.kind !== 'model-request') throw new Error(`No request in a node of kind '${node.kind}'`)
  const step = ports.state.step + 1
  const sent: Sent = { messages: [], progress: new Progress(ports, node.suspended) }
  const tail = () => {
    const { cutOff } = sent.progress
    return cutOff === undefined ? sent.messages : [...sent.messages, cutOff]
  }
  ports.onCutOff({ tail })
  try {
    const prepared = await prepare(ports, node, step, sent)
    const response = heldResponse ?? (await send(ports, prepared, sent.progress, tail))
    const refused = refusal(ports, response)
    if (refused !== undefined) {
      return failed(ports, refused.error, {
        ...refused,
        tail: sent.messages,
        heldResponse: response,
      })
    }
    const isTold = heldResponse === null && sent.progress.isStreamed
    ports.follow.whole(response, prepared.call.parameters, isTold)
    const messages = append(prepared.log, response)
    const { delivered } = prepared
    return advanced(ports, { node: { kind: 'call-tools', response }, messages, step, delivered })
  } catch (error) {
    const isFinal = error instanceof UserError || error instanceof UsageLimitExceeded
    return failed(ports, error, { isFinal, tail: tail() })
  }
}

/** Why a response that came is not taken. It is kept all the same, so that it is not paid for twice. */
function refusal(ports: StepPorts, response: ModelResponse) {
  const { error } = ports.cancellation
  if (error !== undefined) return { error, isFinal: false }
  try {
    ports.meter.checkAfter(response.usage)
  } catch (cause) {
    return { error: cause, isFinal: true }
  }
  return undefined
}

async function prepare(
  ports: StepPorts,
  node: ModelRequestNode,
  step: number,
  sent: Sent,
): Promise<Prepared> {
  const { setup, memo } = ports
  const isNew = node.suspended === undefined
  const stamped = stamp(ports, node)
  const delivery = deliveryFor(ports, node)
  if (isNew) sent.messages = deliveredWith(delivery, stamped)
  memo.settings = setup.model.settings ?? {}
  const facts = { step, pending: sent.messages, maxRetries: setup.retries.tools }
  const tools = await (isNew ? toolsOfRequest : toolsOfStep)(ports, step)
  const opened = await ports.openToolset()
  const instructions = isNew
    ? await instructionsFor(setup, opened, new StepContext(ports, facts))
    : []
  const request = { ...stamped, instructions: joinInstructions(instructions) }
  if (isNew) sent.messages = deliveredWith(delivery, request)
  if (ports.log.length === 0 && request.parts.length === 0 && request.instructions === null) {
    throw new UserError('No message history, user prompt, or instructions provided')
  }
  memo.settings = await settingsFor(
    setup,
    (settings) => new StepContext(ports, { ...facts, pending: sent.messages, settings }),
  )
  const parameters = requestParameters(ports, tools, instructions)
  const log = append(ports.log, ...sent.messages)
  delivery.tell(request)
  return { log, call: callOf(ports, messagesFor(ports, log), parameters), delivered: delivery.ids }
}

/** The signal is made only if the model asks for it. */
function callOf(
  { memo, cancellation, clock, emit }: StepPorts,
  messages: ModelCall['messages'],
  parameters: ModelCall['parameters'],
): ModelCall {
  return {
    messages,
    settings: memo.settings,
    parameters,
    clock,
    onAttemptFailed: emit,
    get signal() {
      return cancellation.signal
    },
  }
}

function stamp(ports: StepPorts, { request, isResent }: ModelRequestNode): ModelRequest {
  const { runId, conversationId } = ports.state
  return {
    ...request,
    timestamp: timestamp(ports),
    runId: isResent === true ? (request.runId ?? runId) : runId,
    conversationId: request.conversationId ?? conversationId,
  }
}

async function send(
  ports: StepPorts,
  { call }: Prepared,
  progress: Progress,
  tail: CutOff['tail'],
): Promise<ModelResponse> {
  const { setup, meter } = ports
  ports.cancellation.throwIfCancelled() // while it was prepared: nothing is paid for
  const reservation = meter.reserveRequest()
  const stopClock = ports.limitTime('model-request', setup.timeouts.modelRequest)
  const abandon = () => {
    stopClock()
    const { cutOff } = progress
    if (cutOff !== undefined) reservation.settle(cutOff.usage) // what was used is kept
    reservation.release()
  }
  ports.onCutOff({ tail, abandon })
  try {
    const facts = { kind: 'model-request', name: setup.model.modelName } as const
    const response = await ports.around(facts, () => requestWhole(ports, call, progress))
    const isPriced = !setup.model.isRemote || response.usage.cost !== null
    const priced = isPriced ? response : await withCost(ports, response)
    reservation.settle(priced.usage)
    return priced
  } finally {
    abandon()
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
