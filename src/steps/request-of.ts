import type { ModelRequest, RequestPart } from '../messages/index.ts'

/** A request that is stamped when it is sent. */
export function requestOf(parts: readonly RequestPart[]): ModelRequest {
  return {
    parts,
    timestamp: null,
    instructions: null,
    kind: 'request',
    runId: null,
    conversationId: null,
    metadata: null,
    state: 'complete',
  }
}
