import { UnexpectedModelBehavior } from '../../errors/index.ts'
import type { FinishReason, ModelResponseInput, ResponsePartInput } from '../../messages/index.ts'
import { filledText, present, type RawObject, rawObject, rawObjects, rawText } from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import {
  readMcpResult,
  readMcpUse,
  readServerToolResult,
  readServerToolUse,
} from './read-native-block.ts'
import { readAnthropicUsage } from './read-usage.ts'

const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  stop_sequence: 'stop',
  tool_use: 'tool_call',
  refusal: 'content_filter',
  compaction: 'stop',
}

/** Reads the body of an answer of Anthropic's Messages API. */
export function readAnthropicMessage(body: unknown, context: ReadContext): ModelResponseInput {
  const message = rawObject(body)
  if (!Array.isArray(message['content'])) {
    throw new UnexpectedModelBehavior(
      `Invalid response from ${context.providerName} messages endpoint: no content`,
    )
  }
  const rawFinish = filledText(message['stop_reason'])
  const stopDetails = rawObject(message['stop_details'])
  return {
    parts: readBlocks(rawObjects(message['content']), context.providerName),
    usage: readAnthropicUsage(message['usage']),
    modelName: rawText(message['model']) ?? null,
    providerName: context.providerName,
    providerResponseId: rawText(message['id']) ?? null,
    finishReason: finishReasons[rawFinish ?? ''] ?? null,
    state: rawFinish === 'pause_turn' ? 'suspended' : 'complete',
    providerDetails: present({
      finish_reason: rawFinish,
      refusal: stopDetails['explanation'],
      refusal_category: stopDetails['category'],
      container_id: rawObject(message['container'])['id'],
    }),
  }
}

function readBlocks(blocks: readonly RawObject[], providerName: string): ResponsePartInput[] {
  const mcpTools = new Map<unknown, string>()
  return blocks.flatMap((block) => {
    if (block['type'] === 'mcp_tool_use') {
      mcpTools.set(block['id'], `mcp_server:${rawText(block['server_name']) ?? ''}`)
    }
    return readBlock(block, providerName, mcpTools.get(block['tool_use_id']))
  })
}

function readBlock(
  block: RawObject,
  providerName: string,
  mcpTool: string | undefined,
): ResponsePartInput | [] {
  const type = rawText(block['type']) ?? ''
  switch (type) {
    case 'text':
      return { partKind: 'text', content: rawText(block['text']) ?? '' }
    case 'thinking':
    case 'redacted_thinking':
      return readThinking(block, providerName)
    case 'tool_use':
      return readCall(block)
    case 'server_tool_use':
      return readServerToolUse(block, providerName)
    case 'mcp_tool_use':
      return readMcpUse(block, providerName)
    case 'mcp_tool_result':
      return readMcpResult(block, providerName, mcpTool)
    case 'compaction':
      return { partKind: 'compaction', content: rawText(block['content']) ?? null, providerName }
    default:
      return type.endsWith('_tool_result') ? readServerToolResult(block, providerName) : []
  }
}

function readThinking(block: RawObject, providerName: string): ResponsePartInput {
  if (block['type'] === 'redacted_thinking') {
    const signature = rawText(block['data']) ?? null
    return { partKind: 'thinking', content: '', id: 'redacted_thinking', signature, providerName }
  }
  const content = rawText(block['thinking']) ?? ''
  const signature = rawText(block['signature']) ?? null
  return { partKind: 'thinking', content, signature, providerName }
}

function readCall(block: RawObject): ResponsePartInput {
  const toolCallId = filledText(block['id'])
  return {
    partKind: 'tool-call',
    toolName: rawText(block['name']) ?? '',
    args: rawObject(block['input']),
    ...(toolCallId !== undefined && { toolCallId }),
  }
}
