import type {
  BinaryContent,
  BinaryContentInput,
  InputOf,
  UserContent,
  UserContentInput,
} from './user-content.ts'
import type { SpeechPart } from './response-parts.ts'

/** What a request is made of. */
export type RequestPart =
  | SystemPromptPart
  | UserPromptPart
  | ToolReturnPart
  | RetryPromptPart
  | ToolAvailabilityDeltaPart
  | SpeechPart

/** Words of the application that stand in the conversation, unlike instructions, which every request has anew. */
export interface SystemPromptPart {
  readonly content: string
  readonly timestamp: string
  /** Names the function that wrote the text and will be asked again in a later run; `null` for fixed text. */
  readonly dynamicRef: string | null
  readonly partKind: 'system-prompt'
}

/** Words and media of the user. */
export interface UserPromptPart {
  readonly content: string | readonly UserContent[]
  readonly timestamp: string
  readonly partKind: 'user-prompt'
}

/** How a tool call ended. */
export type ToolOutcome = 'success' | 'failed' | 'denied' | 'interrupted'

/** Calls and returns whose data has a shape the framework knows; `null` for any other tool. */
export type ToolPartKind = 'tool-search' | 'capability-load'

/** The result of a call, for the model to read. */
export interface ToolReturnPart {
  readonly toolName: string
  /** What the tool returned: JSON-like data, media inside of it, dates, sets, bytes. */
  readonly content: unknown
  readonly toolCallId: string
  readonly toolKind: ToolPartKind | null
  /** The application's own; the model does not see it. */
  readonly metadata: unknown
  readonly timestamp: string
  readonly outcome: ToolOutcome
  readonly partKind: 'tool-return'
}

/** One thing that is wrong with arguments or output, as the model is told. */
export interface ErrorDetails {
  /** A word for the kind of error, such as `missing`. */
  readonly type: string
  readonly loc: readonly (string | number)[]
  readonly msg: string
  readonly input: unknown
  readonly ctx?: unknown
  readonly url?: string
}

/** Asks the model to do better. With a `toolName` it is also the result of that call. */
export interface RetryPromptPart {
  readonly content: string | readonly ErrorDetails[]
  readonly toolName: string | null
  readonly toolCallId: string
  readonly timestamp: string
  readonly partKind: 'retry-prompt'
}

/** Tools that became available in mid-conversation. */
export interface ToolAvailabilityDeltaPart {
  readonly toolsAdded: readonly string[]
  readonly toolCallId: string | null
  readonly partKind: 'tool-availability-delta'
}

/** `SystemPromptPart` as callers may write it. Default: fixed text, stamped when it is completed. */
export type SystemPromptPartInput = InputOf<SystemPromptPart, 'content' | 'partKind'>
/** `UserPromptPart` as callers may write it; its items may lack what has a default, too. */
export type UserPromptPartInput = Partial<Pick<UserPromptPart, 'timestamp'>> &
  Pick<UserPromptPart, 'partKind'> & { readonly content: string | readonly UserContentInput[] }
/** `ToolReturnPart` as callers may write it. Default: a success, with an id made up for its call. */
export type ToolReturnPartInput = InputOf<ToolReturnPart, 'toolName' | 'content' | 'partKind'>
/** `RetryPromptPart` as callers may write it. Default: feedback that is the result of no call. */
export type RetryPromptPartInput = InputOf<RetryPromptPart, 'content' | 'partKind'>
/** `ToolAvailabilityDeltaPart` as callers may write it. Default: no tools, and no call that brought them. */
export type ToolAvailabilityDeltaPartInput = InputOf<ToolAvailabilityDeltaPart, 'partKind'>
/** `SpeechPart` as callers may write it; only who spoke has no default. */
export type SpeechPartInput = Partial<Omit<SpeechPart, 'audio' | 'partKind' | 'speaker'>> &
  Pick<SpeechPart, 'partKind' | 'speaker'> & {
    readonly audio?: BinaryContent | BinaryContentInput | null
  }

/** `RequestPart` as callers may write it: what has a default may be left out. */
export type RequestPartInput =
  | SystemPromptPartInput
  | UserPromptPartInput
  | ToolReturnPartInput
  | RetryPromptPartInput
  | ToolAvailabilityDeltaPartInput
  | SpeechPartInput

/** Fixed text, unless `dynamicRef` names the function that wrote it. `timestamp` is ISO 8601. */
export function SystemPromptPart(
  content: string,
  timestamp: string,
  dynamicRef: string | null = null,
): SystemPromptPart {
  return { content, timestamp, dynamicRef, partKind: 'system-prompt' }
}

/** What the user said at `timestamp`, ISO 8601. */
export function UserPromptPart(
  content: string | readonly UserContent[],
  timestamp: string,
): UserPromptPart {
  return { content, timestamp, partKind: 'user-prompt' }
}

/** `outcome` defaults to `'success'`, `metadata` and `toolKind` to `null`. */
export function ToolReturnPart(
  fields: Pick<ToolReturnPart, 'toolName' | 'content' | 'toolCallId' | 'timestamp'> &
    Partial<Pick<ToolReturnPart, 'toolKind' | 'metadata' | 'outcome'>>,
): ToolReturnPart {
  return {
    toolName: fields.toolName,
    content: fields.content,
    toolCallId: fields.toolCallId,
    toolKind: fields.toolKind ?? null,
    metadata: fields.metadata ?? null,
    timestamp: fields.timestamp,
    outcome: fields.outcome ?? 'success',
    partKind: 'tool-return',
  }
}

/** `toolName` defaults to `null`: plain feedback, which is the result of no call. */
export function RetryPromptPart(
  fields: Pick<RetryPromptPart, 'content' | 'toolCallId' | 'timestamp'> &
    Partial<Pick<RetryPromptPart, 'toolName'>>,
): RetryPromptPart {
  return {
    content: fields.content,
    toolName: fields.toolName ?? null,
    toolCallId: fields.toolCallId,
    timestamp: fields.timestamp,
    partKind: 'retry-prompt',
  }
}

/** `toolCallId` is the call that made the tools available, if one did. */
export function ToolAvailabilityDeltaPart(
  toolsAdded: readonly string[],
  toolCallId: string | null = null,
): ToolAvailabilityDeltaPart {
  return { toolsAdded, toolCallId, partKind: 'tool-availability-delta' }
}
