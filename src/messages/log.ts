import type { ModelMessage } from './message.ts'

/**
 * A history that grows. The handle is immutable: it stands for the first `length` items of an array that many handles
 * share and that only ever grows behind the last of them, so that neither a step nor a handle costs a copy.
 */
export interface MessageLog {
  /** Shared with longer logs: read no further than `length`, and never write. */
  readonly items: readonly ModelMessage[]
  readonly length: number
}

/** A log of its own, for a conversation that starts. */
export function emptyLog(): MessageLog {
  return { items: [], length: 0 }
}

/** A log of its own over a copy of the list. */
export function logOf(messages: readonly ModelMessage[]): MessageLog {
  return { items: [...messages], length: messages.length }
}

/** The log with more at its end; `log` itself stays as it was. A log that somebody else has already gone on from is copied. */
export function append(log: MessageLog, ...messages: readonly ModelMessage[]): MessageLog {
  if (messages.length === 0) return log
  const isAtEnd = log.items.length === log.length
  const items = isAtEnd ? (log.items as ModelMessage[]) : log.items.slice(0, log.length) // the one writer
  for (const message of messages) items.push(message)
  return { items, length: items.length }
}

/**
 * The first `length` messages. Appending to the result copies, unless nothing was cut off.
 *
 * @param length clamped to what there is
 */
export function truncate(log: MessageLog, length: number): MessageLog {
  return length >= log.length ? log : { items: log.items, length: Math.max(0, length) }
}

/** A copy that no later append reaches. */
export function messagesOf(log: MessageLog): readonly ModelMessage[] {
  return log.items.slice(0, log.length)
}
