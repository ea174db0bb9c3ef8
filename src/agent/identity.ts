import { UserError } from '../errors/index.ts'
import type { ModelMessage } from '../messages/index.ts'
import { uuidV7 } from '../steps/index.ts'

/** The id of a run: never one that the history knows. @throws {UserError} for an id that cannot tell runs apart */
export function runIdFor(
  given: string | undefined,
  history: readonly ModelMessage[],
  nowMs: number,
): string {
  if (given === undefined) return uuidV7(nowMs)
  if (given === '') {
    throw new UserError(
      '`run_id` must be a non-empty string when provided. Empty `run_id` breaks `new_messages()` boundary detection.',
    )
  }
  if (history.some((message) => message.runId === given)) {
    throw new UserError(
      `\`run_id='${given}'\` already appears in \`message_history\`. Each agent run needs a distinct \`run_id\`; reuse breaks \`new_messages()\`. Use \`conversation_id\` to correlate across turns or deferred-tool resume. When retrying a failed run with the same \`run_id\`, rebuild \`message_history\` without the failed attempt's messages.`,
    )
  }
  return given
}

/** The id of a conversation: the one given, else the history's latest, else a new one; `'new'` asks for a new one. */
export function conversationIdFor(
  given: string | undefined,
  history: readonly ModelMessage[],
  nowMs: number,
): string {
  if (given !== undefined && given !== 'new') return given
  const known =
    given === 'new' ? undefined : history.findLast((message) => message.conversationId !== null)
  return known?.conversationId ?? uuidV7(nowMs)
}
