// AI SDK, `streamText`, also where nobody looks at the deltas; a chat is kept as its UI messages.
import {
  convertToModelMessages,
  isStepCount,
  readUIMessageStream,
  streamText,
  tool,
  toUIMessageStream,
  validateUIMessages,
} from 'ai'
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
  return { stream, run: () => stream(() => {}), parked: parked(script, options) }
}

function parked(script, { prompt, tools, ...options }) {
  const asked = { id: 'question', role: 'user', parts: [{ type: 'text', text: prompt }] }
  return {
    what: 'UI messages up to a tool approval; checked with the tools and made model messages when read',
    async pause() {
      let round = 0
      const needsApproval = () => (round += 1) > script.pauseAt
      const asking = { [toolName]: tool({ ...tools[toolName], needsApproval }) }
      const { stream } = streamText({ ...options, prompt, tools: asking })
      let answer
      const messages = readUIMessageStream({ stream: toUIMessageStream({ stream, tools: asking }) })
      for await (const message of messages) answer = message
      return [asked, { ...answer, id: 'answer' }]
    },
    write: async (messages) => JSON.stringify(messages),
    async read(text) {
      const messages = await validateUIMessages({ messages: JSON.parse(text), tools })
      return convertToModelMessages(messages, { tools })
    },
    async resume(messages) {
      const { approvalId } = messages
        .at(-1)
        .content.find(({ type }) => type === 'tool-approval-request')
      const yes = { type: 'tool-approval-response', approvalId, approved: true }
      const approved = [...messages, { role: 'tool', content: [yes] }]
      let text = ''
      for await (const delta of streamText({ ...options, tools, messages: approved }).textStream)
        text += delta
      return text
    },
  }
}
