import { UnexpectedModelBehavior } from '../errors/index.ts'
import { completeResponse, type ModelResponse } from '../messages/index.ts'
import type { ModelCall } from '../models/index.ts'
import { addUsage } from '../usage/index.ts'
import { type StepPorts, timestamp } from './ports.ts'

/** Most times a response may be paused anew: a stop for models that never finish. */
const MOST_PAUSES = 10
/** Most times one background job is asked about. */
const MOST_POLLS = 1000

/** Asks until the response is whole; a response that the provider pauses is continued. */
export async function requestWhole(
  ports: StepPorts,
  call: ModelCall,
  suspended: ModelResponse | undefined,
): Promise<ModelResponse> {
  let whole = suspended
  let pauses = 0
  let polls = 0
  for (;;) {
    const response = await requestOnce(ports, call, whole)
    const isPoll = whole !== undefined && isSameJob(whole, response)
    whole = whole === undefined ? response : merge(whole, response)
    if (whole.state !== 'suspended') return whole
    if (isPoll) polls += 1
    else pauses += 1
    refuseEndless(whole, pauses, polls)
    const delayMs = ports.setup.model.continuationDelayMs?.(whole) ?? 0
    if (delayMs > 0) await sleep(ports, delayMs)
    ports.cancellation.throwIfCancelled()
  }
}

async function requestOnce(
  ports: StepPorts,
  call: ModelCall,
  suspended: ModelResponse | undefined,
): Promise<ModelResponse> {
  const whole =
    suspended === undefined ? call : { ...call, messages: [...call.messages, suspended] }
  const input = await ports.setup.model.request(whole)
  const response = completeResponse(input, timestamp(ports))
  const { runId, conversationId } = ports.state
  return {
    ...response,
    modelName: response.modelName ?? ports.setup.model.modelName,
    runId: response.runId ?? runId,
    conversationId: response.conversationId ?? conversationId,
  }
}

function isSameJob(one: ModelResponse, other: ModelResponse): boolean {
  return one.providerResponseId !== null && one.providerResponseId === other.providerResponseId
}

/** The same job replaces what it said before; so does another model. Else the answer goes on. */
function merge(first: ModelResponse, next: ModelResponse): ModelResponse {
  if (isSameJob(first, next) || first.providerName !== next.providerName) return next
  return {
    ...next,
    parts: [...first.parts, ...next.parts],
    usage: addUsage(first.usage, next.usage),
  }
}

function refuseEndless({ providerResponseId }: ModelResponse, pauses: number, polls: number): void {
  const id = providerResponseId === null ? 'None' : `'${providerResponseId}'`
  if (pauses > MOST_PAUSES) {
    throw new UnexpectedModelBehavior(
      `Model response ${id} was suspended more than the maximum of ${MOST_PAUSES} times`,
    )
  }
  if (polls > MOST_POLLS) {
    throw new UnexpectedModelBehavior(
      `Model response for job ${id} remained suspended after polling the maximum of ${MOST_POLLS} times`,
    )
  }
}

function sleep({ clock, cancellation: { signal } }: StepPorts, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const id = clock.setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    function done(): void {
      clock.clearTimeout(id)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
