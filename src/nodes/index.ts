import type { CallToolsNode } from './call-tools-node.ts'
import type { End } from './end.ts'
import type { ModelRequestNode } from './model-request-node.ts'
import type { UserPromptNode } from './user-prompt-node.ts'

export { checkedNode } from './checked-node.ts'
export { CallToolsNode } from './call-tools-node.ts'
export { End, type FinalResult } from './end.ts'
export { ModelRequestNode } from './model-request-node.ts'
export type { NodeFactory, NodeIdentity } from './node-factory.ts'
export { UserPromptNode } from './user-prompt-node.ts'

/** A node that can be run. */
export type AgentNode = UserPromptNode | ModelRequestNode | CallToolsNode

/** What `next` resolves with and iteration yields. */
export type NodeOrEnd<TOutput = unknown> = AgentNode | End<TOutput>
