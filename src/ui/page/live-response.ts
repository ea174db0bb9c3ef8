import { fieldOf, isObject, type JsonObject, numberOf, textOf } from './json.ts'

type Parts = readonly JsonObject[]

/** The parts of a response while it streams, after one more event. What is no event of a response changes nothing. */
export function foldResponse(parts: Parts, event: JsonObject): Parts {
  const index = numberOf(event['index'])
  switch (event['eventKind']) {
    case 'part_start':
    case 'part_end': {
      const { part } = event
      return isObject(part) ? withPart(parts, index, part) : parts
    }
    case 'part_delta': {
      const part = parts[index]
      const { delta } = event
      return part && isObject(delta) ? withPart(parts, index, grown(part, delta)) : parts
    }
    case 'model_attempt_failed':
      return []
    default:
      return parts
  }
}

function withPart(parts: Parts, index: number, part: JsonObject): Parts {
  const changed = [...parts]
  changed[index] = part
  return changed
}

function grown(part: JsonObject, delta: JsonObject): JsonObject {
  if (fieldOf(delta, 'partDeltaKind') !== 'tool_call') {
    const added = textOf(fieldOf(delta, 'contentDelta'))
    return { ...part, content: textOf(part['content']) + added }
  }
  const toolName = textOf(fieldOf(part, 'toolName')) + textOf(fieldOf(delta, 'toolNameDelta'))
  return { ...part, toolName, args: joined(part['args'], fieldOf(delta, 'argsDelta')) }
}

function joined(args: unknown, added: unknown): unknown {
  if (isObject(added)) return { ...(isObject(args) ? args : {}), ...added }
  return typeof added === 'string' ? textOf(args) + added : args
}
