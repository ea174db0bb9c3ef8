import type { ModelResponse, ModelResponseInput } from '../messages/index.ts'
import { type ResponseDelta, ResponseFold } from '../streaming/index.ts'
import type { Model, ModelCall } from './model.ts'
import { watchSilence } from './silence.ts'

/**
 * The answer in pieces: as the model streams it, or part by part when it does not stream. A provider that falls silent
 * is given up; see the setting `silenceTimeoutMs`.
 */
export function streamFrom(model: Model, call: ModelCall): AsyncIterable<ResponseDelta> {
  if (model.stream === undefined) return replay(model, call)
  const isWatched = model.isRemote && model.wraps === undefined
  return isWatched
    ? watchSilence(model, call, (watched) => model.stream?.(watched))
    : model.stream(call)
}

/** The whole answer of a model that only streams. */
export async function collectStream(
  deltas: AsyncIterable<ResponseDelta>,
): Promise<ModelResponseInput> {
  const fold = new ResponseFold({ emit: () => {}, timestamp: new Date().toISOString() })
  for await (const delta of deltas) fold.add(delta)
  return fold.response
}

async function* replay(model: Model, call: ModelCall): AsyncGenerator<ResponseDelta> {
  yield* piecesOf(await model.request(call))
}

/** A whole response as its parts and facts. */
export function* piecesOf(response: ModelResponse | ModelResponseInput): Generator<ResponseDelta> {
  const { parts, ...facts } = response
  for (const part of parts) yield { kind: 'part', part }
  yield { ...facts, kind: 'response' }
}
