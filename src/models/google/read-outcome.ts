import type { ModelResponse } from '../../messages/index.ts'
import { filledText, present, type RawObject, rawObject, rawObjects, rawText } from '../raw.ts'
import { finishReasonOf } from './finish-reason.ts'
import { snakeKeys } from './snake-keys.ts'

/** The facts of an answer, or of one piece of it, besides its parts and its usage. */
type Outcome = Partial<
  Pick<ModelResponse, 'finishReason' | 'providerDetails' | 'providerResponseId' | 'state'>
>

/** Why it ended, and what there is to say about that; nothing of both while it goes on. */
export function readOutcome(response: RawObject): Outcome {
  const [candidate] = rawObjects(response['candidates'])
  const feedback = rawObject(response['promptFeedback'])
  const blockReason = filledText(feedback['blockReason'])
  const responseId = rawText(response['responseId'])
  const { trafficType } = rawObject(response['usageMetadata'])
  const shared = { timestamp: response['createTime'], traffic_type: trafficType }
  const hasId = candidate !== undefined || blockReason !== undefined
  return {
    ...(hasId && responseId !== undefined && { providerResponseId: responseId }),
    ...(candidate === undefined
      ? readBlock(feedback, blockReason, shared)
      : readFinish(candidate, shared)),
  }
}

/** Google did not let the model see the prompt. */
function readBlock(feedback: RawObject, reason: string | undefined, shared: RawObject): Outcome {
  if (reason === undefined) return { providerDetails: present(shared) }
  return {
    finishReason: 'content_filter',
    providerDetails: present({
      block_reason: reason,
      block_reason_message: feedback['blockReasonMessage'],
      safety_ratings: feedback['safetyRatings'],
      ...shared,
    }),
  }
}

function readFinish(candidate: RawObject, shared: RawObject): Outcome {
  const reason = filledText(candidate['finishReason'])
  const { logprobsResult, avgLogprobs } = candidate
  const token = reason === 'CONTINUATION' ? rawText(candidate['continuationToken']) : undefined
  return {
    ...(reason !== undefined && { finishReason: finishReasonOf(reason) }),
    ...(token !== undefined && { state: 'suspended' }),
    providerDetails: present({
      finish_reason: reason,
      safety_ratings: reason === undefined ? undefined : candidate['safetyRatings'],
      continuation_token: token,
      logprobs: snakeKeys(logprobsResult),
      avg_logprobs: logprobsResult == null ? undefined : avgLogprobs,
      ...shared,
    }),
  }
}
