// The floor: a loop written by hand that does the job and nothing else. Nobody can be faster and still do the work.
import { instructions, lookUp, question, tally, toolInput, toolName, used } from '../lib/job.mjs'

export const title = 'loop by hand'
export const installs = ['zod']

export function create(script) {
  const tools = new Map([[toolName, { input: toolInput, execute: async (input) => lookUp(input) }]])

  async function ask(history) {
    if (tally.isChecking) tally.resultsSeen = countResults(history)
    const { results } = history.at(-1)
    const { text, toolCalls } = script.respond(results?.at(-1).id)
    return { text, toolCalls, usage: { ...used } }
  }

  async function call({ id, name, args }) {
    const { input, execute } = tools.get(name)
    const checked = input.safeParse(JSON.parse(args))
    if (!checked.success) return { id, error: checked.error.message }
    return { id, content: JSON.stringify(await execute(checked.data)) }
  }

  async function callAll({ toolCalls }) {
    return { role: 'tool', results: await Promise.all(toolCalls.map(call)) }
  }

  /** Goes on to the answer, or until `pauseAt` rounds are done and the next response has come. */
  async function goOn(state, pauseAt = Number.POSITIVE_INFINITY) {
    const { history, usage } = state
    for (;;) {
      const response = await ask(history)
      usage.input += response.usage.input
      usage.output += response.usage.output
      history.push({ role: 'assistant', text: response.text, toolCalls: response.toolCalls })
      if (response.toolCalls === undefined || state.rounds === pauseAt) return state
      state.rounds += 1
      history.push(await callAll(response))
    }
  }

  const begin = () => ({
    history: [
      { role: 'system', text: instructions },
      { role: 'user', text: question },
    ],
    usage: { input: 0, output: 0 },
    rounds: 0,
  })
  async function approve(state) {
    state.history.push(await callAll(state.history.at(-1)))
    return answerOf(await goOn(state))
  }

  const answerOf = ({ history }) => history.at(-1).text

  async function* deltas() {
    tally.modelCalls += 1
    for (const delta of script.deltas) yield { type: 'text', delta }
    yield { type: 'end', usage: used }
  }

  return {
    run: async () => answerOf(await goOn(begin())),
    async stream(onDelta) {
      const { history } = begin()
      let text = ''
      for await (const event of deltas(history)) {
        if (event.type !== 'text') continue
        text += event.delta
        onDelta(event.delta)
      }
      history.push({ role: 'assistant', text })
      return text
    },
    parked: {
      what: 'the history as JSON',
      pause: () => goOn(begin(), script.pauseAt),
      write: async (state) => JSON.stringify(state),
      read: async (text) => JSON.parse(text),
      resume: approve,
    },
    waiting: {
      what: 'the history and two counters',
      start: () => goOn(begin(), 0),
      messagesOf: ({ history }) => [...history],
      approve,
    },
    conversation: {
      what: 'the history; JSON.parse and nothing else',
      async write(count) {
        const { history } = await goOn(begin())
        const [system, ...once] = history
        const many = Array.from({ length: count / once.length }, () => once).flat()
        return JSON.stringify({ ...begin(), history: [system, ...many, once[0]] })
      },
      read: async (text) => JSON.parse(text),
      goOn: async (state) => answerOf(await goOn(state)),
    },
  }
}

function countResults(history) {
  return history.reduce((sum, { results }) => sum + (results?.length ?? 0), 0)
}
