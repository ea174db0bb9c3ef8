/** An agent inside a statechart of one's own: invoked like any actor, its output typed. */
import { assign, createActor, setup, toPromise } from 'xstate'
import { z } from 'zod'
import { Agent } from '../src/index.ts'
import { TestModel } from '../src/testing/index.ts'

const triage = new Agent({
  name: 'triage',
  model: new TestModel({ customOutputArgs: { urgent: true, summary: 'The heating is broken.' } }),
  output: z.object({ urgent: z.boolean(), summary: z.string() }),
})

const ticket = setup({
  // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- XState reads types off a value
  types: {} as {
    input: { text: string }
    context: { text: string; summary: string }
    output: { summary: string }
  },
  actors: { triage: triage.machine },
}).createMachine({
  id: 'ticket',
  initial: 'Sorting',
  context: ({ input }) => ({ text: input.text, summary: '' }),
  output: ({ context }) => ({ summary: context.summary }),
  states: {
    Sorting: {
      invoke: {
        id: 'triage',
        src: 'triage',
        input: ({ context }) => ({ prompt: context.text }),
        onDone: [
          {
            guard: ({ event }) => event.output.output.urgent,
            target: 'OnCall',
            actions: assign({ summary: ({ event }) => event.output.output.summary }),
          },
          { target: 'Queued' },
        ],
        onError: 'Queued',
      },
    },
    OnCall: { type: 'final' },
    Queued: { type: 'final' },
  },
})

const actor = createActor(ticket, { input: { text: 'It is 12 degrees in here.' } })
actor.subscribe(({ value }) => console.log(value))
actor.start()
console.log(await toPromise(actor))
