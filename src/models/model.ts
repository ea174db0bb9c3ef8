import type { ModelMessage, ModelResponse, ModelResponseInput } from '../messages/index.ts'
import type { JsonObject } from '../schema/index.ts'
import type { ModelAttemptFailedEvent, ResponseDelta } from '../streaming/index.ts'
import type { ToolDefinition } from '../tools/index.ts'
import type { InstructionPart } from '../toolsets/index.ts'
import type { Clock } from './clock.ts'
import type { ModelProfile } from './profile.ts'
import type { ModelSettings } from './settings.ts'

/** How the model is asked for its output. */
export type OutputMode = 'text' | 'tool' | 'native' | 'prompted' | 'image'

/** The schema of a native or prompted output. */
export interface OutputObject {
  readonly name: string | null
  readonly description: string | null
  readonly jsonSchema: JsonObject
  readonly strict: boolean | null
}

/** Everything that shapes one request besides messages and settings. Plain data. */
export interface ModelRequestParameters {
  readonly functionTools: readonly ToolDefinition[]
  readonly outputTools: readonly ToolDefinition[]
  readonly outputMode: OutputMode
  readonly outputObject: OutputObject | null
  readonly allowTextOutput: boolean
  readonly allowImageOutput: boolean
  /** In the order they are sent: static ones first. Prompted output adds its template here. */
  readonly instructionParts: readonly InstructionPart[]
  /** The parts joined as the model reads them; `null` when there are none. */
  readonly instructions: string | null
}

/** One request to a model. */
export interface ModelCall {
  /** History as the model is to see it: repaired and merged, ending in a request (or in a suspended response). */
  readonly messages: readonly ModelMessage[]
  readonly settings: ModelSettings
  readonly parameters: ModelRequestParameters
  /** Aborted when the answer is no longer wanted. Adapters pass it to the transport. */
  readonly signal: AbortSignal
  /** Waits go by it. Default: the time of the machine. */
  readonly clock?: Clock
  /** Told by models that try more than once. */
  readonly onAttemptFailed?: (event: ModelAttemptFailedEvent) => void
}

/**
 * The port to a language model. An adapter translates; it does not retry, count or store.
 *
 * Errors: `ModelHTTPError` for an HTTP status of 400 or more, `ModelAPIError` for a failure to reach the provider,
 * `UnexpectedModelBehavior` for an answer that cannot be read.
 */
export interface Model {
  /** As the provider names it, such as `gpt-5.2`. */
  readonly modelName: string
  /** The provider's name, such as `openai`. */
  readonly system: string
  readonly profile: ModelProfile
  /** The lowest layer of settings. */
  readonly settings?: ModelSettings
  /** Whether answers come from a provider over the network; such models obey `forbidModelRequests()`. */
  readonly isRemote: boolean
  /** What the response leaves out (times, ids, empty usage) is filled in by the run. */
  request(call: ModelCall): Promise<ModelResponse | ModelResponseInput>
  /**
   * Like `request`, piece by piece. The provider is asked at the first pull and is not read ahead of; whoever stops
   * pulling (`return`) closes the connection. Errors are thrown by the pull that meets them. Absent: the answer of
   * `request` is streamed as if it had come in whole parts.
   */
  stream?(call: ModelCall): AsyncIterable<ResponseDelta>
  /** The models it stands for, if it is no model of its own: a fallback, a limit, retries. */
  readonly wraps?: readonly Model[]
  /** Milliseconds to wait before a suspended response is asked about again. Default: at once. */
  continuationDelayMs?(response: ModelResponse): number
  /**
   * Tells the provider to stop the work behind a suspended response that nobody will ask about again. Never rejects.
   * Models do the same by themselves when the signal of the call is aborted.
   */
  cancelSuspended?(response: ModelResponse): Promise<void>
}
