import { expectTypeOf, test } from 'vitest'
import { assign, createActor, type DoneActorEvent, setup, toPromise } from 'xstate'
import { z } from 'zod'
import { Agent, type AgentMachineInput, type RunUsage, withDeps } from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'

const model = new FunctionModel(() => 'answer')
const text = new Agent({ model })
const weather = new Agent({ model, output: z.object({ city: z.string(), celsius: z.number() }) })
const counting = new Agent({ model, output: [z.number(), z.boolean()] })

interface Weather {
  city: string
  celsius: number
}

test("an agent's machine types the events of a machine that invokes it", () => {
  setup({
    types: { context: {} as { city: string; answer: string } },
    actors: { text: text.machine, weather: weather.machine, counting: counting.machine },
  }).createMachine({
    context: { city: '', answer: '' },
    initial: 'asking',
    states: {
      asking: {
        invoke: {
          id: 'text',
          src: 'text',
          input: { prompt: 'Go.' },
          onDone: {
            target: 'looking',
            actions: [
              ({ event }) => {
                expectTypeOf(event.output.output).toEqualTypeOf<string>()
                expectTypeOf(event.output.usage).toEqualTypeOf<RunUsage>()
                expectTypeOf(event.output.runId).toEqualTypeOf<string>()
                expectTypeOf(event.output.toolName).toEqualTypeOf<string | null>()
              },
              assign({ answer: ({ event }) => event.output.output }),
            ],
          },
          onError: { actions: ({ event }) => expectTypeOf(event.error).toBeUnknown() },
        },
      },
      looking: {
        invoke: {
          id: 'weather',
          src: 'weather',
          input: ({ context }) => ({ prompt: context.answer, onFailure: 'stay' }),
          onDone: {
            target: 'counting',
            actions: [
              ({ event }) => expectTypeOf(event.output.output).toEqualTypeOf<Weather>(),
              assign({ city: ({ event }) => event.output.output.city }),
            ],
          },
        },
      },
      counting: {
        invoke: {
          id: 'counting',
          src: 'counting',
          input: { prompt: null },
          onDone: {
            actions: ({ event }) =>
              expectTypeOf(event.output.output).toEqualTypeOf<number | boolean>(),
          },
        },
      },
    },
  })
})

test('what an agent does not take is refused', () => {
  const { createMachine } = setup({ actors: { text: text.machine } })
  createMachine({
    // @ts-expect-error a prompt is text or content
    invoke: { src: 'text', input: { prompt: 42 } },
  })
  createMachine({
    // @ts-expect-error there is no such actor
    invoke: { src: 'weather' },
  })
  expectTypeOf<42>().not.toExtend<AgentMachineInput<unknown>['prompt']>()
})

test('an actor of the machine has its output, its context and its events', async () => {
  const actor = createActor(weather.machine, { input: { prompt: 'Go.' } })
  expectTypeOf((await toPromise(actor)).output).toEqualTypeOf<Weather>()
  expectTypeOf(actor.getSnapshot().context.step).toEqualTypeOf<number>()
  actor.send({ type: 'next' })
  actor.send({ type: 'cancel', reason: 'enough' })
  // @ts-expect-error there is no such event
  actor.send({ type: 'nest' })
})

test('deps are in the input, unless they were bound', () => {
  interface Db {
    readonly find: (id: string) => string
  }
  const db: Db = { find: (id) => id }
  const { Agent: DbAgent } = withDeps<Db>()
  const agent = new DbAgent({ model, instructions: ({ deps }) => deps.find('a') })
  createActor(agent.machine, { input: { prompt: 'Go.', deps: db } })
  // @ts-expect-error deps of another type
  createActor(agent.machine, { input: { prompt: 'Go.', deps: 42 } })
  createActor(agent.with({ deps: db }).machine, { input: { prompt: 'Go.' } })
  expectTypeOf<AgentMachineInput<Db>['deps']>().toEqualTypeOf<Db | undefined>()
})

test('a machine that was provided with something else keeps its types', () => {
  const machine = setup({ actors: { weather: weather.machine.provide({}) } }).createMachine({
    invoke: {
      src: 'weather',
      input: { prompt: 'Go.' },
      onDone: {
        actions: ({ event }) => expectTypeOf(event.output.output).toEqualTypeOf<Weather>(),
      },
    },
  })
  expectTypeOf(machine.id).toBeString()
  expectTypeOf<DoneActorEvent<Weather>['output']>().toEqualTypeOf<Weather>()
})
