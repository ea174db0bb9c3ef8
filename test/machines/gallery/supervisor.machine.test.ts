import { describe, expect, it } from 'vitest'
import { createActor, toPromise } from 'xstate'
import { z } from 'zod'
import { type Order, supervisorMachine } from '../../../machines/gallery/index.ts'
import {
  Agent,
  type RunUsageInput,
  type UsageLimits,
  UsageLimitExceeded,
} from '../../../src/index.ts'
import { ScriptedModel } from '../../../src/testing/index.ts'
import { Coverage } from '../coverage.ts'
import { Journey, listening, promptIn } from './play.ts'

const coverage = new Coverage(supervisorMachine)
type Actors = NonNullable<Parameters<typeof supervisorMachine.provide>[0]['actors']>

async function play(actors: Actors, budget: UsageLimits = {}) {
  const { states, inspect } = new Journey(coverage)
  const machine = coverage.watch(supervisorMachine.provide({ actors }))
  const actor = createActor(machine, { input: { goal: 'A poem', budget }, inspect })
  return { output: await toPromise(actor.start()), states }
}

const Orders = z.union([
  z.object({ worker: z.enum(['researcher', 'writer']), task: z.string() }),
  z.object({ answer: z.string() }),
])

const research: Order = { worker: 'researcher', task: 'Look.' }
const write: Order = { worker: 'writer', task: 'Write.' }
const finish: Order = { answer: 'Here.' }

type Usage = Omit<RunUsageInput, 'requests' | 'toolCalls'>

function supervising(orders: readonly (Order | Error)[], usage: Usage = {}) {
  const responses = orders.map((order) =>
    order instanceof Error
      ? order
      : {
          parts: [
            { partKind: 'tool-call', toolName: 'final_result', args: { response: order } } as const,
          ],
          usage,
        },
  )
  return new Agent({ model: new ScriptedModel(responses), output: Orders }).machine
}

/** Works as often as it is asked. */
function working(text: string | Error, usage: Usage = {}) {
  const response =
    text instanceof Error ? text : { parts: [{ partKind: 'text', content: text } as const], usage }
  return new Agent({ model: new ScriptedModel(Array.from({ length: 9 }, () => response)) }).machine
}

const forever = Array.from({ length: 9 }, () => research)

describe('the supervisor', () => {
  it('has the work done that it orders, until it has the answer', async () => {
    const { output, states } = await play({
      supervisor: supervising([research, write, finish]),
      researcher: working('fact'),
      writer: working('verse'),
    })
    const loop = (state: string) => ['Supervising', 'Weighing', state, 'Weighing']
    const end = ['Supervising', 'Weighing', 'Done']
    expect(states).toEqual([...loop('Researching'), ...loop('Writing'), ...end])
    expect(output).toMatchObject({ answer: 'Here.', usage: { requests: 5 }, error: null })
    expect(output.reports).toEqual([
      { ...research, text: 'fact' },
      { ...write, text: 'verse' },
    ])
  })

  it('tells the workers their task, and the supervisor what was reported', async () => {
    const [task, situation] = [[], []] as Parameters<typeof listening>[0][]
    await play({
      supervisor: supervising([research, finish]),
      researcher: listening(task ?? [], 'fact').machine,
    })
    expect(task?.map(promptIn)).toEqual(['Look.'])

    const model = new ScriptedModel(
      [research, finish].map((order) => ({ messages }) => {
        situation?.push(messages)
        return {
          parts: [{ partKind: 'tool-call', toolName: 'final_result', args: { response: order } }],
        }
      }),
    )
    const supervisor = new Agent({ model, output: Orders })
    await play({ supervisor: supervisor.machine, researcher: working('fact') })
    expect(situation?.map(promptIn)).toEqual(['A poem', "A poem\n\nresearcher on 'Look.': fact"])
  })

  it('counts requests, tokens and cost of all runs together, each once', async () => {
    const { output } = await play({
      supervisor: supervising([research, finish], { inputTokens: 10, cost: '0.1' }),
      researcher: working('fact', { inputTokens: 5, outputTokens: 1, cost: '0.02' }),
    })
    expect(output.usage).toMatchObject({
      requests: 3,
      inputTokens: 25,
      outputTokens: 1,
      cost: '0.22',
    })
  })

  it('orders nothing more once the budget is spent, and shows what there is', async () => {
    const { output, states } = await play(
      { supervisor: supervising(forever), researcher: working('fact') },
      { requestLimit: 3 },
    )
    expect(states.slice(-3)).toEqual(['Supervising', 'Weighing', 'BudgetSpent'])
    expect(output).toMatchObject({ usage: { requests: 3 }, answer: null, error: null })
    expect(output.reports).toHaveLength(1)
  })

  it('does not ask for more orders, either', async () => {
    const { output, states } = await play(
      { supervisor: supervising(forever), researcher: working('fact') },
      { requestLimit: 4 },
    )
    expect(states.slice(-3)).toEqual(['Researching', 'Weighing', 'BudgetSpent'])
    expect(output.reports).toHaveLength(2)
  })

  it('takes an answer that was the last thing there was money for', async () => {
    const { states } = await play({ supervisor: supervising([finish]) }, { requestLimit: 1 })
    expect(states).toEqual(['Supervising', 'Weighing', 'Done'])
  })

  it.each([
    { why: 'tokens', budget: { totalTokensLimit: 39 } },
    { why: 'dollars', budget: { costLimit: '0.40' } },
  ])('stops a worker on its way when it is out of $why', async ({ budget }) => {
    const { output, states } = await play(
      {
        supervisor: supervising([write, write], { inputTokens: 10, cost: '0.10' }),
        writer: working('verse', { outputTokens: 15, cost: '0.15' }),
      },
      budget,
    )
    expect(states.slice(-2)).toEqual(['Writing', 'BudgetSpent'])
    expect(output.error).toBeInstanceOf(UsageLimitExceeded)
    expect(output.reports).toHaveLength(1)
  })

  it('stops the supervisor and the researcher the same way', async () => {
    const spender = { outputTokens: 15 }
    const first = await play(
      { supervisor: supervising([research], spender) },
      { totalTokensLimit: 14 },
    )
    expect(first.states).toEqual(['Supervising', 'BudgetSpent'])
    const second = await play(
      { supervisor: supervising([research]), researcher: working('fact', spender) },
      { totalTokensLimit: 14 },
    )
    expect(second.states.slice(-2)).toEqual(['Researching', 'BudgetSpent'])
  })

  const broken = new Error('offline')
  it.each([
    { at: 'Supervising', actors: { supervisor: supervising([broken]) } },
    {
      at: 'Researching',
      actors: { supervisor: supervising([research]), researcher: working(broken) },
    },
    { at: 'Writing', actors: { supervisor: supervising([write]), writer: working(broken) } },
  ])('a failure in $at keeps the very error', async ({ at, actors }) => {
    const { output, states } = await play(actors)
    expect(states.slice(-2)).toEqual([at, 'Failed'])
    expect(output.error).toBe(broken)
  })

  it('a budget that is none is an error of whoever set it', async () => {
    const { output } = await play({ supervisor: supervising([finish]) }, { requestLimit: -1 })
    expect(output.error).toMatchObject({ name: 'UserError' })
  })

  it('has no state and no transition that is not reached here', () => {
    expect(coverage.left()).toEqual([])
  })
})
