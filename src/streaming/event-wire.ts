import {
  deferredRequestsToWire,
  deferredResultsToWire,
  messageToWire,
  partToWire,
  userContentToWire,
} from '../messages/index.ts'
import { UserError } from '../errors/index.ts'
import type { AgentEvent, PartDelta } from './events.ts'

type Wire = Readonly<Record<string, unknown>>

/**
 * The event as the reference writes it in JSON; keys in its order.
 *
 * @throws {UserError} for `agent_run_result`, which is not meant for JSON
 */
export function eventToWire(event: AgentEvent): Readonly<Record<string, unknown>> {
  return { ...fieldsOf(event), event_kind: event.eventKind }
}

function fieldsOf(event: AgentEvent): Wire {
  switch (event.eventKind) {
    case 'part_start':
      return {
        index: event.index,
        part: partToWire(event.part),
        previous_part_kind: event.previousPartKind,
      }
    case 'part_delta':
      return { index: event.index, delta: deltaToWire(event.delta) }
    case 'part_end':
      return {
        index: event.index,
        part: partToWire(event.part),
        next_part_kind: event.nextPartKind,
      }
    case 'final_result':
      return { tool_name: event.toolName, tool_call_id: event.toolCallId }
    case 'function_tool_call':
    case 'output_tool_call':
      return { part: partToWire(event.part), args_valid: event.argsValid }
    case 'function_tool_result': {
      const { content } = event
      return {
        part: partToWire(event.part),
        content: typeof content === 'string' ? content : (content?.map(userContentToWire) ?? null),
      }
    }
    case 'output_tool_result':
    case 'tool_availability_delta':
      return { part: partToWire(event.part) }
    case 'enqueued_messages':
      return { enqueue_id: event.enqueueId, messages: event.messages.map(messageToWire) }
    case 'deferred_tool_requests':
      return { requests: deferredRequestsToWire(event.requests) }
    case 'deferred_tool_results':
      return {
        results: deferredResultsToWire(event.results),
        ...(event.by !== undefined && { by: event.by }),
        ...(event.at !== undefined && { at: event.at }),
      }
    case 'custom':
      return {
        name: event.name,
        data: event.data,
        tool_name: event.toolName,
        tool_call_id: event.toolCallId,
      }
    case 'model_attempt_failed':
      return {
        model_name: event.modelName,
        attempt: event.attempt,
        error: event.error instanceof Error ? event.error.message : String(event.error),
        delay_ms: event.delayMs,
        next_model_name: event.nextModelName,
      }
    case 'nested':
      return {
        run_id: event.runId,
        agent_name: event.agentName,
        tool_name: event.toolName,
        tool_call_id: event.toolCallId,
        event: eventToWire(event.event),
      }
    case 'agent_run_result':
      throw new UserError('The event `agent_run_result` has no JSON form', {
        hint: 'Write `event.result.output`, or the messages, yourself',
      })
  }
}

function deltaToWire(delta: PartDelta): Wire {
  const { providerName: provider_name, providerDetails: provider_details } = delta
  const provider = { provider_name, provider_details, part_delta_kind: delta.partDeltaKind }
  switch (delta.partDeltaKind) {
    case 'text':
      return { content_delta: delta.contentDelta, ...provider }
    case 'thinking':
      return {
        content_delta: delta.contentDelta,
        signature_delta: delta.signatureDelta,
        ...provider,
      }
    case 'tool_call':
      return {
        tool_name_delta: delta.toolNameDelta,
        args_delta: delta.argsDelta,
        tool_call_id: delta.toolCallId,
        ...provider,
      }
  }
}
