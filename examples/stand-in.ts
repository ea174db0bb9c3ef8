import { z } from 'zod'
import type { ModelMessage, ToolCallPartInput } from '../src/index.ts'
import { FunctionModel } from '../src/testing/index.ts'

/**
 * Plays the part of a model in the quickstart: asks for the tools it needs, one step after the other, and answers from
 * what they returned.
 */
export const standIn = new FunctionModel(
  (messages) => {
    const counts = results(messages, 'count_lines').map((content) => count.parse(content))
    const source = counts.find(({ folder }) => folder === 'src')
    const tests = counts.find(({ folder }) => folder === 'test')
    if (source === undefined || tests === undefined) {
      const folders = ['src', 'test']
      return { parts: folders.map((folder) => call('count_lines', { folder })) }
    }
    const [ratio] = results(messages, 'calculate')
    if (ratio === undefined) {
      return {
        parts: [call('calculate', { left: tests.lines, operator: '/', right: source.lines })],
      }
    }
    return `There are ${Number(ratio).toFixed(2)} lines of tests for each line of source: ${tests.lines} for ${source.lines}.`
  },
  { modelName: 'stand-in' },
)

const count = z.object({ folder: z.string(), lines: z.number() })

function call(toolName: string, args: Readonly<Record<string, unknown>>): ToolCallPartInput {
  return { partKind: 'tool-call', toolName, args }
}

/** What a tool has returned so far, in order. */
function results(messages: readonly ModelMessage[], toolName: string): readonly unknown[] {
  return messages
    .flatMap((message) => (message.kind === 'request' ? message.parts : []))
    .filter((part) => part.partKind === 'tool-return')
    .filter((part) => part.toolName === toolName)
    .map(({ content }) => content)
}
