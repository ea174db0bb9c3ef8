// AI SDK, `generateText`: the peer that the targets are set against.
import { generateText, isStepCount, modelMessageSchema, tool } from 'ai'
import { z } from 'zod'
import {
  instructions,
  lookUp,
  question,
  toolDescription,
  toolInput,
  toolName,
} from '../lib/job.mjs'
import { languageModel } from './_language-model.mjs'

export const title = 'AI SDK generateText'
export const installs = ['ai', 'zod']

export function create(script) {
  const timetable = tool({
    description: toolDescription,
    inputSchema: toolInput,
    execute: async (input) => lookUp(input),
  })
  const fixed = {
    model: languageModel(script),
    instructions,
    stopWhen: isStepCount(script.rounds + 2),
  }
  const tools = { [toolName]: timetable }
  const history = z.array(modelMessageSchema)
  const asked = { role: 'user', content: question }
  const asking = { [toolName]: tool({ ...timetable, needsApproval: true }) }
  const approve = async (messages, offered) => {
    const { approvalId } = messages
      .at(-1)
      .content.find(({ type }) => type === 'tool-approval-request')
    const yes = { type: 'tool-approval-response', approvalId, approved: true }
    const approved = [...messages, { role: 'tool', content: [yes] }]
    return (await generateText({ ...fixed, tools: offered, messages: approved })).text
  }
  return {
    run: async () => (await generateText({ ...fixed, tools, prompt: question })).text,
    parked: {
      what: 'messages up to a tool approval; checked with modelMessageSchema when read',
      async pause() {
        let round = 0
        const needsApproval = () => (round += 1) > script.pauseAt
        const mayAsk = { [toolName]: tool({ ...timetable, needsApproval }) }
        const { responseMessages } = await generateText({
          ...fixed,
          tools: mayAsk,
          messages: [asked],
        })
        return [asked, ...responseMessages]
      },
      write: async (messages) => JSON.stringify(messages),
      read: async (text) => history.parse(JSON.parse(text)),
      resume: (messages) => approve(messages, tools),
    },
    waiting: {
      what: 'messages alone',
      async start() {
        const { responseMessages } = await generateText({
          ...fixed,
          tools: asking,
          messages: [asked],
        })
        return [asked, ...responseMessages]
      },
      messagesOf: (messages) => [...messages],
      approve: (messages) => approve(messages, asking),
    },
    conversation: {
      what: 'messages; checked with modelMessageSchema when read',
      async write(count) {
        const { responseMessages } = await generateText({ ...fixed, tools, prompt: question })
        const once = [asked, ...responseMessages]
        const messages = Array.from({ length: count / once.length }, () => once).flat()
        return JSON.stringify([...messages, asked])
      },
      read: async (text) => history.parse(JSON.parse(text)),
      goOn: async (messages) => (await generateText({ ...fixed, tools, messages })).text,
    },
  }
}
