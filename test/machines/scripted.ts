import { createActor, fromPromise, waitFor } from 'xstate'
import {
  type AgentInput,
  agentMachine,
  type StepOutcome,
  type StepReference,
} from '../../machines/index.ts'
import { type AnyGraphEvent, end, input, prompt, request, response, to } from './outcomes.ts'
import { isAtRest } from './transitions.ts'

type Slot = 'preparePrompt' | 'requestModel' | 'callTools'

/**
 * A run whose slots settle with these outcomes, one after the other; an error in their place rejects.
 *
 * @param saves what comes of writing, one after the other; when there is none left, or `null`, it succeeds
 */
export function scripted(
  outcomes: readonly (StepOutcome | Error | Promise<StepOutcome>)[],
  fields?: Partial<AgentInput>,
  saves: readonly (Error | null | Promise<void>)[] = [],
) {
  const slots: Slot[] = []
  const aborts: unknown[] = []
  const visits: string[] = []
  const waiting = outcomes.values()
  const slot = (name: Slot) =>
    fromPromise<StepOutcome, StepReference>(async () => {
      slots.push(name)
      const { value } = waiting.next()
      if (value === undefined) throw new Error(`${name} was asked too often`)
      if (value instanceof Error) throw value
      return value
    })
  const writing = saves.values()
  const writes: string[] = []
  const saveStep = fromPromise<void, StepReference>(async () => {
    const { unsaved } = actor.getSnapshot().context
    writes.push(unsaved?.kind === 'advanced' ? unsaved.node.kind : String(unsaved?.kind))
    const { value } = writing.next()
    if (value instanceof Error) throw value
    await value
  })
  const machine = agentMachine.provide({
    actors: {
      preparePrompt: slot('preparePrompt'),
      requestModel: slot('requestModel'),
      callTools: slot('callTools'),
      saveStep,
    },
    actions: { abort: ({ event }) => aborts.push('reason' in event ? event.reason : undefined) },
  })
  const actor = createActor(machine, { input: input(fields) })
  actor.subscribe({
    next: ({ context, value }) => {
      const state = typeof value === 'string' ? value : Object.keys(value)[0]
      visits[context.visit] = String(state)
    },
    error: () => {},
  })
  return { actor: actor.start(), slots, aborts, visits, writes }
}

type Actor = ReturnType<typeof scripted>['actor']

/** The state in which the run comes to rest. */
export async function rest(actor: Actor) {
  return waitFor(actor, ({ value, status }) => status !== 'active' || isAtRest(value))
}

export async function next(actor: Actor, event: Omit<AnyNext, 'type'> = {}) {
  actor.send({ type: 'next', ...event })
  return rest(actor)
}

export async function nextTimes(actor: Actor, times: number) {
  for (let i = 0; i < times; i += 1) await next(actor)
}

type AnyNext = Extract<AnyGraphEvent, { type: 'next' }>

export const oneTurn = [to(request), to(response), to(end)]
export const slotsOfATurn = ['preparePrompt', 'requestModel', 'callTools']

/** The three states that work, each with the outcomes that lead to it and its slot. */
export const workingStates = [
  { state: 'UserPrompt', before: [], node: prompt, slot: 'preparePrompt', leadsOn: to(request) },
  {
    state: 'ModelRequest',
    before: [to(request)],
    node: request,
    slot: 'requestModel',
    leadsOn: to(response),
  },
  {
    state: 'CallTools',
    before: [to(request), to(response)],
    node: response,
    slot: 'callTools',
    leadsOn: to(end),
  },
] as const
