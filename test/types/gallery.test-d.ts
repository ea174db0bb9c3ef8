import { expectTypeOf, test } from 'vitest'
import { createActor, fromPromise, toPromise } from 'xstate'
import { z } from 'zod'
import {
  type AgentSlot,
  type Critique,
  refinementMachine,
  reviewMachine,
  type ScoredDraft,
  supervisorMachine,
} from '../../machines/gallery/index.ts'
import { Agent, withDeps } from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'

const model = new FunctionModel(() => 'answer')
const text = new Agent({ model })
const critic = new Agent({ model, output: z.object({ score: z.number(), feedback: z.string() }) })

test("an agent's machine fits a slot when its output does", () => {
  refinementMachine.provide({ actors: { writer: text.machine, critic: critic.machine } })
  expectTypeOf(critic.machine).toExtend<AgentSlot<Critique>>()
  expectTypeOf(critic.machine).not.toExtend<AgentSlot<string>>()
  // @ts-expect-error a critic scores
  refinementMachine.provide({ actors: { critic: text.machine } })
  // @ts-expect-error a writer writes text
  refinementMachine.provide({ actors: { writer: critic.machine } })
  // @ts-expect-error there is no such slot
  refinementMachine.provide({ actors: { editor: text.machine } })
})

test('an agent whose deps are bound fits as well', () => {
  const { Agent: CityAgent } = withDeps<{ readonly city: string }>()
  const agent = new CityAgent({ model, instructions: ({ deps }) => deps.city })
  const { machine } = agent.with({ deps: { city: 'Oslo' } })
  refinementMachine.provide({ actors: { writer: machine } })
  expectTypeOf(machine).toExtend<AgentSlot<string>>()
})

test('a promise fits when it takes the input and gives the output', () => {
  const count = async ({ input }: { readonly input: { readonly prompt: string } }) => ({
    output: { score: input.prompt.length, feedback: '' },
  })
  refinementMachine.provide({ actors: { critic: fromPromise(count) } })
  expectTypeOf(fromPromise(count)).toExtend<AgentSlot<Critique>>()
  const guess = async ({ input }: { readonly input: { readonly guess: string } }) => ({
    output: { score: input.guess.length, feedback: '' },
  })
  // @ts-expect-error nobody gives it a guess
  refinementMachine.provide({ actors: { critic: fromPromise(guess) } })
  // @ts-expect-error the output is a field of what comes back
  refinementMachine.provide({ actors: { writer: fromPromise(async () => 'text') } })
})

test('whoever works on a budget tells what was spent', () => {
  supervisorMachine.provide({ actors: { researcher: text.machine, writer: text.machine } })
  const silent = fromPromise(async () => ({ output: 'text' }))
  expectTypeOf(silent).toExtend<AgentSlot<string>>()
  // @ts-expect-error no usage
  supervisorMachine.provide({ actors: { writer: silent } })
})

test('input, events and output are typed', async () => {
  const machine = refinementMachine.provide({ actors: { writer: text.machine } })
  const actor = createActor(machine, { input: { task: 'A slogan', targetScore: 8 } })
  expectTypeOf((await toPromise(actor)).best).toEqualTypeOf<ScoredDraft | null>()
  expectTypeOf<ScoredDraft>().toExtend<Critique>()
  // @ts-expect-error a score to reach is missing
  createActor(machine, { input: { task: 'A slogan' } })

  const review = createActor(reviewMachine, { input: { task: 'A letter' } })
  review.send({ type: 'approve', by: 'Ada' })
  // @ts-expect-error a rejection says why
  review.send({ type: 'reject', by: 'Ada' })
})
