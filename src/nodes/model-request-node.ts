import {
  completeRequest,
  type ModelMessage,
  type ModelRequest,
  type ModelRequestInput,
  type ModelResponse,
} from '../messages/index.ts'
import { nodeFactory, type NodeFactory, type NodeIdentity } from './node-factory.ts'

/** The run is about to send a request to the model. */
export interface ModelRequestNode extends NodeIdentity {
  readonly kind: 'model-request'
  /** What will be sent, after the history. Time, ids and instructions are stamped when it is. */
  readonly request: ModelRequest
  /** The request ended the history given to the run: it is sent again and does not count as new. */
  readonly isResent?: boolean
  /** A response that the provider paused; it is continued and nothing new is sent. */
  readonly suspended?: ModelResponse
  /** The request was enqueued and is sent instead of ending the run; these messages go in front of it. */
  readonly enqueued?: { readonly enqueueId: string; readonly before: readonly ModelMessage[] }
}

/** Skips a run to sending a request. What the request leaves out is completed, as of now. */
export const ModelRequestNode: NodeFactory<ModelRequestNode, [request: ModelRequestInput]> =
  nodeFactory('model-request', (request) => ({
    kind: 'model-request',
    request: completeRequest(request, new Date().toISOString()),
  }))
