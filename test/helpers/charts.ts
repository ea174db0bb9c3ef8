import { assign, createActor, fromPromise, setup } from 'xstate'
import { z } from 'zod'
import type { ScriptedModel } from '../../src/testing/index.ts'

const door = setup({
  types: {
    context: {} as { tries: number; code: number },
    events: {} as
      | { type: 'knock' }
      | { type: 'enter.code'; code: number }
      | { type: 'lock' }
      | { type: 'close' },
  },
}).createMachine({
  id: 'door',
  initial: 'closed',
  context: { tries: 0, code: 7 },
  on: { lock: { description: 'Locks it for good.', target: '.locked' } },
  states: {
    closed: {
      on: {
        knock: { actions: assign({ tries: ({ context }) => context.tries + 1 }) },
        'enter.code': [
          {
            guard: ({ context, event }) => event.code === context.code,
            description: 'Opens the door.',
            target: 'open',
          },
        ],
      },
    },
    open: { on: { close: 'closed', lock: undefined } },
    locked: { type: 'final' },
  },
})

export const codeSchema = z.object({ code: z.number() })
export const doorOptions = { events: { 'enter.code': { inputSchema: codeSchema } } }

export function startedDoor() {
  return createActor(door).start()
}

/** An action that makes a transition without target one that is taken. */
export const actions = () => {}

/** An actor of one state that accepts the event `go` as the guard says. */
export function guarded(guard: (event: { type: string; to?: { name: string } }) => boolean) {
  const chart = setup({
    types: { events: {} as { type: 'go'; to: { name: string } } },
  }).createMachine({ id: 'guarded', on: { go: { guard: ({ event }) => guard(event), actions } } })
  return createActor(chart).start()
}

/** A chart that works for a while when told to; `finish` ends the work. */
export function worker() {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const chart = setup({
    types: { events: {} as { type: 'work' } | { type: 'again' }, tags: {} as 'calm' },
    actors: { job: fromPromise(() => promise) },
  }).createMachine({
    id: 'worker',
    initial: 'idle',
    states: {
      idle: { on: { work: 'working' } },
      working: {
        invoke: {
          id: 'job',
          src: 'job',
          onDone: 'resting',
          onError: 'failed',
        },
      },
      resting: { tags: 'calm', on: { again: 'idle' } },
      failed: {
        entry: () => {
          throw new Error('the job is lost')
        },
      },
    },
  })
  return { actor: createActor(chart).start(), finish: resolve, fail: reject }
}

export const toolCall = (toolName: string, args: Readonly<Record<string, unknown>> = {}) =>
  ({ partKind: 'tool-call', toolName, args }) as const

/** What the model was told, as text, by the last request. */
export function told(model: ScriptedModel): unknown[] {
  const parts = model.calls.at(-1)?.messages.at(-1)?.parts ?? []
  return parts.map((part) => ('content' in part ? part.content : part.partKind))
}
