// This package, as `npm run build` left it. `AGENTCHART_DIST` names another build, to compare two of them.
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  instructions,
  lookUp,
  question,
  tally,
  toolDescription,
  toolInput,
  toolName,
  used,
} from '../lib/job.mjs'

const dist = process.env.AGENTCHART_DIST ?? path.join(import.meta.dirname, '../../dist')
const load = (file) => import(pathToFileURL(path.join(path.resolve(dist), 'src', file)).href)
const { Agent, defaultProfile, tool } = await load('index.js')

export const title = 'agentchart'
export const installs = []

const usage = { inputTokens: used.input, outputTokens: used.output }

export function create(script) {
  const model = {
    modelName: 'scripted',
    system: 'bench',
    profile: defaultProfile,
    isRemote: false,
    async request({ messages }) {
      if (tally.isChecking) tally.resultsSeen = countResults(messages)
      return responseOf(script.respond(lastResultId(messages)))
    },
    async *stream() {
      tally.modelCalls += 1
      for (const content of script.deltas) yield { kind: 'text', content }
      yield { kind: 'response', usage, modelName: 'scripted', finishReason: 'stop' }
    },
  }
  const timetable = {
    name: toolName,
    description: toolDescription,
    inputSchema: toolInput,
    execute: async (input) => lookUp(input),
  }
  const options = { model, instructions, usageLimits: { requestLimit: null } }
  const agent = new Agent({ ...options, tools: [tool(timetable)] })
  const asking = new Agent({ ...options, tools: [tool({ ...timetable, needsApproval: true })] })
  return {
    run: async () => (await agent.run(question)).output,
    async stream(onDelta) {
      const stream = agent.stream(question)
      for await (const delta of stream.textDeltas()) onDelta(delta)
      return stream.output
    },
    parked: {
      what: 'a snapshot before the tools run; checked whole when read, and ready to go on',
      async pause() {
        const run = agent.iter(question)
        while (run.ctx.state.step <= script.pauseAt) await run.next()
        return run
      },
      write: async (run) => JSON.stringify(run.snapshot()),
      read: async (text) => agent.resume(JSON.parse(text)),
      resume: async (run) => (await run.finish()).output,
    },
    async durable({ file, durability }) {
      const { sqliteStore } = await load('store/sqlite/index.js')
      const store = sqliteStore(file, { durability })
      return {
        run: async () => (await agent.run(question, { store: { store } })).output,
        close: () => store.close(),
      }
    },
    waiting: waiting(asking),
    conversation: conversation(agent),
  }
}

function waiting(agent) {
  return {
    what: 'a run of its own that goes on by itself when it is approved',
    async start() {
      const run = agent.iter(question, { deferred: 'wait' })
      await run.proceed()
      return run
    },
    messagesOf: (run) => run.allMessages(),
    async approve(run) {
      await run.approve(run.waitingFor[0].toolCallId)
      return (await run.finish()).output
    },
  }
}

function conversation(agent) {
  return {
    what: 'a snapshot before the next question; checked whole when read, and ready to go on',
    async write(count) {
      const once = (await agent.run(question)).allMessages()
      const messageHistory = Array.from({ length: count / once.length }, (_, i) =>
        once.map((message) => ({
          ...message,
          parts: message.parts.map((part) => numbered(part, i)),
        })),
      ).flat()
      return JSON.stringify(agent.iter(question, { messageHistory }).snapshot())
    },
    read: async (text) => agent.resume(JSON.parse(text)),
    goOn: async (run) => (await run.finish()).output,
  }
}

/** The part with a call id of its own. */
function numbered(part, i) {
  return part.toolCallId === undefined ? part : { ...part, toolCallId: `${part.toolCallId}-${i}` }
}

function lastResultId(messages) {
  const part = messages.at(-1).parts.at(-1)
  return part.partKind === 'tool-return' ? part.toolCallId : undefined
}

function responseOf({ text, toolCalls }) {
  return {
    kind: 'response',
    parts:
      text === undefined
        ? toolCalls.map(({ id, name, args }) => ({
            partKind: 'tool-call',
            toolCallId: id,
            toolName: name,
            args,
          }))
        : [{ partKind: 'text', content: text }],
    usage,
    modelName: 'scripted',
    finishReason: text === undefined ? 'tool_call' : 'stop',
  }
}

function countResults(messages) {
  const parts = messages.flatMap((message) => message.parts)
  return parts.filter(({ partKind }) => partKind === 'tool-return').length
}
