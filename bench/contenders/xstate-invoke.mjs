// A limit, no rival: XState as its manual has it, an actor that invokes a promise for every model call and every batch
// of tools, with nothing around it. When streaming, each delta is an event that the machine emits.
import {
  assign,
  createActor,
  emit,
  fromCallback,
  fromPromise,
  setup,
  toPromise,
  waitFor,
} from 'xstate'
import { answerOf, opening, withResponse, withResults, workFor } from './_raw-machine.mjs'

export const title = 'XState alone: invoke per step'
export const installs = ['xstate', 'zod']

export function create(script) {
  const work = workFor(script)
  const machine = machineOf(work)
  const start = (input, listen) => {
    const actor = createActor(machine, { input })
    listen?.(actor)
    return actor.start()
  }
  return {
    run: () => toPromise(start({})),
    stream: (onDelta) =>
      toPromise(
        start({ isStreamed: true }, (actor) => actor.on('delta', ({ delta }) => onDelta(delta))),
      ),
    parked: {
      what: 'the persisted snapshot as JSON; read by starting an actor from it',
      async pause() {
        const actor = start({ pauseAt: script.pauseAt })
        await waitFor(actor, (snapshot) => snapshot.matches('Paused'))
        return actor
      },
      write: async (actor) => JSON.stringify(actor.getPersistedSnapshot()),
      read: async (text) => createActor(machine, { snapshot: JSON.parse(text) }).start(),
      resume(actor) {
        actor.send({ type: 'go-on' })
        return toPromise(actor)
      },
    },
  }
}

function machineOf(work) {
  const graph = setup({
    actors: {
      ask: fromPromise(({ input }) => work.ask(input)),
      callAll: fromPromise(({ input }) => work.callAll(input)),
      listen: fromCallback(({ sendBack }) => {
        const pump = async () => {
          for await (const event of work.deltas()) sendBack(event)
        }
        pump()
      }),
    },
    guards: {
      isStreamed: ({ context }) => context.isStreamed,
      isAnswer: ({ event }) => event.output.toolCalls === undefined,
      isPauseDue: ({ context }) => context.rounds === context.pauseAt,
    },
    actions: {
      open: assign(opening),
      takeResponse: assign(({ context, event }) => withResponse(context, event.output)),
      takeResults: assign(({ context, event }) => withResults(context, event.output)),
      takeDelta: assign({ text: ({ context, event }) => context.text + event.delta }),
      passOn: emit(({ event }) => event),
      takeText: assign(({ context, event }) =>
        withResponse(context, { text: context.text, used: event.used }),
      ),
    },
  })
  return graph.createMachine({
    context: ({ input }) => ({ isStreamed: false, text: '', ...input }),
    initial: 'Prompt',
    output: answerOf,
    states: {
      Prompt: {
        entry: 'open',
        always: [{ guard: 'isStreamed', target: 'Listen' }, { target: 'Ask' }],
      },
      Ask: {
        invoke: {
          src: 'ask',
          input: ({ context }) => context.history,
          onDone: [
            { guard: 'isAnswer', target: 'End', actions: 'takeResponse' },
            { guard: 'isPauseDue', target: 'Paused', actions: 'takeResponse' },
            { target: 'Call', actions: 'takeResponse' },
          ],
        },
      },
      Call: {
        invoke: {
          src: 'callAll',
          input: ({ context }) => context.history.at(-1),
          onDone: { target: 'Ask', actions: 'takeResults' },
        },
      },
      Paused: { on: { 'go-on': 'Call' } },
      Listen: {
        invoke: { src: 'listen' },
        on: {
          delta: { actions: ['takeDelta', 'passOn'] },
          end: { target: 'End', actions: 'takeText' },
        },
      },
      End: { type: 'final' },
    },
  })
}
