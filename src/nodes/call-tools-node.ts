import {
  completeResponse,
  type DeferredToolResults,
  type ModelResponse,
  type ModelResponseInput,
  type UserContent,
} from '../messages/index.ts'
import { nodeFactory, type NodeFactory, type NodeIdentity } from './node-factory.ts'

/** The run holds a response from the model and is about to act on it. */
export interface CallToolsNode extends NodeIdentity {
  readonly kind: 'call-tools'
  /** The response to act on; parts keep the order in which the model wrote them. */
  readonly response: ModelResponse
  /** Results from outside for calls of the response that were put off. */
  readonly deferredToolResults?: DeferredToolResults
  /** Goes to the model after the results. */
  readonly userPrompt?: string | readonly UserContent[]
}

/** Skips a run to acting on a response. What the response leaves out is completed, as of now. */
export const CallToolsNode: NodeFactory<CallToolsNode, [response: ModelResponseInput]> =
  nodeFactory('call-tools', (response) => ({
    kind: 'call-tools',
    response: completeResponse(response, new Date().toISOString()),
  }))
