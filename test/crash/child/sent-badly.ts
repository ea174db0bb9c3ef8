import type { ModelMessage } from '../../../src/index.ts'

/** What is wrong with messages that are sent to a model: calls without exactly one result in the request behind them. */
export function sentBadly(messages: readonly ModelMessage[]): readonly string[] {
  return messages.flatMap((message, i) => {
    if (message.kind !== 'response') return []
    const results = resultIdsOf(messages[i + 1])
    const calls = message.parts.flatMap((part) =>
      part.partKind === 'tool-call' ? part.toolCallId : [],
    )
    const wrong = calls.filter((id) => results.filter((other) => other === id).length !== 1)
    const strays = results.filter((id) => !calls.includes(id))
    return [
      ...wrong.map((id) => `call ${id} was sent without exactly one result`),
      ...strays.map((id) => `a result of ${id} was sent behind another response`),
    ]
  })
}

function resultIdsOf(message: ModelMessage | undefined): readonly string[] {
  if (message?.kind !== 'request') return []
  return message.parts.flatMap((part) => {
    if (part.partKind === 'tool-return') return part.toolCallId
    return part.partKind === 'retry-prompt' && part.toolName !== null ? part.toolCallId : []
  })
}
