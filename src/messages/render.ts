import type { ErrorDetails, RetryPromptPart, ToolReturnPart } from './request-parts.ts'
import type { NativeToolCallPart, NativeToolReturnPart, ToolCallPart } from './response-parts.ts'
import type { MultiModalContent } from './user-content.ts'
import { isRawJson, isRecord, Place } from '../codec/index.ts'
import { isMedia, toolContent } from './wire/user-content.ts'

/**
 * The arguments of a call as an object, for providers that take no text. Text that is no JSON object becomes
 * `{ INVALID_JSON: text }`, so that the model sees what it wrote.
 */
export function callArguments(
  part: Pick<ToolCallPart | NativeToolCallPart, 'args'>,
): Readonly<Record<string, unknown>> {
  const { args } = part
  if (args === null || args === '') return {}
  if (typeof args !== 'string') return args
  try {
    const parsed: unknown = JSON.parse(args)
    if (isRecord(parsed)) return parsed
  } catch {
    // it goes to the model as it is
  }
  return { INVALID_JSON: args }
}

/** What a tool returned, as text for the model: strings as they are, nothing for null, else compact JSON. Without media. */
export function toolReturnText(
  part: Pick<ToolReturnPart | NativeToolReturnPart, 'content' | 'outcome'>,
): string {
  const text = textOf(withoutMedia(part.content))
  return part.outcome === 'failed' ? JSON.stringify({ error: text }) : text
}

/** {@link toolReturnText} for providers that take an object: objects as they are, other values as `return_value`. */
export function toolReturnObject(
  part: Pick<ToolReturnPart | NativeToolReturnPart, 'content' | 'outcome'>,
): Readonly<Record<string, unknown>> {
  const content = toolContent.write(withoutMedia(part.content), new Place())
  if (part.outcome === 'failed') return { error: textOf(content) }
  if (content === null) return {}
  return isRecord(content) && !isRawJson(content) ? content : { return_value: content }
}

/** The media that a tool returned by itself or in a list; `toolReturnText` and `toolReturnObject` leave it out. */
export function toolReturnMedia(
  part: Pick<ToolReturnPart | NativeToolReturnPart, 'content'>,
): readonly MultiModalContent[] {
  const items: readonly unknown[] = Array.isArray(part.content) ? part.content : [part.content]
  return items.filter(isMedia)
}

/** A retry prompt as text for the model. */
export function retryPromptText(part: Pick<RetryPromptPart, 'content' | 'toolName'>): string {
  return `${complaint(part)}\n\nFix the errors and try again.`
}

function complaint({ content, toolName }: Pick<RetryPromptPart, 'content' | 'toolName'>): string {
  if (typeof content === 'string') {
    return toolName === null ? `Validation feedback:\n${content}` : content
  }
  const errors = content.map((error) => shownError(error, toolName !== null))
  const what = `${errors.length} validation error${errors.length === 1 ? '' : 's'}`
  return `${what}:\n\`\`\`json\n${JSON.stringify(errors, null, 2)}\n\`\`\``
}

/** Without a tool name, what the model wrote as a whole is left out: it is in its own last message. */
function shownError({ type, loc, msg, input }: ErrorDetails, isOfTool: boolean): unknown {
  if (!isOfTool && loc.length <= 1) return { type, loc, msg }
  return { type, loc, msg, input: toolContent.write(input, new Place()) }
}

function textOf(content: unknown): string {
  if (content === null || content === undefined) return ''
  if (typeof content === 'string') return content
  if (Array.isArray(content) && content.length === 0) return ''
  return JSON.stringify(toolContent.write(content, new Place()))
}

/** What is left when media is taken out; a list of one, so left over, counts as that one. */
function withoutMedia(content: unknown): unknown {
  if (isMedia(content)) return null
  if (!Array.isArray(content) || !content.some(isMedia)) return content
  const rest: readonly unknown[] = content.filter((item) => !isMedia(item))
  return rest.length === 1 ? rest[0] : rest
}
