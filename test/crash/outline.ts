import type { ModelMessage, RequestPart, ResponsePart } from '../../src/index.ts'
import type { RunPlan } from './plan.ts'

/** How a history shows that nobody knows what became of a call. */
export const outcomeUnknown = 'outcome unknown'

/** A history without ids of runs and times, a line a message. What was delivered from outside is left out. */
export function outline(messages: readonly ModelMessage[], plan: RunPlan): readonly string[] {
  const contents = new Set<unknown>(plan.messages.map(({ content }) => content))
  const lines = messages.flatMap((message) => {
    const parts = message.parts.filter((part) => !isDelivered(part, contents))
    const told = parts.map((part) => lineOf(part))
    if (told.length === 0) return []
    const state = message.state === 'complete' ? '' : ` (${message.state})`
    return `${message.kind}${state}: ${told.join('; ')}`
  })
  return withoutRepeatedEnd(lines)
}

function isDelivered(part: RequestPart | ResponsePart, contents: ReadonlySet<unknown>): boolean {
  return part.partKind === 'user-prompt' && contents.has(part.content)
}

function lineOf(part: RequestPart | ResponsePart): string {
  if (part.partKind === 'tool-call') {
    return `call ${idOf(part.toolCallId)} ${part.toolName} ${JSON.stringify(part.args)}`
  }
  if (part.partKind === 'tool-return') {
    if (part.outcome === 'interrupted') return `${idOf(part.toolCallId)} ${outcomeUnknown}`
    return `${idOf(part.toolCallId)} ${part.outcome} ${JSON.stringify(part.content)}`
  }
  if (part.partKind === 'retry-prompt') {
    const id = part.toolName === null ? 'output' : idOf(part.toolCallId)
    return `${id} retry ${JSON.stringify(part.content)}`
  }
  return `${part.partKind} ${'content' in part ? JSON.stringify(part.content) : ''}`
}

/** The last answer comes once more for each message that was delivered behind it: all count as one. */
function idOf(toolCallId: string): string {
  return toolCallId.replace(/^final-\d+$/, 'final')
}

/** One end, however often the run came to it. */
function withoutRepeatedEnd(lines: readonly string[]): readonly string[] {
  for (const length of [1, 2]) {
    const end = lines.slice(-length).join('\n')
    const before = lines.slice(-2 * length, -length).join('\n')
    if (before === end && lines.length >= 2 * length) {
      return withoutRepeatedEnd(lines.slice(0, -length))
    }
  }
  return lines
}
