import { UserError } from '../../errors/index.ts'
import type { ModelMessage, ModelResponse } from '../../messages/index.ts'
import { rawText } from '../raw.ts'
import type { ModelSettings } from '../settings.ts'

/** What OpenAI keeps of the conversation, and what still has to be sent. */
export interface ServerState {
  readonly previousResponseId?: string
  readonly conversationId?: string
  readonly messages: readonly ModelMessage[]
}

/** @throws {UserError} when both ways to go on are asked for: the API takes one of them */
export function serverState(
  messages: readonly ModelMessage[],
  settings: ModelSettings,
  system: string,
): ServerState {
  const previous = rawText(settings['openaiPreviousResponseId'])
  const conversation = rawText(settings['openaiConversationId'])
  if (previous !== undefined && conversation !== undefined) {
    throw new UserError(
      '`openaiPreviousResponseId` and `openaiConversationId` cannot be set at the same time',
      { hint: 'Leave one of them out: both say where OpenAI goes on from' },
    )
  }
  if (conversation !== undefined) return inConversation(messages, conversation, system)
  return previous === undefined ? { messages } : afterResponse(messages, previous, system)
}

/** The latest response of the history wins over a given id, which is where the history began. */
function afterResponse(
  messages: readonly ModelMessage[],
  given: string,
  system: string,
): ServerState {
  const index = messages.findLastIndex((message) => isOf(message, system))
  const latest = messages[index]
  const rest = messages.slice(index + 1)
  // What the compaction stands for must not come back, so nothing before it is gone on from.
  if (latest?.kind === 'response' && latest.providerDetails?.['compaction']) return { messages }
  if (latest?.kind === 'response' && latest.providerResponseId && rest.length > 0) {
    return { previousResponseId: latest.providerResponseId, messages: rest }
  }
  return given === 'auto' ? { messages } : { previousResponseId: given, messages }
}

/** A conversation of OpenAI's is found again in responses; `auto` looks only at those of the run's own conversation. */
function inConversation(
  messages: readonly ModelMessage[],
  given: string,
  system: string,
): ServerState {
  const own = given === 'auto' ? (messages.at(-1)?.conversationId ?? null) : null
  const isMeant = (message: ModelMessage): boolean => {
    if (!isOf(message, system)) return false
    const id = conversationOf(message)
    const isForeign =
      own !== null && message.conversationId !== null && message.conversationId !== own
    return id !== undefined && !isForeign && (given === 'auto' || id === given)
  }
  const index = messages.findLastIndex(isMeant)
  const found = messages[index]
  const id = found?.kind === 'response' ? conversationOf(found) : undefined
  if (id !== undefined) return { conversationId: id, messages: messages.slice(index + 1) }
  return given === 'auto' ? { messages } : { conversationId: given, messages }
}

function isOf(message: ModelMessage, system: string): message is ModelResponse {
  return message.kind === 'response' && message.providerName === system
}

function conversationOf({ providerDetails }: ModelResponse): string | undefined {
  return rawText(providerDetails?.['conversation_id'])
}
