import { describe, expect, it } from 'vitest'
import { createActor, type Snapshot, toPromise, waitFor } from 'xstate'
import { z } from 'zod'
import { type ResearchInput, researchMachine } from '../../../machines/gallery/index.ts'
import { Agent } from '../../../src/index.ts'
import { FunctionModel } from '../../../src/testing/index.ts'
import { Coverage } from '../coverage.ts'
import { busy, deciding, Journey, listening, promptIn, saying } from './play.ts'

const coverage = new Coverage(researchMachine)
type Actors = NonNullable<Parameters<typeof researchMachine.provide>[0]['actors']>

function start(actors: Actors, more: Partial<ResearchInput> = {}, snapshot?: Snapshot<unknown>) {
  const { states, inspect } = new Journey(coverage)
  const machine = coverage.watch(researchMachine.provide({ actors }))
  const input = { topic: 'Tea', ...more }
  const actor = createActor(machine, { input, inspect, ...(snapshot && { snapshot }) })
  return { actor: actor.start(), states }
}

async function play(actors: Actors, more?: Partial<ResearchInput>) {
  const { actor, states } = start(actors, more)
  return { output: await toPromise(actor), states, actor }
}

const planning = (...questions: (string[] | Error)[]) =>
  deciding(z.array(z.string()), ...questions).machine

const broken = new Error('offline')

/** Answers each question when all of them are asked, unless it is one that nobody can answer. */
function researcher(questions: number) {
  const all = Promise.withResolvers<void>()
  let asked = 0
  const model = new FunctionModel(async (messages) => {
    const question = promptIn(messages)
    asked += 1
    if (asked === questions) all.resolve()
    await all.promise
    if (question.startsWith('un')) throw broken
    return `${question}!`
  })
  return new Agent({ model }).machine
}

describe('the research', () => {
  it('asks all questions at the same time, and joins the answers in their order', async () => {
    const heard: Parameters<typeof listening>[0] = []
    const { output, states } = await play({
      planner: planning(['a', 'b', 'c']),
      researcher: researcher(3), // would never end if they were asked one by one
      writer: listening(heard, 'text').machine,
    })
    expect(states).toEqual(['Planning', 'Researching', 'Writing', 'Done'])
    expect(promptIn(heard[0])).toBe('Tea\n\na\na!\n\nb\nb!\n\nc\nc!')
    expect(output.findings.map(({ answer }) => answer)).toEqual(['a!', 'b!', 'c!'])
    expect(output).toMatchObject({ text: 'text', error: null })
  })

  it('goes on without those who fail, when the others are enough', async () => {
    const heard: Parameters<typeof listening>[0] = []
    const actors = {
      planner: planning(['a', 'unknown', 'c']),
      researcher: researcher(3),
      writer: listening(heard, 'text').machine,
    }
    const { output, states } = await play(actors, { minAnswers: 2 })
    expect(states.at(-1)).toBe('Done')
    expect(output.findings.map(({ state }) => state)).toEqual(['answered', 'failed', 'answered'])
    expect(promptIn(heard[0])).toContain('unknown\n(nothing was found)')
  })

  it('ends at once when enough answers cannot come any more, and stops the others', async () => {
    const signals: AbortSignal[] = []
    const model = new FunctionModel((messages, { signal }) => {
      if (promptIn(messages) === 'unknown') throw broken
      signals.push(signal)
      return new Promise<never>(() => {})
    })
    const { output, states } = await play({
      planner: planning(['a', 'b', 'unknown']),
      researcher: new Agent({ model }).machine,
    })
    expect(states).toEqual(['Planning', 'Researching', 'TooFewAnswers'])
    expect(output.findings.map(({ state }) => state)).toEqual(['asked', 'asked', 'failed'])
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
  })

  it('asks no more questions than it may', async () => {
    const actors = {
      planner: planning(['a', 'b', 'c', 'd']),
      researcher: researcher(2),
      writer: saying('text').machine,
    }
    const { output } = await play(actors, { maxQuestions: 2 })
    expect(output.findings.map(({ question }) => question)).toEqual(['a', 'b'])
  })

  it.each([
    { why: 'there are no questions', questions: [], minAnswers: null },
    { why: 'more answers are asked for than questions', questions: ['a'], minAnswers: 2 },
  ])('has too few answers when $why', async ({ questions, minAnswers }) => {
    const { states } = await play({ planner: planning(questions) }, { minAnswers })
    expect(states).toEqual(['Planning', 'Researching', 'TooFewAnswers'])
  })

  it.each(['Planning', 'Researching', 'Writing'])(
    'a cancel in %s stops everybody who is at work',
    async (state) => {
      const { agent, signals } = busy()
      const planner = state === 'Planning' ? (agent.machine as never) : planning(['a', 'b'])
      const { actor, states } = start({
        planner,
        researcher: state === 'Researching' ? agent.machine : researcher(2),
        writer: agent.machine,
      })
      await expect.poll(() => signals.length).toBe(state === 'Researching' ? 2 : 1)
      expect(actor.getSnapshot().value).toBe(state)
      actor.send({ type: 'cancel' })
      expect(states.at(-1)).toBe('Cancelled')
      expect(actor.getSnapshot().status).toBe('done')
      expect(signals.every(({ aborted }) => aborted)).toBe(true)
    },
  )

  it('goes on from JSON, and does not ask again what is answered', async () => {
    const asked: string[] = []
    const model = (isOpen: boolean) =>
      new FunctionModel(async (messages) => {
        const question = promptIn(messages)
        asked.push(question)
        if (question === 'slow' && !isOpen) await new Promise(() => {})
        return `${question}!`
      })
    const actorsOf = (isOpen: boolean): Actors => ({
      planner: planning(['quick', 'slow']),
      researcher: new Agent({ model: model(isOpen) }).machine,
      writer: saying('text').machine,
    })
    const { actor } = start(actorsOf(false))
    await waitFor(actor, ({ context }) =>
      context.findings.some((finding) => finding.state === 'answered'),
    )
    const paper = JSON.stringify(actor.getPersistedSnapshot())
    actor.stop()
    expect(asked).toEqual(['quick', 'slow'])

    const again = start(actorsOf(true), {}, JSON.parse(paper))
    const output = await toPromise(again.actor)
    expect(asked).toEqual(['quick', 'slow', 'slow'])
    expect(output.findings.map(({ answer }) => answer)).toEqual(['quick!', 'slow!'])
    expect(again.states).toEqual(['Researching', 'Writing', 'Done'])
  })

  it.each([
    { at: 'Planning', actors: { planner: planning(broken) } },
    {
      at: 'Writing',
      actors: {
        planner: planning(['a']),
        researcher: researcher(1),
        writer: saying(broken).machine,
      },
    },
  ])('a failure in $at keeps the very error', async ({ at, actors }) => {
    const { output, states } = await play(actors)
    expect(states.slice(-2)).toEqual([at, 'Failed'])
    expect(output.error).toBe(broken)
  })

  it('has no state and no transition that is not reached here', () => {
    expect(coverage.left()).toEqual([])
  })
})
