// OpenAI Agents SDK: an agent, a runner, a model of our own; tracing is off.
import { Agent, Runner, RunState, setTracingDisabled, tool, Usage } from '@openai/agents'
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

export const title = 'OpenAI Agents SDK'
export const installs = ['@openai/agents', 'zod']

setTracingDisabled(true)

export function create(script) {
  const maxTurns = script.rounds + 2
  const runner = new Runner({ tracingDisabled: true })
  const agent = agentFor(script)
  let asking
  return {
    run: async () => (await runner.run(agent, question, { maxTurns })).finalOutput,
    async stream(onDelta) {
      const result = await runner.run(agent, question, { maxTurns, stream: true })
      let text = ''
      for await (const delta of result.toTextStream()) {
        text += delta
        onDelta(delta)
      }
      await result.completed
      return text
    },
    parked: {
      what: 'the run state at a tool approval, by its own toString and fromString',
      async pause() {
        let round = 0
        asking = agentFor(script, async () => (round += 1) > script.pauseAt)
        return (await runner.run(asking, question, { maxTurns })).state
      },
      write: async (state) => state.toString(),
      read: (text) => RunState.fromString(asking, text),
      async resume(state) {
        for (const interruption of state.getInterruptions()) state.approve(interruption)
        return (await runner.run(asking, state, { maxTurns })).finalOutput
      },
    },
  }
}

function agentFor(script, needsApproval) {
  const timetable = tool({
    name: toolName,
    description: toolDescription,
    parameters: toolInput,
    execute: async (input) => lookUp(input),
    ...(needsApproval && { needsApproval }),
  })
  return new Agent({ name: 'bench', instructions, model: modelFor(script), tools: [timetable] })
}

function modelFor(script) {
  return {
    async getResponse({ input }) {
      const items = typeof input === 'string' ? [] : input
      if (tally.isChecking) tally.resultsSeen = items.filter(isResult).length
      const last = items.at(-1)
      const { text, toolCalls } = script.respond(isResult(last) ? last.callId : undefined)
      const output =
        text === undefined
          ? toolCalls.map(({ id, name, args }) => ({
              type: 'function_call',
              callId: id,
              name,
              arguments: args,
              status: 'completed',
            }))
          : [spoken(text)]
      return { usage: new Usage(usage), output }
    },
    async *getStreamedResponse() {
      tally.modelCalls += 1
      yield { type: 'response_started' }
      for (const delta of script.deltas) yield { type: 'output_text_delta', delta }
      const response = { id: 'bench', usage: { ...usage }, output: [spoken(script.streamed)] }
      yield { type: 'response_done', response }
    },
  }
}

const usage = {
  requests: 1,
  inputTokens: used.input,
  outputTokens: used.output,
  totalTokens: used.input + used.output,
}

function isResult(item) {
  return item?.type === 'function_call_result'
}

function spoken(text) {
  const content = [{ type: 'output_text', text }]
  return { type: 'message', role: 'assistant', status: 'completed', content }
}
