// AI SDK, `ToolLoopAgent`.
import { isStepCount, tool, ToolLoopAgent } from 'ai'
import {
  instructions,
  lookUp,
  question,
  toolDescription,
  toolInput,
  toolName,
} from '../lib/job.mjs'
import { languageModel } from './_language-model.mjs'

export const title = 'AI SDK ToolLoopAgent'
export const installs = ['ai', 'zod']

export function create(script) {
  const timetable = tool({
    description: toolDescription,
    inputSchema: toolInput,
    execute: async (input) => lookUp(input),
  })
  const agent = new ToolLoopAgent({
    model: languageModel(script),
    instructions,
    tools: { [toolName]: timetable },
    stopWhen: isStepCount(script.rounds + 2),
  })
  return {
    run: async () => (await agent.generate({ prompt: question })).text,
    async stream(onDelta) {
      const { textStream } = await agent.stream({ prompt: question })
      let text = ''
      for await (const delta of textStream) {
        text += delta
        onDelta(delta)
      }
      return text
    },
  }
}
