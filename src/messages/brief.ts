/**
 * Messages as a snapshot holds them: as on the wire, but for what goes without saying.
 *
 *   - `run_id` and `conversation_id`, where they are those of the run
 *   - `instructions`, where they are those of the request before
 *   - of messages, parts and usage: what is null, nothing, or as it is unless something went wrong
 *
 * It halves a snapshot, and what is not there needs no parsing. Messages that leave nothing out are read just as well.
 */
import { isRecord, list, Place } from '../codec/index.ts'
import type { ModelMessage } from './message.ts'
import { message } from './wire/messages.ts'

/** The run that the messages are of. */
export interface RunIds {
  readonly run: string
  readonly conversation: string
}

/**
 * Writes the messages of a run without what goes without saying.
 *
 * @throws {ValidationError} when media has no type, or user data refers to itself
 */
export function messagesToBrief(messages: readonly ModelMessage[], ids: RunIds): unknown[] {
  const place = new Place()
  let instructions: string | null = null
  return messages.map((each, i) => {
    place.path[0] = i
    const fields = message.brief(each, place)
    if (!isRecord(fields)) return fields
    if (each.kind === 'request') {
      const told = each.instructions ?? null
      if (told !== instructions) fields['instructions'] = told
      instructions = told
    }
    if (each.runId !== ids.run) fields['run_id'] = each.runId ?? null
    if (each.conversationId !== ids.conversation) {
      fields['conversation_id'] = each.conversationId ?? null
    }
    return fields
  })
}

/**
 * Reads messages of a run that leave out what goes without saying, or nothing.
 *
 * @param value not checked yet; it stays as it is
 * @param root what errors call the messages, in front of the index of one
 * @throws {ValidationError} naming the place of what is not as it should be
 */
export function messagesFromBrief(
  value: unknown,
  ids: RunIds,
  root = 'messages',
): readonly ModelMessage[] {
  let instructions: string | null = null
  const briefMessage = {
    read(given: unknown, place: Place): ModelMessage {
      const read = message.read(given, place)
      const known: Known = read // nobody else has it yet
      if (read.runId === null && !isSaid(given, 'run_id')) known.runId = ids.run
      if (read.conversationId === null && !isSaid(given, 'conversation_id')) {
        known.conversationId = ids.conversation
      }
      if (read.kind !== 'request') return read
      if (read.instructions === null && !isSaid(given, 'instructions')) {
        known.instructions = instructions
      }
      instructions = read.instructions
      return read
    },
  }
  const place = new Place()
  place.path.push(root)
  return list(briefMessage).read(value, place)
}

interface Known {
  runId: string | null
  conversationId: string | null
  instructions?: string | null
}

function isSaid(given: unknown, key: string): boolean {
  return isRecord(given) && Object.hasOwn(given, key)
}
