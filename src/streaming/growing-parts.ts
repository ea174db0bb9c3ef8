import type { ResponsePart } from '../messages/index.ts'
import type { AgentEvent, PartDelta } from './events.ts'
import { joinArgs } from './join-args.ts'

/**
 * The parts of a response, put together from its events: for whoever has the events alone, such as a reader in another
 * process. What it hands out does not change afterwards.
 */
export class GrowingParts {
  #parts: ResponsePart[] = []

  /** The parts of the latest response. */
  get parts(): readonly ResponsePart[] {
    return this.#parts.filter(() => true) // without gaps: a call that never got a name has no part
  }

  /** Takes an event in. @returns whether the parts have changed */
  add(event: AgentEvent): boolean {
    if (event.eventKind === 'part_start') {
      const { index, part, previousPartKind } = event
      if (previousPartKind === null) this.#parts = [] // a new response
      this.#parts[index] = part
      return true
    }
    if (event.eventKind !== 'part_delta') return false
    const part = this.#parts[event.index]
    if (part !== undefined) this.#parts[event.index] = grown(part, event.delta)
    return part !== undefined
  }
}

function grown(part: ResponsePart, delta: PartDelta): ResponsePart {
  const provider = {
    ...(delta.providerName !== null && { providerName: delta.providerName }),
    ...(delta.providerDetails !== null && {
      providerDetails: { ...part.providerDetails, ...delta.providerDetails },
    }),
  }
  if (delta.partDeltaKind === 'text' && part.partKind === 'text') {
    return { ...part, ...provider, content: part.content + delta.contentDelta }
  }
  if (delta.partDeltaKind === 'thinking' && part.partKind === 'thinking') {
    const content = part.content + (delta.contentDelta ?? '')
    return { ...part, ...provider, content, signature: delta.signatureDelta ?? part.signature }
  }
  if (delta.partDeltaKind !== 'tool_call') return part
  if (part.partKind !== 'tool-call' && part.partKind !== 'builtin-tool-call') return part
  const { toolNameDelta, argsDelta, toolCallId } = delta
  return {
    ...part,
    ...provider,
    toolName: part.toolName + (toolNameDelta ?? ''),
    args: joinArgs(part.args, argsDelta) ?? argsDelta,
    toolCallId: toolCallId ?? part.toolCallId,
  }
}
