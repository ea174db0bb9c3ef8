import { responseText, type ResponsePart, type TextPart } from '../messages/index.ts'
import {
  type AgentEvent,
  type EventView,
  GrowingParts,
  type PartDeltaEvent,
  type PartStartEvent,
  type TextPartDelta,
} from '../streaming/index.ts'

/** The text of the response as far as it has come. */
export function textView(): EventView<string> {
  const growing = new GrowingParts()
  return (event) => {
    if (!growing.add(event) || !isOfText(event)) return undefined
    return responseText(growing) || undefined
  }
}

/** What is added to the text; of a text that is announced again, what it has more, or all of it if it is another one. */
export function textDeltaView(): EventView<string> {
  let told: string[][] = [] // pieces, by the index of the part
  return (event) => {
    if (event.eventKind === 'part_start' && event.previousPartKind === null) told = []
    if (!isOfText(event)) return undefined
    const known = (told[event.index] ??= [])
    if (event.eventKind === 'part_delta') {
      const { contentDelta } = event.delta
      known.push(contentDelta)
      return contentDelta || undefined
    }
    const added = rest(event, known.join(''))
    told[event.index] = [event.part.content]
    return added || undefined
  }
}

/** The parts of a response as they grow. */
interface Growth {
  /** Which response of the run they belong to. */
  readonly of: number
  readonly parts: readonly ResponsePart[]
}

/**
 * The parts of each response, whenever they have grown by a stretch of themselves: what is made of them costs as much as
 * they are large, so making it after each delta would cost the square of that. While they are short, each delta is told.
 */
export function growthView(): EventView<Growth> {
  const growing = new GrowingParts()
  let of = 0
  let length = 0
  let told = 0
  return (event) => {
    if (event.eventKind === 'part_start' && endsResponse(event)) {
      of += 1
      length = 0
      told = 0
    }
    if (!growing.add(event)) return undefined
    length += addedLength(event)
    if (event.eventKind === 'part_delta' && length - told < length / steps) return undefined
    told = length
    return { of, parts: growing.parts }
  }
}

/** A stretch is this part of the whole. */
const steps = 128

/** In characters. */
function addedLength(event: AgentEvent): number {
  if (event.eventKind !== 'part_delta') return 0
  const { delta } = event
  const added = delta.partDeltaKind === 'tool_call' ? delta.argsDelta : delta.contentDelta
  return typeof added === 'string' ? added.length : 1
}

/** What may come while a response does. */
const amidst: ReadonlySet<string> = new Set([
  'part_delta',
  'part_end',
  'final_result',
  'custom',
  'model_attempt_failed',
])

/** Whether the response before this event is whole. */
export function endsResponse(event: AgentEvent): boolean {
  return event.eventKind === 'part_start'
    ? event.previousPartKind === null
    : !amidst.has(event.eventKind)
}

type TextStartEvent = PartStartEvent & { readonly part: TextPart }
type TextDeltaEvent = PartDeltaEvent & { readonly delta: TextPartDelta }

function isOfText(event: AgentEvent): event is TextStartEvent | TextDeltaEvent {
  if (event.eventKind === 'part_start') return event.part.partKind === 'text'
  return event.eventKind === 'part_delta' && event.delta.partDeltaKind === 'text'
}

/** What an announced text has more than what was told of it, or all of it if it is another one. */
function rest({ part: { content } }: TextStartEvent, known: string): string {
  return content.startsWith(known) ? content.slice(known.length) : content
}
