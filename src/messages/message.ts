import type { RequestUsage, RequestUsageInput } from '../usage/index.ts'
import type { RequestPart, RequestPartInput } from './request-parts.ts'
import type { ResponsePart, ResponsePartInput } from './response-parts.ts'

/** One entry of a conversation: what was sent to a model, or what the model said. */
export type ModelMessage = ModelRequest | ModelResponse

/** What was sent to a model. */
export interface ModelRequest {
  readonly parts: readonly RequestPart[]
  /** When the request was prepared; `null` when nobody knows. */
  readonly timestamp: string | null
  /** The instructions as they were for this request; they are not part of the conversation. */
  readonly instructions: string | null
  readonly kind: 'request'
  readonly runId: string | null
  readonly conversationId: string | null
  /** The application's own; models do not see it. */
  readonly metadata: Readonly<Record<string, unknown>> | null
  /** `'interrupted'` when the run ended before the request was complete or answered. */
  readonly state: 'complete' | 'interrupted'
}

/** What the model said. */
export interface ModelResponse {
  /** In the order in which the model wrote them. */
  readonly parts: readonly ResponsePart[]
  readonly usage: RequestUsage
  readonly modelName: string | null
  /** When the response was received. */
  readonly timestamp: string
  readonly kind: 'response'
  readonly providerName: string | null
  readonly providerUrl: string | null
  readonly providerDetails: Readonly<Record<string, unknown>> | null
  readonly providerResponseId: string | null
  readonly finishReason: FinishReason | null
  readonly runId: string | null
  readonly conversationId: string | null
  /** The application's own; models do not see it. */
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly state: ResponseState
}

/** Why the model stopped. */
export type FinishReason = 'stop' | 'length' | 'content_filter' | 'tool_call' | 'error'

/**
 * `incomplete`: the stream broke off. `suspended`: the provider will go on when asked again. `interrupted`: the run was
 * cancelled or failed while the model was answering.
 */
export type ResponseState = 'complete' | 'incomplete' | 'suspended' | 'interrupted'

/** {@link ModelRequest} as callers may write it: what has a default may be left out. */
export type ModelRequestInput = Partial<Omit<ModelRequest, 'parts'>> & {
  readonly parts: readonly RequestPartInput[]
}

/** {@link ModelResponse} as models may write it: what has a default may be left out. */
export type ModelResponseInput = Partial<Omit<ModelResponse, 'parts' | 'usage'>> & {
  readonly parts: readonly ResponsePartInput[]
  readonly usage?: RequestUsageInput
}

/** {@link ModelMessage} as callers may write it: what has a default may be left out, but not `kind`. */
export type ModelMessageInput =
  | (ModelRequestInput & Pick<ModelRequest, 'kind'>)
  | (ModelResponseInput & Pick<ModelResponse, 'kind'>)
