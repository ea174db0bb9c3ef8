import type { ResponsePart } from '../../src/messages/index.ts'
import type { AgentEvent, PartDelta } from '../../src/streaming/index.ts'

/** One line an event. */
export function outlineOf(events: readonly AgentEvent[]): string[] {
  return events.map(line)
}

function line(event: AgentEvent): string {
  switch (event.eventKind) {
    case 'part_start':
      return `start ${event.index} ${shown(event.part)} after ${event.previousPartKind}`
    case 'part_delta':
      return `delta ${event.index} ${JSON.stringify(added(event.delta))}`
    case 'part_end':
      return `end ${event.index} ${shown(event.part)} before ${event.nextPartKind}`
    case 'final_result':
      return `final ${event.toolName}`
    case 'function_tool_call':
    case 'output_tool_call':
      return `${event.eventKind} ${event.part.toolCallId} ${event.argsValid}`
    case 'function_tool_result':
    case 'output_tool_result':
      return `${event.eventKind} ${event.part.toolCallId}`
    case 'custom':
      return `custom ${event.name} ${JSON.stringify(event.data)}`
    case 'tool_availability_delta':
    case 'enqueued_messages':
    case 'deferred_tool_requests':
    case 'deferred_tool_results':
    case 'model_attempt_failed':
    case 'nested':
    case 'agent_run_result':
      return event.eventKind
  }
}

function added(delta: PartDelta): unknown {
  return delta.partDeltaKind === 'tool_call' ? delta.argsDelta : delta.contentDelta
}

function shown(part: ResponsePart): string {
  const { partKind } = part
  if ('args' in part) return `${partKind} ${part.toolName}(${JSON.stringify(part.args)})`
  const isText = 'content' in part && typeof part.content === 'string'
  return isText ? `${partKind} ${JSON.stringify(part.content)}` : partKind
}
