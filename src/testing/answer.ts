import type { ModelResponseInput } from '../messages/index.ts'
import { collectStream, piecesOf } from '../models/index.ts'
import { type ResponseDelta, ResponseFold } from '../streaming/index.ts'
import type { RequestUsageInput } from '../usage/index.ts'

/** What a scripted answer may be: a response with as few fields as matter, or a string for a response of one text. */
export type Answer = ModelResponseInput | string

/** A piece of a streamed answer; a string is a piece of text. */
export type AnswerPiece = string | ResponseDelta

/** An answer in pieces: what a generator function gives. */
export type StreamedAnswer = AsyncIterable<AnswerPiece> | Iterable<AnswerPiece>

/** Fills in the usage of an answer that has none. */
export type UsageOf = (parts: ModelResponseInput['parts']) => RequestUsageInput | undefined

/** The answer as a response that names its model. */
export async function answerToResponse(
  answer: Answer | StreamedAnswer,
  modelName: string,
  usageOf: UsageOf,
): Promise<ModelResponseInput> {
  const whole = isStreamed(answer) ? await collectStream(deltasOf(answer)) : responseOf(answer)
  const usage = whole.usage ?? usageOf(whole.parts)
  return { ...whole, modelName: whole.modelName ?? modelName, ...(usage && { usage }) }
}

/** The answer in pieces; one that is whole comes part by part. */
export async function* answerToStream(
  answer: Answer | StreamedAnswer,
  modelName: string,
  usageOf: UsageOf,
): AsyncGenerator<ResponseDelta> {
  yield { kind: 'response', modelName }
  const pieces = isStreamed(answer) ? deltasOf(answer) : piecesOf(responseOf(answer))
  const fold = new ResponseFold({ emit: () => {}, timestamp: new Date().toISOString() })
  for await (const piece of pieces) {
    if (fold.facts.usage === undefined) fold.add(piece)
    yield piece
  }
  const usage = fold.facts.usage === undefined ? usageOf(fold.parts) : undefined
  if (usage !== undefined) yield { kind: 'response', usage }
}

function responseOf(answer: Answer): ModelResponseInput {
  return typeof answer === 'string' ? { parts: [{ partKind: 'text', content: answer }] } : answer
}

async function* deltasOf(pieces: StreamedAnswer): AsyncGenerator<ResponseDelta> {
  for await (const piece of pieces) {
    yield typeof piece === 'string' ? { kind: 'text', content: piece } : piece
  }
}

function isStreamed(answer: Answer | StreamedAnswer): answer is StreamedAnswer {
  return typeof answer === 'object' && (Symbol.asyncIterator in answer || Symbol.iterator in answer)
}
