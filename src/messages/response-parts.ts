import type { SpeechPartInput, ToolOutcome, ToolPartKind } from './request-parts.ts'
import type { BinaryContent, BinaryContentInput, InputOf } from './user-content.ts'

/** What a response is made of. */
export type ResponsePart =
  | TextPart
  | ThinkingPart
  | ToolCallPart
  | NativeToolCallPart
  | NativeToolReturnPart
  | CompactionPart
  | FilePart
  | SpeechPart

/** What a provider attaches to its parts and wants back; sent only to the provider that `providerName` names. */
export interface ProviderFields {
  readonly id: string | null
  readonly providerName: string | null
  readonly providerDetails: Readonly<Record<string, unknown>> | null
}

/** What the model says. */
export interface TextPart extends ProviderFields {
  readonly content: string
  readonly partKind: 'text'
}

/** What the model thought before it spoke. It goes back to the model with the history. */
export interface ThinkingPart extends ProviderFields {
  /** What may be shown of the thinking; `''` when the provider shows nothing. */
  readonly content: string
  /** Lets the provider recognise its own thinking. */
  readonly signature: string | null
  readonly partKind: 'thinking'
}

/** What calls have in common, whoever answers them. */
export interface ToolCallFields extends ProviderFields {
  readonly toolName: string
  /** As the model wrote them: JSON text, possibly broken, or an object; `null` for none. See `callArguments`. */
  readonly args: string | Readonly<Record<string, unknown>> | null
  readonly toolCallId: string
  readonly toolKind: ToolPartKind | null
}

/** A call that the run answers. */
export interface ToolCallPart extends ToolCallFields {
  readonly partKind: 'tool-call'
}

/** A call that the provider itself answers. */
export interface NativeToolCallPart extends ToolCallFields {
  readonly partKind: 'builtin-tool-call'
}

/** The provider's answer to its own call. */
export interface NativeToolReturnPart {
  readonly toolName: string
  readonly content: unknown
  readonly toolCallId: string
  readonly toolKind: ToolPartKind | null
  readonly metadata: unknown
  readonly timestamp: string
  readonly outcome: ToolOutcome
  readonly providerName: string | null
  readonly providerDetails: Readonly<Record<string, unknown>> | null
  readonly partKind: 'builtin-tool-return'
}

/** The provider's summary of the conversation so far; `content` is `null` when only the provider can read it. */
export interface CompactionPart extends ProviderFields {
  readonly content: string | null
  readonly partKind: 'compaction'
}

/** A file the model made. */
export interface FilePart extends ProviderFields {
  readonly content: BinaryContent
  readonly partKind: 'file'
}

/** Spoken words: the user's in a request, the assistant's in a response. */
export interface SpeechPart extends ProviderFields {
  readonly speaker: 'user' | 'assistant'
  readonly transcript: string | null
  readonly audio: BinaryContent | null
  readonly interruptedAtMs: number | null
  readonly partKind: 'speech'
}

/** `TextPart` as models may write it. */
export type TextPartInput = InputOf<TextPart, 'content' | 'partKind'>
/** `ThinkingPart` as models may write it. */
export type ThinkingPartInput = InputOf<ThinkingPart, 'content' | 'partKind'>
/** `ToolCallPart` as models may write it. Default: no arguments, and an id made up for the call. */
export type ToolCallPartInput = InputOf<ToolCallPart, 'toolName' | 'partKind'>
/** `NativeToolCallPart` as models may write it. Default: no arguments, and an id made up for the call. */
export type NativeToolCallPartInput = InputOf<NativeToolCallPart, 'toolName' | 'partKind'>
/** `NativeToolReturnPart` as models may write it. Default: a success. */
export type NativeToolReturnPartInput = InputOf<
  NativeToolReturnPart,
  'toolName' | 'content' | 'partKind'
>
/** `CompactionPart` as models may write it. Default: one that only the provider can read. */
export type CompactionPartInput = InputOf<CompactionPart, 'partKind'>
/** `FilePart` as models may write it; the content may lack what has a default, too. */
export type FilePartInput = Partial<Omit<FilePart, 'content' | 'partKind'>> &
  Pick<FilePart, 'partKind'> & { readonly content: BinaryContent | BinaryContentInput }

/** `ResponsePart` as models may write it: what has a default may be left out. */
export type ResponsePartInput =
  | TextPartInput
  | ThinkingPartInput
  | ToolCallPartInput
  | NativeToolCallPartInput
  | NativeToolReturnPartInput
  | CompactionPartInput
  | FilePartInput
  | SpeechPartInput

/** Text; `provider` defaults to nothing attached. */
export function TextPart(content: string, provider: Partial<ProviderFields> = {}): TextPart {
  return {
    content,
    id: provider.id ?? null,
    providerName: provider.providerName ?? null,
    providerDetails: provider.providerDetails ?? null,
    partKind: 'text',
  }
}

/** Thinking; `provider` defaults to nothing attached, and no signature. */
export function ThinkingPart(
  content: string,
  provider: Partial<ProviderFields & Pick<ThinkingPart, 'signature'>> = {},
): ThinkingPart {
  return {
    content,
    id: provider.id ?? null,
    signature: provider.signature ?? null,
    providerName: provider.providerName ?? null,
    providerDetails: provider.providerDetails ?? null,
    partKind: 'thinking',
  }
}

/** What the factory of a call takes; all but the name and the id has a default. */
export type NewToolCall = Pick<ToolCallFields, 'toolName' | 'toolCallId'> & Partial<ToolCallFields>

/** `args` defaults to `null`: a call without arguments. */
export function ToolCallPart(fields: NewToolCall): ToolCallPart {
  return { ...toolCallFields(fields), partKind: 'tool-call' }
}

/** `args` defaults to `null`: a call without arguments. */
export function NativeToolCallPart(fields: NewToolCall): NativeToolCallPart {
  return { ...toolCallFields(fields), partKind: 'builtin-tool-call' }
}

/** A file; `provider` defaults to nothing attached. */
export function FilePart(content: BinaryContent, provider: Partial<ProviderFields> = {}): FilePart {
  return {
    content,
    id: provider.id ?? null,
    providerName: provider.providerName ?? null,
    providerDetails: provider.providerDetails ?? null,
    partKind: 'file',
  }
}

function toolCallFields(fields: NewToolCall): ToolCallFields {
  return {
    toolName: fields.toolName,
    args: fields.args ?? null,
    toolCallId: fields.toolCallId,
    toolKind: fields.toolKind ?? null,
    id: fields.id ?? null,
    providerName: fields.providerName ?? null,
    providerDetails: fields.providerDetails ?? null,
  }
}
