// The work of the raw XState contenders, which hold a history that is copied at each step, as context has to be.
import { instructions, lookUp, question, tally, toolInput, toolName, used } from '../lib/job.mjs'

export const opening = () => ({
  history: [
    { role: 'system', text: instructions },
    { role: 'user', text: question },
  ],
  usage: { input: 0, output: 0 },
  rounds: 0,
})

export const withResponse = ({ history, usage }, { text, toolCalls, used: more }) => ({
  history: [...history, { role: 'assistant', text, toolCalls }],
  usage: { input: usage.input + more.input, output: usage.output + more.output },
})

export const withResults = ({ history, rounds }, results) => ({
  history: [...history, { role: 'tool', results }],
  rounds: rounds + 1,
})

export const answerOf = ({ context }) => context.history.at(-1).text

export function workFor(script) {
  const tools = new Map([[toolName, { input: toolInput, execute: async (input) => lookUp(input) }]])
  const call = async ({ id, name, args }) => {
    const { input, execute } = tools.get(name)
    const checked = input.safeParse(JSON.parse(args))
    if (!checked.success) return { id, error: checked.error.message }
    return { id, content: JSON.stringify(await execute(checked.data)) }
  }
  return {
    async ask(history) {
      if (tally.isChecking) {
        tally.resultsSeen = history.reduce((sum, { results }) => sum + (results?.length ?? 0), 0)
      }
      const { text, toolCalls } = script.respond(history.at(-1).results?.at(-1).id)
      return { text, toolCalls, used: { ...used } }
    },
    callAll: ({ toolCalls }) => Promise.all(toolCalls.map(call)),
    async *deltas() {
      tally.modelCalls += 1
      for (const delta of script.deltas) yield { type: 'delta', delta }
      yield { type: 'end', used: { ...used } }
    },
  }
}
