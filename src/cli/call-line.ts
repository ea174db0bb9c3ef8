import type { AwaitedCall } from '../snapshot/index.ts'
import { plain } from './plain.ts'
import { oneLine } from './visible.ts'

/** A call that waits, in a few words: `pay {"euros":5} (approval, call-1)`. */
export function callLine(call: AwaitedCall, maxLength: number): string {
  const { toolName, toolCallId, awaits } = call
  return `${oneLine(`${toolName} ${argumentsText(call)}`, maxLength)} (${awaits}, ${toolCallId})`
}

/** Its arguments as the model wrote them. */
export function argumentsText({ args }: AwaitedCall): string {
  if (args === null) return '{}'
  return typeof args === 'string' ? args : JSON.stringify(args, plain)
}
