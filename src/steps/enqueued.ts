import type { ModelMessage, ModelRequest } from '../messages/index.ts'
import type { ModelRequestNode } from '../nodes/index.ts'
import { type StepPorts, timestamp } from './ports.ts'

/** Enqueued messages that go out with a request. */
export interface Delivery {
  /** Go in front of the request, which is itself the last of what was enqueued. */
  readonly before: readonly ModelMessage[]
  /** Go behind it. */
  readonly behind: readonly ModelMessage[]
  readonly ids: readonly string[]
  /** Tells of them; `request` is the request as it goes out. */
  readonly tell: (request: ModelMessage) => void
}

/** What is to go out with the request of this node. Nothing goes with a response that is only continued. */
export function deliveryFor(ports: StepPorts, node: ModelRequestNode): Delivery {
  const { pending } = ports.state
  if (pending.length === 0 && node.enqueued === undefined) return nothing
  const urgent =
    node.suspended === undefined ? pending.filter(({ priority }) => priority === 'asap') : []
  const entries = urgent.map(({ enqueueId, messages }) => ({
    enqueueId,
    messages: messages.map((message) => stamped(ports, message)),
  }))
  const before = (node.enqueued?.before ?? []).map((message) => stamped(ports, message))
  return {
    before,
    behind: entries.flatMap(({ messages }) => messages),
    ids: entries.map(({ enqueueId }) => enqueueId),
    tell: (request) => {
      const { enqueued } = node
      const own = enqueued && { enqueueId: enqueued.enqueueId, messages: [...before, request] }
      for (const entry of own === undefined ? entries : [own, ...entries]) {
        ports.emit({ eventKind: 'enqueued_messages', ...entry })
      }
    },
  }
}

/** The request with what goes out around it. */
export function deliveredWith(
  { before, behind }: Delivery,
  request: ModelRequest,
): readonly ModelMessage[] {
  return before.length + behind.length === 0 ? [request] : [...before, request, ...behind]
}

const nothing: Delivery = { before: [], behind: [], ids: [], tell: () => {} }

/** Only what is not set yet. */
function stamped(ports: StepPorts, message: ModelMessage): ModelMessage {
  const { runId, conversationId } = ports.state
  return {
    ...message,
    timestamp: message.timestamp ?? timestamp(ports),
    runId: message.runId ?? runId,
    conversationId: message.conversationId ?? conversationId,
  }
}
