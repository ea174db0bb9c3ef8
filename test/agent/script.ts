import type {
  ModelMessage,
  RequestPart,
  ResponsePart,
  ResponsePartInput,
  ToolCallPartInput,
} from '../../src/messages/index.ts'
import { ScriptedModel, type ScriptedResponse } from '../../src/testing/index.ts'

/** A model that gives these answers in order; a list of parts is a response. */
export function script(
  ...answers: readonly (ScriptedResponse | readonly ResponsePartInput[])[]
): ScriptedModel {
  return new ScriptedModel(answers.map((answer) => (isParts(answer) ? { parts: answer } : answer)))
}

function isParts(
  answer: ScriptedResponse | readonly ResponsePartInput[],
): answer is readonly ResponsePartInput[] {
  return Array.isArray(answer)
}

/** A call of a tool; its id is the tool's name unless given. */
export function call(
  toolName: string,
  args: ToolCallPartInput['args'] = {},
  toolCallId: string = toolName,
): ToolCallPartInput {
  return { partKind: 'tool-call', toolName, args, toolCallId }
}

export function says(content: string): ResponsePartInput {
  return { partKind: 'text', content }
}

/** One list a message, one line a part: what was said, without times and ids. */
export function outline(messages: readonly ModelMessage[]): string[][] {
  return messages.map((message) => [
    ...(message.state === 'complete' ? [] : [`(${message.state})`]),
    ...message.parts.map(line),
  ])
}

function line(part: RequestPart | ResponsePart): string {
  const { partKind } = part
  if (partKind === 'system-prompt') return `system: ${part.content}`
  if (partKind === 'user-prompt') return `user: ${shown(part.content)}`
  if (partKind === 'text') return `text: ${part.content}`
  if (partKind === 'tool-call') return `call: ${part.toolName}`
  if (partKind === 'retry-prompt')
    return `${part.toolName ?? 'output'} retry: ${shown(part.content)}`
  if (partKind !== 'tool-return') return partKind
  const outcome = part.outcome === 'success' ? 'returned' : part.outcome
  return `${part.toolName} ${outcome}: ${shown(part.content)}`
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What a promise was rejected with; fails the test when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const nothing = Symbol('nothing')
  const error: unknown = await promise.then(
    () => nothing,
    (reason: unknown) => reason,
  )
  if (error === nothing) throw new Error('Nothing was thrown')
  return error
}

/** A promise that only the signal ends, as a well-behaved tool or model waits. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

/** All that a run yields. */
export async function listOf<TItem>(items: AsyncIterable<TItem>): Promise<TItem[]> {
  const list: TItem[] = []
  for await (const item of items) list.push(item)
  return list
}
