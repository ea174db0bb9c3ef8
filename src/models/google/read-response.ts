import { UnexpectedModelBehavior } from '../../errors/index.ts'
import type { FinishReason, ModelResponseInput, ResponsePartInput } from '../../messages/index.ts'
import {
  filledText,
  isRawObject,
  present,
  type RawObject,
  rawObject,
  rawObjects,
  rawText,
} from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import { readGrounding } from './read-grounding.ts'
import { googlePartReader } from './read-part.ts'
import { readGoogleUsage } from './read-usage.ts'
import { snakeKeys } from './snake-keys.ts'

/** Reasons that are not listed, such as `OTHER`, say nothing a run could act on. */
const finishReasons: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  LANGUAGE: 'error',
  MALFORMED_FUNCTION_CALL: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  NO_IMAGE: 'error',
}

/** Reads the body of an answer of `generateContent`, of the Gemini API or of Vertex. */
export function readGoogleContent(body: unknown, context: ReadContext): ModelResponseInput {
  const response = rawObject(body)
  const feedback = rawObject(response['promptFeedback'])
  const candidate = rawObjects(response['candidates'])[0]
  const blockReason = candidate === undefined ? filledText(feedback['blockReason']) : undefined
  if (candidate === undefined && blockReason === undefined && response['usageMetadata'] == null) {
    throw new UnexpectedModelBehavior(
      `Invalid response from ${context.providerName} generateContent endpoint: no candidate`,
    )
  }
  const rawFinish = filledText(candidate?.['finishReason'])
  const finishReason = blockReason === undefined ? finishReasons[rawFinish ?? ''] : 'content_filter'
  return {
    parts: candidate === undefined ? [] : readParts(candidate, context.providerName),
    usage: readGoogleUsage(response['usageMetadata']),
    modelName: rawText(response['modelVersion']) ?? null,
    providerName: context.providerName,
    providerResponseId: rawText(response['responseId']) ?? null,
    finishReason: finishReason ?? null,
    providerDetails: {
      ...present({ finish_reason: rawFinish, block_reason: blockReason }),
      ...readDetails(response, feedback, candidate),
    },
  }
}

/** What Google's tools did comes first, unless the answer lists it itself. */
function readParts(candidate: RawObject, providerName: string): ResponsePartInput[] {
  const parts = rawObjects(rawObject(candidate['content'])['parts'])
  const isListed = parts.some((part) => isRawObject(part['toolCall']))
  const grounding = isListed ? [] : readGrounding(candidate, providerName)
  return [...grounding, ...parts.flatMap(googlePartReader(providerName))]
}

function readDetails(
  response: RawObject,
  feedback: RawObject,
  candidate: RawObject = {},
): Record<string, unknown> {
  const isFiltered = finishReasons[rawText(candidate['finishReason']) ?? ''] === 'content_filter'
  const ratings = isFiltered ? candidate['safetyRatings'] : feedback['safetyRatings']
  return present({
    block_reason_message: feedback['blockReasonMessage'],
    safety_ratings: snakeKeys(ratings),
    timestamp: response['createTime'],
    traffic_type: rawObject(response['usageMetadata'])['trafficType'],
    logprobs: snakeKeys(candidate['logprobsResult']),
    avg_logprobs: candidate['logprobsResult'] == null ? undefined : candidate['avgLogprobs'],
  })
}
