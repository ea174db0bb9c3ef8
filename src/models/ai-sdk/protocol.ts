import { UserError } from '../../errors/index.ts'
import { isRawObject, rawObject } from '../raw.ts'

/**
 * A language model object of the AI SDK, as any of its provider packages makes them. Recognised by this protocol, never
 * by class, so several versions of the packages can live side by side.
 *
 * @see https://ai-sdk.dev/docs/ai-sdk-core/provider-management
 */
export interface AiSdkLanguageModel {
  readonly specificationVersion: 'v3' | 'v4'
  /** The package and its API, such as `openai.responses`. */
  readonly provider: string
  readonly modelId: string
  doGenerate(options: never): PromiseLike<unknown>
  doStream(options: never): PromiseLike<unknown>
}

/** The same model, about to be called. */
export interface CallableLanguageModel extends Omit<AiSdkLanguageModel, 'doGenerate' | 'doStream'> {
  doGenerate(options: CallOptions): PromiseLike<unknown>
  doStream(options: CallOptions): PromiseLike<unknown>
}

/** Whether a value is a language model of the AI SDK in specification v3 or v4. */
export function isAiSdkLanguageModel(value: unknown): value is CallableLanguageModel {
  return (
    looksLikeLanguageModel(value) &&
    (value['specificationVersion'] === 'v3' || value['specificationVersion'] === 'v4')
  )
}

/** @throws {UserError} for anything else than a language model of specification v3 or v4 */
export function checkLanguageModel(value: unknown): CallableLanguageModel {
  if (isAiSdkLanguageModel(value)) return value
  const version = rawObject(value)['specificationVersion']
  const found = typeof version === 'string' ? `specification ${version}` : 'something else'
  throw new UserError(`A language model of the AI SDK was expected, and this is ${found}`, {
    hint: 'Pass a language model object of specification v3 or v4, as `openai("gpt-5.2")` gives one',
  })
}

/** Whether a value is a language model of any specification, also of one too old or too new. */
export function looksLikeLanguageModel(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    isRawObject(value) &&
    typeof value['specificationVersion'] === 'string' &&
    typeof value['modelId'] === 'string' &&
    typeof value['doGenerate'] === 'function'
  )
}

/** What `doGenerate` and `doStream` take, as specification v4 writes it. Only what this room sends. */
export interface CallOptions {
  /** `PromptMessage`s, or what `promptForV3` made of them. */
  readonly prompt: readonly unknown[]
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly stopSequences?: string[]
  readonly topP?: number
  readonly topK?: number
  readonly presencePenalty?: number
  readonly frequencyPenalty?: number
  readonly responseFormat?: ResponseFormat
  readonly seed?: number
  readonly tools?: readonly (FunctionTool | ProviderTool)[]
  readonly toolChoice?: SdkToolChoice
  readonly abortSignal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
  readonly reasoning?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh'
  readonly providerOptions?: ProviderOptions
  /** Only for `doStream`: what the provider sent stands in the stream beside what the package made of it. */
  readonly includeRawChunks?: boolean
}

/** By provider, then by option, in the spelling of the provider's package. */
export type ProviderOptions = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export interface ResponseFormat {
  readonly type: 'json'
  readonly schema?: Readonly<Record<string, unknown>>
  readonly name?: string
  readonly description?: string
}

export interface FunctionTool {
  readonly type: 'function'
  readonly name: string
  readonly description?: string
  readonly inputSchema: Readonly<Record<string, unknown>>
  readonly strict?: boolean
}

/** A tool that the provider brings along. */
export interface ProviderTool {
  readonly type: 'provider'
  /** The package's name for it, with its version. */
  readonly id: `${string}.${string}`
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
}

export type SdkToolChoice =
  | { readonly type: 'auto' | 'none' | 'required' }
  | { readonly type: 'tool'; readonly toolName: string }

export type PromptMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: readonly UserPromptContent[] }
  | { readonly role: 'assistant'; readonly content: readonly AssistantContent[] }
  | { readonly role: 'tool'; readonly content: readonly ToolResult[] }

interface WithProviderOptions {
  readonly providerOptions?: ProviderOptions
}

export interface PromptText extends WithProviderOptions {
  readonly type: 'text'
  readonly text: string
}

export interface PromptReasoning extends WithProviderOptions {
  readonly type: 'reasoning'
  readonly text: string
}

export interface PromptFile extends WithProviderOptions {
  readonly type: 'file'
  readonly mediaType: string
  /** Specification v3 has the bare data here; `promptForV3` rewrites it. */
  readonly data: FileData
  readonly filename?: string
}

export type FileData =
  | { readonly type: 'data'; readonly data: string }
  | { readonly type: 'url'; readonly url: URL }
  | { readonly type: 'reference'; readonly reference: Readonly<Record<string, string>> }

export interface PromptToolCall extends WithProviderOptions {
  readonly type: 'tool-call'
  readonly toolCallId: string
  readonly toolName: string
  readonly input: unknown
  readonly providerExecuted?: boolean
}

export interface ToolResult extends WithProviderOptions {
  readonly type: 'tool-result'
  readonly toolCallId: string
  readonly toolName: string
  readonly output: ToolResultOutput
}

export type ToolResultOutput =
  | { readonly type: 'text' | 'error-text'; readonly value: string }
  | { readonly type: 'json' | 'error-json'; readonly value: unknown }
  | { readonly type: 'execution-denied'; readonly reason: string }
  | { readonly type: 'content'; readonly value: readonly (PromptText | PromptFile)[] }

export type UserPromptContent = PromptText | PromptFile

export type AssistantContent =
  | PromptText
  | PromptReasoning
  | PromptFile
  | PromptToolCall
  | ToolResult
