import {
  callArguments,
  type ModelResponse,
  type NativeToolCallPart,
  type ResponsePart,
  standardBase64Of,
  type ThinkingPart,
  type ToolCallPart,
} from '../../messages/index.ts'
import { rawText } from '../raw.ts'
import { nativeContent } from './native-content.ts'
import type { AssistantContent } from './protocol.ts'
import { attachedOptions, familyOptions, type PromptTarget, type WithOptions } from './target.ts'

type NativeCalls = ReadonlyMap<string, NativeToolCallPart>

/** A response of any model, for this one to read as its own. */
export function assistantContent(
  response: ModelResponse,
  target: PromptTarget,
  calls: NativeCalls,
): AssistantContent[] {
  const content = response.parts.flatMap((part) => partContent(part, target, calls))
  return target.family === 'openai-chat' ? joinTexts(content) : content
}

/** A message of a chat endpoint has one text, and the package would join several without a break. */
function joinTexts(content: readonly AssistantContent[]): AssistantContent[] {
  const texts = content.filter((each) => each.type === 'text').map((each) => each.text)
  if (texts.length < 2) return [...content]
  const others = content.filter((each) => each.type !== 'text')
  return [{ type: 'text', text: texts.join('\n\n') }, ...others]
}

function partContent(
  part: ResponsePart,
  target: PromptTarget,
  calls: NativeCalls,
): AssistantContent[] {
  switch (part.partKind) {
    case 'text':
      return [{ type: 'text', text: part.content, ...ownOptions(part, target) }]
    case 'thinking':
      return thinkingContent(part, target)
    case 'tool-call':
      return [toolCall(part, target)]
    case 'builtin-tool-call':
    case 'builtin-tool-return':
      return nativeContent(part, target, calls)
    case 'compaction':
      return part.content === null ? [] : [{ type: 'text', text: part.content }]
    case 'file':
      return [fileContent(part, target)]
    case 'speech':
      return part.transcript === null ? [] : [{ type: 'text', text: part.transcript }]
  }
}

function toolCall(part: ToolCallPart, target: PromptTarget): AssistantContent {
  return {
    type: 'tool-call',
    toolCallId: part.toolCallId,
    toolName: part.toolName,
    input: callArguments(part),
    ...ownOptions(part, target),
  }
}

function fileContent(
  part: Extract<ResponsePart, { partKind: 'file' }>,
  target: PromptTarget,
): AssistantContent {
  const data = standardBase64Of(part.content)
  const { mediaType } = part.content
  return { type: 'file', mediaType, data: { type: 'data', data }, ...ownOptions(part, target) }
}

/** Thinking goes back as thinking to the model it came from, and as marked text to any other. */
function thinkingContent(part: ThinkingPart, target: PromptTarget): AssistantContent[] {
  if (part.providerName === target.system || target.family === 'google') {
    const options = ownOptions(part, target)
    return [{ type: 'reasoning', text: part.content, ...options }]
  }
  if (part.content === '') return []
  const tag = target.family === 'anthropic' ? 'thinking' : 'think'
  return [{ type: 'text', text: `<${tag}>\n${part.content}\n</${tag}>` }]
}

type SignedPart = Extract<ResponsePart, { partKind: 'text' | 'thinking' | 'tool-call' | 'file' }>

/** What the provider attached to its own part, in the spelling of its package. */
function ownOptions(part: SignedPart, target: PromptTarget): WithOptions {
  if (part.providerName !== target.system) return {}
  const attached = attachedOptions(part.providerDetails)
  if (attached !== undefined) return attached
  const details = part.providerDetails ?? {}
  const signature = part.partKind === 'thinking' ? part.signature : null
  switch (target.family) {
    case 'openai-responses':
      return familyOptions(target, {
        reasoningEncryptedContent: signature,
        phase: details['phase'],
        namespace: details['namespace'],
      })
    case 'anthropic':
      if (part.id === 'redacted_thinking') return familyOptions(target, { redactedData: signature })
      return familyOptions(target, { signature })
    case 'google':
      return familyOptions(target, { thoughtSignature: rawText(details['thought_signature']) })
    case 'openai-chat':
    case 'other':
      return {}
  }
}
