import {
  type RetryPromptPart,
  retryPromptText,
  toolReturnMedia,
  type ToolReturnPart,
  toolReturnText,
} from '../../messages/index.ts'
import { isRawObject } from '../raw.ts'
import type { ToolResult, ToolResultOutput, UserPromptContent } from './protocol.ts'
import type { PromptTarget } from './target.ts'
import { mediaContent } from './user-content.ts'

/** A tool result, and what has to follow it as a user message because results of this provider hold no media. */
export interface ToolAnswer {
  readonly result: ToolResult
  readonly attachments: readonly UserPromptContent[]
}

export function toolReturnAnswer(part: ToolReturnPart, target: PromptTarget): ToolAnswer {
  const media = toolReturnMedia(part)
  if (part.outcome !== 'success' || media.length === 0) return answer(part, plainOutput(part))
  if (takesMediaInResults(target)) return answer(part, mixedOutput(part, target))
  const named = { ...part, content: itemsOf(part.content).map(nameInsteadOfMedia) }
  const attachments = media.flatMap((each): UserPromptContent[] => [
    { type: 'text', text: `This is file ${each.identifier}:` },
    mediaContent(each, target),
  ])
  return answer(part, { type: 'text', value: toolReturnText(named) }, attachments)
}

/** Feedback on a call is its result. OpenAI has no flag for errors, and the text says what is wrong. */
export function retryAnswer(
  part: RetryPromptPart,
  toolName: string,
  { family }: PromptTarget,
): ToolAnswer {
  const type = family.startsWith('openai') ? 'text' : 'error-text'
  const { toolCallId } = part
  return answer({ toolName, toolCallId }, { type, value: retryPromptText(part) })
}

/** What failed goes as plain text: packages wrap it where their provider needs that. */
function plainOutput(part: ToolReturnPart): ToolResultOutput {
  const text = toolReturnText({ ...part, outcome: 'success' })
  switch (part.outcome) {
    case 'denied':
      return { type: 'execution-denied', reason: text }
    case 'failed':
    case 'interrupted':
      return { type: 'error-text', value: text }
    case 'success':
      return isRawObject(part.content) ? jsonOutput(text) : { type: 'text', value: text }
  }
}

/** Objects go to the package as objects, since some providers send them as such. */
function jsonOutput(text: string): ToolResultOutput {
  try {
    const value: unknown = JSON.parse(text)
    return { type: 'json', value }
  } catch {
    return { type: 'text', value: text }
  }
}

function answer(
  call: { readonly toolName: string; readonly toolCallId: string },
  output: ToolResultOutput,
  attachments: readonly UserPromptContent[] = [],
): ToolAnswer {
  const { toolName, toolCallId } = call
  return { result: { type: 'tool-result', toolName, toolCallId, output }, attachments }
}

function mixedOutput(part: ToolReturnPart, target: PromptTarget): ToolResultOutput {
  return {
    type: 'content',
    value: itemsOf(part.content).map((content) => {
      const [media] = toolReturnMedia({ content })
      if (media !== undefined) return mediaContent(media, target)
      return { type: 'text', text: toolReturnText({ ...part, content }) }
    }),
  }
}

function takesMediaInResults({ family }: PromptTarget): boolean {
  return family === 'anthropic' || family === 'google' || family === 'openai-responses'
}

function itemsOf(content: unknown): readonly unknown[] {
  return Array.isArray(content) ? content : [content]
}

function nameInsteadOfMedia(content: unknown): unknown {
  const [media] = toolReturnMedia({ content })
  return media === undefined ? content : `See file ${media.identifier}.`
}
