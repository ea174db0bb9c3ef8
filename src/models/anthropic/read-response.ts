import { UnexpectedModelBehavior } from '../../errors/index.ts'
import type {
  FinishReason,
  ModelResponse,
  ModelResponseInput,
  ResponsePartInput,
} from '../../messages/index.ts'
import {
  filledText,
  present,
  presentOrNull,
  type RawObject,
  rawObject,
  rawObjects,
  rawText,
} from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import {
  isMadeUp,
  mcpToolName,
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

/** What there is to know besides the body. */
interface MessageContext extends ReadContext {
  /** Names of the tools that the provider was let run. Default: any. */
  readonly serverTools?: ReadonlySet<string>
}

/** Reads the body of an answer of Anthropic's Messages API. */
export function readAnthropicMessage(body: unknown, context: MessageContext): ModelResponseInput {
  const message = rawObject(body)
  if (!Array.isArray(message['content'])) {
    throw new UnexpectedModelBehavior(
      `Invalid response from ${context.providerName} messages endpoint: no content`,
    )
  }
  return {
    parts: readBlocks(rawObjects(message['content']), context),
    usage: readAnthropicUsage(message['usage']),
    modelName: rawText(message['model']) ?? null,
    providerName: context.providerName,
    providerResponseId: rawText(message['id']) ?? null,
    ...readEnd(message),
    providerDetails: readDetails(message),
  }
}

/** How the answer ended; a paused one goes on when it is sent back. */
export function readEnd(message: RawObject): Pick<ModelResponse, 'finishReason' | 'state'> {
  const reason = rawText(message['stop_reason'])
  return {
    finishReason: finishReasons[reason ?? ''] ?? null,
    state: reason === 'pause_turn' ? 'suspended' : 'complete',
  }
}

/** What else a message, or the end of a streamed one, tells of itself. */
export function readDetails(message: RawObject): Readonly<Record<string, unknown>> {
  const stopDetails = rawObject(message['stop_details'])
  return present({
    finish_reason: filledText(message['stop_reason']),
    refusal: stopDetails['explanation'],
    refusal_category: stopDetails['category'],
    container_id: rawObject(message['container'])['id'],
    input_transformations: filledList(message['input_transformations']),
  })
}

function filledList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value : undefined
}

function readBlocks(
  blocks: readonly RawObject[],
  { providerName, serverTools }: MessageContext,
): ResponsePartInput[] {
  const mcpTools = new Map<unknown, string>()
  const answered = new Set(blocks.map((block) => block['tool_use_id']))
  return blocks.flatMap((block) => {
    if (isMadeUp(block, serverTools) && !answered.has(block['id'])) return []
    if (block['type'] === 'mcp_tool_use') mcpTools.set(block['id'], mcpToolName(block))
    return readBlock(block, providerName, mcpTools) ?? []
  })
}

/**
 * A block that is complete; `undefined` when it is of no known kind.
 *
 * @param mcpTools the names of tools of MCP servers, by the id of their call
 */
export function readBlock(
  block: RawObject,
  providerName: string,
  mcpTools: ReadonlyMap<unknown, string>,
): ResponsePartInput | undefined {
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
      return readMcpResult(block, providerName, mcpTools.get(block['tool_use_id']))
    case 'compaction':
      return readCompaction(block, providerName)
    default:
      return type.endsWith('_tool_result') ? readServerToolResult(block, providerName) : undefined
  }
}

export function readCompaction(block: RawObject, providerName: string): ResponsePartInput {
  return {
    partKind: 'compaction',
    content: rawText(block['content']) ?? null,
    providerName,
    providerDetails: presentOrNull({ encrypted_content: block['encrypted_content'] }),
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
