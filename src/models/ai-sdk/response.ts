import type { ModelResponse, ModelResponseInput } from '../../messages/index.ts'
import type { RequestUsageInput } from '../../usage/index.ts'
import { present, type RawObject, rawObject, rawObjects, rawText } from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import { readSdkPart } from './content.ts'
import { readSdkFinishReason } from './finish-reason.ts'
import { readSdkUsage } from './usage.ts'

/**
 * A response from nothing but the fields of the AI SDK's result: for packages whose wire format has no reader here. It
 * has what the package tells, so usage details and the thinking of plain chat endpoints may be missing.
 */
export function readSdkResult(value: unknown, { providerName }: ReadContext): ModelResponseInput {
  const result = rawObject(value)
  const content = rawObjects(result['content'])
  const origin = readSdkOrigin(rawObject(result['response']))
  const finish = readSdkFinish(result, content.filter(isSource))
  return {
    parts: content.flatMap((part) => readSdkPart(part, providerName) ?? []),
    modelName: null,
    ...origin,
    ...finish,
    providerName,
    providerDetails: { ...finish.providerDetails, ...origin.providerDetails },
  }
}

type Origin = Partial<Pick<ModelResponse, 'modelName' | 'providerResponseId'>>

interface WithDetails {
  readonly providerDetails: Record<string, unknown>
}

/** Which model answered, when, and under which id; what is not known is absent. */
export function readSdkOrigin(response: RawObject): Origin & WithDetails {
  const modelName = rawText(response['modelId'])
  const providerResponseId = rawText(response['id'])
  const { timestamp } = response
  return {
    ...(modelName !== undefined && { modelName }),
    ...(providerResponseId !== undefined && { providerResponseId }),
    providerDetails: present({
      timestamp: timestamp instanceof Date ? isoTime(timestamp) : undefined,
    }),
  }
}

interface Finish extends Pick<ModelResponse, 'finishReason'>, WithDetails {
  readonly usage: RequestUsageInput
}

/** What is known when the answer has come to its end. */
export function readSdkFinish(result: RawObject, sources: readonly RawObject[]): Finish {
  const { finishReason, rawReason } = readSdkFinishReason(result['finishReason'])
  return {
    usage: readSdkUsage(result['usage']),
    finishReason,
    providerDetails: present({
      finish_reason: rawReason,
      provider_metadata: result['providerMetadata'],
      sources: sources.length === 0 ? undefined : sources.map(withoutType),
    }),
  }
}

/** Whether a piece of an answer names something that the answer is based on. */
function isSource(part: RawObject): boolean {
  return part['type'] === 'source'
}

function withoutType({ type: _, ...source }: RawObject): RawObject {
  return source
}

function isoTime(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z')
}
