import { UserError } from '../errors/index.ts'
import { CallToolsNode } from './call-tools-node.ts'
import { ModelRequestNode } from './model-request-node.ts'
import { UserPromptNode } from './user-prompt-node.ts'

type AgentNode = UserPromptNode | ModelRequestNode | CallToolsNode

/**
 * A node as untyped callers may write it, with what its message leaves out filled in; the same object when nothing is
 * missing.
 *
 * @throws {UserError} for anything that is no node
 * @throws {ValidationError} with the place, for a node whose message is none
 */
export function checkedNode(node: unknown): AgentNode {
  if (ModelRequestNode.is(node)) {
    const { request } = ModelRequestNode(node.request)
    return request === node.request ? node : { ...node, request }
  }
  if (CallToolsNode.is(node)) {
    const { response } = CallToolsNode(node.response)
    return response === node.response ? node : { ...node, response }
  }
  if (UserPromptNode.is(node) && isPrompt(node.userPrompt)) return node
  throw new UserError('This is no node that can be run', {
    hint: 'Pass `run.nextNode`, a changed copy of it, or a node made by `UserPromptNode`, `ModelRequestNode` or `CallToolsNode`',
  })
}

function isPrompt(value: unknown): boolean {
  return value === null || typeof value === 'string' || Array.isArray(value)
}
