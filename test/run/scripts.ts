import type { AgentRun, ModelMessage, ModelResponseInput } from '../../src/index.ts'

/** A response that calls these tools without arguments; the ids are the names, with a number from the second on. */
export function calls(...names: readonly string[]): ModelResponseInput {
  const seen = new Map<string, number>()
  return {
    parts: names.map((toolName) => {
      const count = (seen.get(toolName) ?? 0) + 1
      seen.set(toolName, count)
      const toolCallId = count === 1 ? toolName : `${toolName}-${count}`
      return { partKind: 'tool-call', toolName, toolCallId, args: '{}' }
    }),
  }
}

/** The kinds of the messages' parts, a list a message, with the state of those that are not complete. */
export function outline(messages: readonly ModelMessage[]): string[][] {
  return messages.map(({ parts, state }) => [
    ...parts.map((part) =>
      'toolCallId' in part ? `${part.partKind} ${part.toolCallId}` : part.partKind,
    ),
    ...(state === 'complete' ? [] : [state]),
  ])
}

/** The error with which a promise rejects. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** Runs nodes until one of this kind is next. */
export async function runTo(run: AgentRun, kind: 'model-request' | 'call-tools') {
  while (run.nextNode.kind !== kind) await run.next()
}

/** A promise that somebody else settles, and a signal that it was asked for. */
export function gate<TValue = void>() {
  const { promise, resolve, reject } = Promise.withResolvers<TValue>()
  const { promise: entered, resolve: enter } = Promise.withResolvers<void>()
  return {
    open: resolve,
    fail: reject,
    /** Resolves when somebody waits at the gate. */
    entered,
    pass: (): Promise<TValue> => {
      enter()
      return promise
    },
  }
}
