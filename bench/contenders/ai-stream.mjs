// AI SDK, `streamText`, also where nobody looks at the deltas.
import { isStepCount, streamText, tool } from 'ai'
import {
  instructions,
  lookUp,
  question,
  toolDescription,
  toolInput,
  toolName,
} from '../lib/job.mjs'
import { languageModel } from './_language-model.mjs'

export const title = 'AI SDK streamText'
export const installs = ['ai', 'zod']

export function create(script) {
  const timetable = tool({
    description: toolDescription,
    inputSchema: toolInput,
    execute: async (input) => lookUp(input),
  })
  const options = {
    model: languageModel(script),
    instructions,
    prompt: question,
    tools: { [toolName]: timetable },
    stopWhen: isStepCount(script.rounds + 2),
  }
  const stream = async (onDelta) => {
    let text = ''
    for await (const delta of streamText(options).textStream) {
      text += delta
      onDelta(delta)
    }
    return text
  }
  return { stream, run: () => stream(() => {}) }
}
