import {
  type BinaryContent,
  deferredRequestsToWire,
  type DeferredToolRequests,
  userContentToWire,
} from '../../src/messages/index.ts'
import type { NodeOrEnd } from '../../src/nodes/index.ts'
import { copyOf, type Json } from './recording.ts'
import { promptToWire } from './user-content.ts'
import type { VectorAgent } from './vector.ts'

/** What the runner reads of a part; only parts of tools have names and ids. */
interface SeenPart {
  readonly partKind: string
  readonly toolName?: string | null
  readonly toolCallId?: string | null
}

/** A node as it is before it runs. */
export function nodeToWire(node: NodeOrEnd, agent: VectorAgent): Json {
  switch (node.kind) {
    case 'user-prompt':
      return { node: 'UserPromptNode', user_prompt: promptToWire(node.userPrompt) }
    case 'model-request':
      return { node: 'ModelRequestNode', request_parts: node.request.parts.map(partOutline) }
    case 'call-tools':
      return {
        node: 'CallToolsNode',
        response_parts: node.response.parts.map(partOutline),
        ...(node.userPrompt !== undefined && { user_prompt: promptToWire(node.userPrompt) }),
      }
    case 'end': {
      const { output, toolName, toolCallId } = node.data
      return {
        node: 'End',
        output: outputToWire(output, agent),
        tool_name: toolName ?? null,
        tool_call_id: toolCallId ?? null,
      }
    }
  }
}

/** Parts of a tool carry its name; a retry prompt without one is plain feedback. */
function partOutline({ partKind, toolName, toolCallId }: SeenPart): Json {
  return toolName === undefined || toolName === null
    ? { part_kind: partKind }
    : { part_kind: partKind, tool_name: toolName, tool_call_id: toolCallId }
}

export function outputKind(output: unknown, agent: VectorAgent): string {
  if (allows(agent, 'deferred') && isDeferredRequests(output)) return 'deferred_tool_requests'
  return allows(agent, 'image') && isBinary(output) ? 'image' : 'value'
}

export function outputToWire(output: unknown, agent: VectorAgent): unknown {
  if (allows(agent, 'deferred') && isDeferredRequests(output)) {
    return copyOf(deferredRequestsToWire(output))
  }
  return copyOf(allows(agent, 'image') && isBinary(output) ? userContentToWire(output) : output)
}

function allows({ output = [] }: VectorAgent, kind: 'deferred' | 'image'): boolean {
  return output.some((item) => item.kind === kind)
}

function isDeferredRequests(output: unknown): output is DeferredToolRequests {
  return isObject(output) && 'calls' in output && 'approvals' in output && 'metadata' in output
}

function isBinary(output: unknown): output is BinaryContent {
  return isObject(output) && 'kind' in output && output.kind === 'binary'
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
