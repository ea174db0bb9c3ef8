import { deferredRequestsToWire, partToWire, userContentToWire } from '../messages/index.ts'
import type { AgentEvent } from './events.ts'

/** The event as the reference writes it in JSON; keys in its order. */
export function eventToWire(event: AgentEvent): Readonly<Record<string, unknown>> {
  switch (event.eventKind) {
    case 'function_tool_call':
    case 'output_tool_call':
      return {
        part: partToWire(event.part),
        args_valid: event.argsValid,
        event_kind: event.eventKind,
      }
    case 'function_tool_result': {
      const { content } = event
      return {
        part: partToWire(event.part),
        content: typeof content === 'string' ? content : (content?.map(userContentToWire) ?? null),
        event_kind: event.eventKind,
      }
    }
    case 'output_tool_result':
      return { part: partToWire(event.part), event_kind: event.eventKind }
    case 'deferred_tool_requests':
      return { requests: deferredRequestsToWire(event.requests), event_kind: event.eventKind }
  }
}
