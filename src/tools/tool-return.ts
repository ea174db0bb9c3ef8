import type { UserContentInput } from '../messages/index.ts'

/**
 * What a tool returns to say more than a value: content that follows as a user message (an image, say), and metadata
 * that the model never sees. Made by `toolReturn()`.
 */
export interface ToolReturn<TValue = unknown> {
  readonly kind: 'tool-return'
  /** The result proper; goes to the model as JSON. */
  readonly returnValue: TValue
  /** Sent to the model behind all results of the response; `null` for none. */
  readonly content: string | readonly UserContentInput[] | null
  /** Kept with the result in the history, for the application. JSON. */
  readonly metadata: unknown
}

/** Known to every copy of the package in a process, so that a value is recognised whoever made it. */
const brand = Symbol.for('agentchart.toolReturn')

/**
 * Returns more than a value from a tool. To be returned itself: inside a list or an object it is refused.
 * It is plain data, so it may also answer a deferred call.
 */
export function toolReturn<TValue>(options: {
  readonly value: TValue
  readonly content?: string | readonly UserContentInput[]
  readonly metadata?: unknown
}): ToolReturn<TValue> {
  const { value, content = null, metadata = null } = options
  return Object.freeze({
    [brand]: true,
    kind: 'tool-return',
    returnValue: value,
    content,
    metadata,
  } as const)
}

/** Whether a tool's result was made by `toolReturn`, in this or another copy of the package. */
export function isToolReturn(value: unknown): value is ToolReturn {
  return typeof value === 'object' && value !== null && brand in value
}
