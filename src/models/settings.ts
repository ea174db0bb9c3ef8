import type { NativeTool } from './native-tool.ts'

/**
 * Settings that most providers know, in camelCase; what a model does not know it ignores. Keys that are not listed are
 * passed through to the adapter. Layers (model, agent, run) are merged, later ones win.
 */
export interface ModelSettings {
  /** Most tokens to generate. */
  readonly maxTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  /** For one request to the provider, in milliseconds; for a stream, until it begins. */
  readonly timeoutMs?: number
  /** How long the provider may say nothing while it streams, in milliseconds. Default 600,000. */
  readonly silenceTimeoutMs?: number
  readonly parallelToolCalls?: boolean
  readonly toolChoice?: ToolChoice
  readonly seed?: number
  readonly presencePenalty?: number
  readonly frequencyPenalty?: number
  readonly stopSequences?: readonly string[]
  /** Sent as they are; never saved in a snapshot. */
  readonly extraHeaders?: Readonly<Record<string, string>>
  /** Merged into the request body by adapters that can. */
  readonly extraBody?: Readonly<Record<string, unknown>>
  /** Effort spent on thinking: off, on with the provider's default, or a level. */
  readonly thinking?: boolean | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh'
  /** Tools that the provider runs by itself. */
  readonly nativeTools?: readonly NativeTool[]
  /**
   * Options of single providers, by the provider's name. Direct adapters merge them into the body, in its own words; through
   * the AI SDK they are spelt as its packages do.
   */
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly [key: string]: unknown
}

/** Which tools the model may call: its choice, none, at least one, or one of those named. */
export type ToolChoice = 'auto' | 'none' | 'required' | readonly string[]
