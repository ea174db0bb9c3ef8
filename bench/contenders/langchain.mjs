// LangChain: `createAgent`, which runs on LangGraph, with a chat model of our own.
import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, AIMessageChunk } from '@langchain/core/messages'
import { ChatGenerationChunk } from '@langchain/core/outputs'
import { Command, interrupt, MemorySaver } from '@langchain/langgraph'
import { createAgent, tool } from 'langchain'
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

export const title = 'LangChain createAgent'
export const installs = ['langchain', '@langchain/core', '@langchain/langgraph', 'zod']

export function create(script) {
  const config = { recursionLimit: 10 + 2 * script.rounds }
  const input = () => ({ messages: [{ role: 'user', content: question }] })
  const agent = agentFor(script)
  return {
    run: async () => answerOf(await agent.invoke(input(), config)),
    async stream(onDelta) {
      let text = ''
      const messages = await agent.stream(input(), { ...config, streamMode: 'messages' })
      for await (const [message] of messages) {
        if (message.getType() !== 'ai' || message.content === '') continue
        text += message.content
        onDelta(message.content)
      }
      return text
    },
    parked: parkedBy(script, { ...config, configurable: { thread_id: 'bench' } }, input),
  }
}

function agentFor(script, checkpointer, beforeTool) {
  const timetable = tool(
    async (args) => {
      beforeTool?.()
      return lookUp(args)
    },
    { name: toolName, description: toolDescription, schema: toolInput },
  )
  const model = new (script.deltas.length > 0 ? SpeakingModel : ScriptedModel)(script)
  return createAgent({ model, tools: [timetable], systemPrompt: instructions, checkpointer })
}

/** The last checkpoint of a thread, in the checkpointer's own writing. */
function parkedBy(script, config, input) {
  let saver
  return {
    what: 'interrupt() in the tool; the last checkpoint (one is kept for every step)',
    async pause() {
      let round = 0
      saver = new MemorySaver()
      const agent = agentFor(script, saver, () => {
        round += 1
        if (round > script.pauseAt) interrupt('go on?')
      })
      await agent.invoke(input(), config)
      return saver.getTuple(config)
    },
    async write({ checkpoint, metadata, pendingWrites, ...where }) {
      const parts = await Promise.all(
        [checkpoint, metadata, pendingWrites].map((part) => saver.serde.dumpsTyped(part)),
      )
      return { parts, where, bytes: parts.reduce((sum, [, bytes]) => sum + bytes.length, 0) }
    },
    async read({ parts, where }) {
      const read = parts.map(([type, bytes]) => saver.serde.loadsTyped(type, bytes))
      const [checkpoint, metadata, pendingWrites] = await Promise.all(read)
      return { checkpoint, metadata, pendingWrites, ...where }
    },
    async resume({ checkpoint, metadata, pendingWrites, config: at, parentConfig }) {
      const other = new MemorySaver() // so that only what was written can be gone on from
      await other.put(parentConfig ?? at, checkpoint, metadata, checkpoint.channel_versions)
      const byTask = Map.groupBy(pendingWrites, ([task]) => task)
      for (const [task, writes] of byTask) {
        await other.putWrites(
          at,
          writes.map(([, channel, value]) => [channel, value]),
          task,
        )
      }
      const agent = agentFor(script, other, () => interrupt('go on?'))
      return answerOf(await agent.invoke(new Command({ resume: true }), config))
    },
    keptBytes() {
      const checkpoints = Object.values(saver.storage)
        .flatMap((thread) => Object.values(thread))
        .flatMap((space) => Object.values(space))
      const writes = Object.values(saver.writes).flatMap((task) => Object.values(task))
      return (
        checkpoints.reduce((sum, [state, metadata]) => sum + state.length + metadata.length, 0) +
        writes.reduce((sum, [, , value]) => sum + value.length, 0)
      )
    },
  }
}

function answerOf({ messages }) {
  return messages.at(-1).content
}

class ScriptedModel extends BaseChatModel {
  constructor(script) {
    super({})
    this.script = script
  }

  _llmType() {
    return 'scripted'
  }

  bindTools(tools) {
    return this.withConfig({ tools })
  }

  async _generate(messages) {
    const results = (message) => message.getType() === 'tool'
    if (tally.isChecking) tally.resultsSeen = messages.filter(results).length
    const last = messages.at(-1)
    const { text = '', toolCalls = [] } = this.script.respond(
      results(last) ? last.tool_call_id : undefined,
    )
    const message = new AIMessage({
      content: text,
      tool_calls: toolCalls.map(({ id, name, args }) => ({
        type: 'tool_call',
        id,
        name,
        args: JSON.parse(args),
      })),
      usage_metadata: {
        input_tokens: used.input,
        output_tokens: used.output,
        total_tokens: used.input + used.output,
      },
    })
    return { generations: [{ text, message }] }
  }
}

/** For W4 only: a model that can stream puts the loops of the other workloads on a slower path. */
class SpeakingModel extends ScriptedModel {
  async *_streamResponseChunks(_messages, _options, manager) {
    tally.modelCalls += 1
    for (const text of this.script.deltas) {
      const chunk = new ChatGenerationChunk({ text, message: new AIMessageChunk(text) })
      yield chunk
      const none = undefined
      await manager?.handleLLMNewToken(text, none, none, none, none, { chunk })
    }
  }
}
