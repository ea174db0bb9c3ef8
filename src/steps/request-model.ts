import type { StepOutcome } from '../../machines/index.ts'
import { UsageLimitExceeded, UserError } from '../errors/index.ts'
import { append, type ModelMessage, type ModelResponse } from '../messages/index.ts'
import type { ModelCall } from '../models/index.ts'
import { settle } from '../schema/index.ts'
import { deliveredWith, deliveryFor } from './enqueued.ts'
import { advanced, failed, type StepPorts } from './ports.ts'
import { RequestPhase, stamp } from './request-phase.ts'
import { selectModel } from './select-model.ts'

/** The work of `ModelRequest`: sends the request and takes the response. */
export function requestModel(ports: StepPorts): StepOutcome | Promise<StepOutcome> {
  return ports.setup.selectModel === undefined ? askModel(ports) : askSelected(ports)
}

async function askSelected(ports: StepPorts): Promise<StepOutcome> {
  try {
    await selectModel(ports, ports.state.step + 1)
  } catch (error) {
    return failed(ports, error, { isFinal: error instanceof UserError, tail: unsent(ports) })
  }
  return askModel(ports)
}

/** The request as far as it is known without a model. */
function unsent(ports: StepPorts): readonly ModelMessage[] {
  const { node } = ports.state
  if (node.kind !== 'model-request' || node.suspended !== undefined) return []
  return deliveredWith(deliveryFor(ports, node), stamp(ports, node))
}

/** No async function: while models answer, thousands of these may wait, and each would hold its whole frame. */
function askModel(ports: StepPorts): StepOutcome | Promise<StepOutcome> {
  const { node } = ports.state
  if (node.kind !== 'model-request') throw new Error(`No request in a node of kind '${node.kind}'`)
  const phase = new RequestPhase(ports, node)
  const fail = (error: unknown): StepOutcome => {
    phase.abandon()
    const isFinal = error instanceof UserError || error instanceof UsageLimitExceeded
    return failed(ports, error, { isFinal, tail: phase.tail() })
  }
  try {
    const asking = settle(phase.prepare(), (call) => ask(ports, phase, call))
    return 'then' in asking ? asking.catch(fail) : asking
  } catch (error) {
    return fail(error)
  }
}

function ask(
  ports: StepPorts,
  phase: RequestPhase,
  call: ModelCall,
): StepOutcome | Promise<StepOutcome> {
  const { heldResponse } = ports.state
  const take = (response: ModelResponse): StepOutcome => {
    const refused = refusal(ports, response)
    if (refused !== undefined) {
      return failed(ports, refused.error, { ...refused, tail: phase.sent, heldResponse: response })
    }
    ports.follow.whole(response, call.parameters, heldResponse === null && phase.isStreamed)
    const messages = append(phase.log, response)
    const { step, delivered } = phase
    return advanced(ports, { node: { kind: 'call-tools', response }, messages, step, delivered })
  }
  return heldResponse === null
    ? phase.send(call).then((response) => settle(phase.count(response), take))
    : take(heldResponse)
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
