import { completeResponse, type ModelResponse, type ModelResponseInput } from '../messages/index.ts'
import { type ModelCall, streamFrom } from '../models/index.ts'
import { type ResponseDelta, ResponseFold } from '../streaming/index.ts'
import { RequestUsage, type RequestUsageInput } from '../usage/index.ts'
import { type StepPorts, timestamp } from './ports.ts'

/** Where a response that is being streamed stands. */
export interface Streaming {
  /** What has come up to now, `undefined` before anything has; absent while nothing is being streamed. */
  partial: (() => ModelResponse | undefined) | undefined
}

/**
 * Takes a response piece by piece: tells of each piece, and waits for the readers before it asks for more. A cancel is
 * not waited for by anybody: the pull under way is left to itself.
 *
 * @param before parts of the same response that have come already
 */
export async function streamResponse(
  ports: StepPorts,
  call: ModelCall,
  streaming: Streaming,
  before: ModelResponse['parts'],
): Promise<ModelResponseInput> {
  const { setup, follow, cancellation } = ports
  let isOpen = true
  const fold = new ResponseFold({
    emit: (event) => {
      if (isOpen) ports.emit(event)
    },
    timestamp: timestamp(ports),
    awaited: call.parameters,
    before,
  })
  streaming.partial = () => {
    const isEmpty = fold.isEmpty && fold.facts.usage === undefined
    return isEmpty ? undefined : completeResponse(fold.response, timestamp(ports))
  }
  follow.growing(fold)
  const pulls = streamFrom(setup.model, call)[Symbol.asyncIterator]()
  const cancelled = Promise.withResolvers<never>()
  const stopListening = cancellation.whenCancelled(() => cancelled.reject(cancellation.error))
  const take = async (): Promise<void> => {
    let usage: RequestUsageInput | undefined
    for (;;) {
      const pulled: IteratorResult<ResponseDelta, unknown> = await pulls.next()
      if (pulled.done === true || !isOpen) return
      const { value } = pulled
      fold.add(value)
      if (value.kind === 'response') usage = value.usage ?? usage
      else if (usage !== undefined) {
        ports.meter.checkDuring(RequestUsage(usage)) // one that has come to its end is kept whole
        usage = undefined
      }
      const room = follow.room()
      if (room !== undefined) await room
      cancellation.throwIfCancelled() // nothing more is asked for
    }
  }
  try {
    await Promise.race([take(), cancelled.promise])
    fold.end()
    return fold.response
  } catch (error) {
    void leave(pulls)
    throw error
  } finally {
    isOpen = false
    stopListening()
  }
}

/** Closes the connection. Whatever that comes to, the step has its answer already. */
async function leave(pulls: AsyncIterator<ResponseDelta>): Promise<void> {
  await Promise.allSettled([pulls.return?.()])
}
