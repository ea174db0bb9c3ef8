import { parseJson } from '../codec/index.ts'
import type { OpenCall } from '../errors/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'
import type { MarkRow } from './backend.ts'
import type { DeliveryAddress } from './inbox.ts'
import { keyOf } from './names.ts'

/** What all calls of an id are found under. */
export function callName(toolCallId: string): string {
  return keyOf('call', toolCallId)
}

/** An awaited call as it is remembered. */
export function markOf(
  { toolCallId, index, path, awaits }: AwaitedCall,
  isGiven: boolean,
): MarkRow {
  const detail = JSON.stringify([awaits, index, ...path])
  return {
    key: callKey(toolCallId, detail),
    name: callName(toolCallId),
    detail,
    isOpen: true,
    isGiven,
  }
}

/** Where a call that waits is. */
export function openCall({ toolCallId, index, path }: AwaitedCall): OpenCall {
  return { toolCallId, index, path }
}

/** What identifies a call within its run. */
export function callKey(toolCallId: string, detail: string): string {
  return keyOf('call', toolCallId, detail)
}

/** Where a remembered call is. */
export function placeOf(detail: string): Omit<OpenCall, 'toolCallId'> {
  const [, index, ...path] = items(parseJson(detail))
  return { index: Number(index), path: path.map(String) }
}

/** What a remembered call waits for, or waited. */
export function awaitsOf(detail: string): AwaitedCall['awaits'] {
  return items(parseJson(detail))[0] === 'answer' ? 'answer' : 'approval'
}

/** Whether an address, which may leave out where the call is, means a call of this id. */
export function isMeant(
  place: Omit<OpenCall, 'toolCallId'>,
  { index, path }: DeliveryAddress,
): boolean {
  const hasPath = path === undefined || JSON.stringify(path) === JSON.stringify(place.path)
  return hasPath && (index === undefined || index === place.index)
}

/** Whether messages in the wire form hold a call of this id. */
export function holdCall(messages: readonly unknown[], toolCallId: string): boolean {
  return messages.some((message) =>
    items(fieldOf(message, 'parts')).some(
      (part) =>
        fieldOf(part, 'part_kind') === 'tool-call' && fieldOf(part, 'tool_call_id') === toolCallId,
    ),
  )
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
