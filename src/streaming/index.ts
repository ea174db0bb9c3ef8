export type {
  AgentEvent,
  DeferredToolRequestsEvent,
  FunctionToolCallEvent,
  FunctionToolResultEvent,
  OutputToolCallEvent,
  OutputToolResultEvent,
} from './events.ts'
export { eventToWire } from './event-wire.ts'
