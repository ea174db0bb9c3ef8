import { z } from 'zod'
import { Agent, tool } from '../../src/index.ts'
import type { ModelMessage } from '../../src/messages/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'

const lookUp = tool({
  name: 'look_up',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => `rain in ${city}`,
})

const pay = tool({
  name: 'pay',
  inputSchema: z.object({ amount: z.number(), apiKey: z.string() }),
  needsApproval: true,
  execute: ({ amount, apiKey }) => `paid ${amount} with a key of ${apiKey.length} letters`,
})

/** Looks something up, then asks to pay, then says what came of it. */
export function clerk(): Agent {
  return new Agent({
    name: 'clerk',
    model: new FunctionModel((messages) => {
      const answered = messages.filter(({ kind }) => kind === 'response').length
      if (answered === 0)
        return { parts: [call('look_up', { city: askedIn(messages) }, 'weather')] }
      if (answered === 1)
        return { parts: [call('pay', { amount: 5, apiKey: 'hush-hush-hush' }, 'payment')] }
      return { parts: [{ partKind: 'text', content: `Done: ${lastReturn(messages)}.` }] }
    }),
    tools: [lookUp, pay],
  })
}

const call = (toolName: string, args: Readonly<Record<string, unknown>>, toolCallId: string) =>
  ({ partKind: 'tool-call', toolName, args, toolCallId }) as const

function askedIn(messages: readonly ModelMessage[]): string {
  const [part] = messages[0]?.parts ?? []
  if (part?.partKind !== 'user-prompt' || typeof part.content !== 'string') return 'nowhere'
  return part.content
}

export function lastReturn(messages: readonly ModelMessage[]): string {
  const [part] = messages.at(-1)?.parts ?? []
  return part?.partKind === 'tool-return' ? String(part.content) : 'nothing'
}
