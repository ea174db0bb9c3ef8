import { UnexpectedModelBehavior } from '../errors/index.ts'
import { completeResponse, type ModelResponse, type ModelResponseInput } from '../messages/index.ts'
import { hasBegunAnew, type ModelCall } from '../models/index.ts'
import { addUsage } from '../usage/index.ts'
import { type StepPorts, timestamp } from './ports.ts'
import { type Streaming, streamResponse } from './stream-response.ts'

/** Most times a response may be paused anew: a stop for models that never finish. */
const MOST_PAUSES = 10
/** Most times one background job is asked about. */
const MOST_POLLS = 1000

/** How far a response has come. */
export class Progress implements Streaming {
  /** What earlier pieces of it came to. */
  whole: ModelResponse | undefined
  partial: Streaming['partial']
  /** How often it was paused, and how often a job in the background was asked about. */
  pauses = 0
  polls = 0
  /** Whether it is told piece by piece, from its beginning to its end. */
  readonly isStreamed: boolean
  readonly #ports: StepPorts
  readonly #start: ModelResponse | undefined

  constructor(ports: StepPorts, suspended: ModelResponse | undefined) {
    this.#ports = ports
    this.isStreamed = ports.follow.isStreamed
    this.#start = suspended
    this.whole = suspended
  }

  /** Takes an answer, the first one or one that continues. @returns the response as it is with it */
  take(input: ModelResponseInput): ModelResponse {
    this.partial = undefined
    const before = this.whole
    const response = stamped(this.#ports, input)
    if (before !== undefined && (isSameJob(before, response) || isRest(before))) this.polls += 1
    else this.pauses += 1
    this.whole = before === undefined ? response : merge(before, response)
    return this.whole
  }

  /** What there would be of the response if it ended now; `undefined` when nothing has come. */
  get cutOff(): ModelResponse | undefined {
    const { whole } = this
    const partial = this.partial?.()
    if (partial === undefined) return whole === this.#start ? undefined : whole
    const part = stamped(this.#ports, {
      ...partial, // who answers may be still to come
      providerName: partial.providerName ?? whole?.providerName ?? null,
      modelName: partial.modelName ?? whole?.modelName ?? null,
      state: 'interrupted',
    })
    return whole === undefined ? part : merge(whole, part)
  }
}

/** Asks until the response is whole; a response that the provider pauses is continued. */
export function requestWhole(
  ports: StepPorts,
  call: ModelCall,
  progress: Progress,
): Promise<ModelResponse> {
  return Promise.resolve(requestOnce(ports, call, progress)).then((input) => {
    const whole = progress.take(input)
    return whole.state === 'suspended' ? continued(ports, call, progress, whole) : whole
  })
}

async function continued(
  ports: StepPorts,
  call: ModelCall,
  progress: Progress,
  suspended: ModelResponse,
): Promise<ModelResponse> {
  let whole = suspended
  while (whole.state === 'suspended') {
    await refuseEndless(ports, whole, progress)
    const delayMs = ports.setup.model.continuationDelayMs?.(whole) ?? 0
    if (delayMs > 0) await sleep(ports, delayMs)
    ports.cancellation.throwIfCancelled()
    whole = progress.take(await requestOnce(ports, call, progress))
  }
  return whole
}

function requestOnce(
  ports: StepPorts,
  call: ModelCall,
  progress: Progress,
): Promise<ModelResponseInput> {
  const { whole: suspended, isStreamed } = progress
  const whole =
    suspended === undefined ? call : { ...call, messages: [...call.messages, suspended] }
  if (!isStreamed) return ports.setup.model.request(whole)
  const before = suspended === undefined || isToldAnew(suspended) ? [] : suspended.parts
  return streamResponse(ports, whole, progress, before)
}

/** Work in the background is told anew as a whole, unless it is known how far it was told; other answers go on. */
function isToldAnew(suspended: ModelResponse): boolean {
  return suspended.providerDetails?.['background'] === true && !isRest(suspended)
}

/** Whether the provider tells only what comes after what is there. */
function isRest({ providerDetails }: ModelResponse): boolean {
  return typeof providerDetails?.['last_sequence_number'] === 'number'
}

function stamped(ports: StepPorts, input: ModelResponseInput): ModelResponse {
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

/** The same job replaces what it said before; so does another provider. Else the answer goes on. */
function merge(first: ModelResponse, next: ModelResponse): ModelResponse {
  if (isSameJob(first, next)) return next
  const usage = addUsage(first.usage, next.usage)
  if (first.providerName !== next.providerName || hasBegunAnew(next)) return { ...next, usage }
  return {
    ...next,
    providerResponseId: next.providerResponseId ?? first.providerResponseId,
    parts: [...first.parts, ...next.parts],
    usage,
  }
}

/** @throws when the provider never comes to an end; it is told to stop then */
async function refuseEndless(
  { setup: { model } }: StepPorts,
  response: ModelResponse,
  { pauses, polls }: Progress,
): Promise<void> {
  const { providerResponseId } = response
  if (pauses > MOST_PAUSES || polls > MOST_POLLS) await model.cancelSuspended?.(response)
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

/** Ends early when the step is to stop. */
async function sleep({ clock, cancellation }: StepPorts, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const id = clock.setTimeout(resolve, ms)
  const stopListening = cancellation.whenCancelled(resolve)
  await promise
  clock.clearTimeout(id)
  stopListening()
}
