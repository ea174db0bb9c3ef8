// A limit, no rival: what XState's interpreter costs without actors. The machine only names what is to be done; a loop
// outside does it and asks `machine.transition` for the next state, always with the same actor scope (the function
// `transition()` of XState makes an actor for every event).
import { assign, createActor, setup } from 'xstate'
import { answerOf, opening, withResponse, withResults, workFor } from './_raw-machine.mjs'

export const title = 'XState alone: machine.transition'
export const installs = ['xstate', 'zod']

export function create(script) {
  const work = workFor(script)
  const machine = machineOf()
  const { scope, takeOrders } = scopeFor(machine)
  const begin = (input) => machine.getInitialSnapshot(scope, input)
  const move = (state, event) => machine.transition(state, event, scope)

  async function drive(first, onDelta) {
    let state = first
    for (;;) {
      const order = takeOrders().at(-1)
      if (order === undefined) return state
      const event = await carryOut(order, state.context.history, onDelta)
      state = move(state, event)
    }
  }

  async function carryOut(order, history, onDelta) {
    if (order === 'callAll') return { type: 'called', results: await work.callAll(history.at(-1)) }
    if (onDelta === undefined) return { type: 'answered', response: await work.ask(history) }
    const response = { text: '' }
    for await (const { type, delta, used } of work.deltas()) {
      if (type === 'end') {
        response.used = used
      } else {
        response.text += delta
        onDelta(delta)
      }
    }
    return { type: 'answered', response }
  }

  return {
    run: async () => (await drive(begin({}))).output,
    stream: async (onDelta) => (await drive(begin({}), onDelta)).output,
    parked: {
      what: 'state value and context as JSON; read by machine.resolveState',
      pause: () => drive(begin({ pauseAt: script.pauseAt })),
      write: async ({ value, context }) => JSON.stringify({ value, context }),
      read: async (text) => machine.resolveState(JSON.parse(text)),
      resume: async (state) => (await drive(move(state, { type: 'go-on' }))).output,
    },
  }
}

/** A scope whose actions are not executed but kept, until they are taken. */
function scopeFor(machine) {
  const self = createActor(machine, { input: {} })
  const ignore = () => {}
  let orders = []
  const scope = {
    self,
    system: self.system,
    id: '',
    sessionId: '',
    logger: ignore,
    defer: ignore,
    emit: ignore,
    stopChild: ignore,
    actionExecutor: ({ type }) => orders.push(type),
  }
  const takeOrders = () => {
    const taken = orders
    orders = []
    return taken
  }
  takeOrders()
  return { scope, takeOrders }
}

function machineOf() {
  const graph = setup({
    guards: {
      isAnswer: ({ event }) => event.response.toolCalls === undefined,
      isPauseDue: ({ context }) => context.rounds === context.pauseAt,
    },
    actions: {
      ask: () => {},
      callAll: () => {},
      open: assign(opening),
      takeResponse: assign(({ context, event }) => withResponse(context, event.response)),
      takeResults: assign(({ context, event }) => withResults(context, event.results)),
    },
  })
  return graph.createMachine({
    context: ({ input }) => ({ ...input }),
    initial: 'Prompt',
    output: answerOf,
    states: {
      Prompt: { entry: 'open', always: 'Ask' },
      Ask: {
        entry: 'ask',
        on: {
          answered: [
            { guard: 'isAnswer', target: 'End', actions: 'takeResponse' },
            { guard: 'isPauseDue', target: 'Paused', actions: 'takeResponse' },
            { target: 'Call', actions: 'takeResponse' },
          ],
        },
      },
      Call: { entry: 'callAll', on: { called: { target: 'Ask', actions: 'takeResults' } } },
      Paused: { on: { 'go-on': 'Call' } },
      End: { type: 'final' },
    },
  })
}
