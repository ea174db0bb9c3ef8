import type { DeferredToolResults, UserContent } from '../messages/index.ts'
import { nodeFactory, type NodeFactory, type NodeIdentity } from './node-factory.ts'

/** The run has not started; it holds what it was asked. */
export interface UserPromptNode extends NodeIdentity {
  readonly kind: 'user-prompt'
  /** `null` when the run goes on from its history alone. */
  readonly userPrompt: string | readonly UserContent[] | null
  /** Results of calls that an earlier run left open. */
  readonly deferredToolResults?: DeferredToolResults
}

/** Skips a run back to its start, with another prompt. */
export const UserPromptNode: NodeFactory<
  UserPromptNode,
  [userPrompt: UserPromptNode['userPrompt'], deferredToolResults?: DeferredToolResults]
> = nodeFactory('user-prompt', (userPrompt, deferredToolResults) => ({
  kind: 'user-prompt',
  userPrompt,
  ...(deferredToolResults && { deferredToolResults }),
}))
