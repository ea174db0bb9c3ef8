import { describe, expect, it } from 'vitest'
import { createActor, toPromise } from 'xstate'
import { z } from 'zod'
import { refinementMachine } from '../../../machines/gallery/index.ts'
import { SlotMissingError } from '../../../src/index.ts'
import { Coverage } from '../coverage.ts'
import { deciding, Journey, listening, promptIn, saying } from './play.ts'

const coverage = new Coverage(refinementMachine)
type Actors = NonNullable<Parameters<typeof refinementMachine.provide>[0]['actors']>

async function play(actors: Actors, maxRounds?: number) {
  const { states, inspect } = new Journey(coverage)
  const machine = coverage.watch(refinementMachine.provide({ actors }))
  const input = { task: 'A slogan', targetScore: 8, ...(maxRounds && { maxRounds }) }
  const actor = createActor(machine, { input, inspect })
  return { output: await toPromise(actor.start()), states }
}

const Critique = z.object({ score: z.number(), feedback: z.string() })
const scoring = (...scores: (number | Error)[]) =>
  deciding(
    Critique,
    ...scores.map((score) =>
      score instanceof Error ? score : { score, feedback: `worth ${score}` },
    ),
  ).machine

describe('the refinement', () => {
  it('ends with the first draft that is good enough', async () => {
    const { output, states } = await play({
      writer: saying('first', 'second').machine,
      critic: scoring(3, 8),
    })
    const round = ['Writing', 'Judging', 'Weighing']
    expect(states).toEqual([...round, ...round, 'Accepted'])
    expect(output).toMatchObject({ rounds: 2, best: { text: 'second', score: 8 }, error: null })
  })

  it('tells the writer the draft and the feedback, and the critic the draft', async () => {
    const [writer, critic] = [[], []] as Parameters<typeof listening>[0][]
    await play({ writer: listening(writer ?? [], 'draft').machine, critic: scoring(3, 9) })
    expect(writer?.map(promptIn)).toEqual([
      'A slogan',
      'A slogan\n\nDraft:\ndraft\n\nFeedback:\nworth 3',
    ])
    const judge = listening(critic ?? [])
    await play({ writer: saying('draft').machine, critic: judge.machine as never })
    expect(promptIn(critic?.[0])).toBe('A slogan\n\nDraft:\ndraft')
  })

  it.each([
    { scores: [3, 7, 5], best: 'second' },
    { scores: [6, 6, 2], best: 'first' },
    { scores: [1, 2, 3], best: 'third' },
  ])('after the last round, with $scores, the $best draft counts', async ({ scores, best }) => {
    const { output, states } = await play({
      writer: saying('first', 'second', 'third').machine,
      critic: scoring(...scores),
    })
    expect(states.at(-1)).toBe('OutOfRounds')
    expect(output).toMatchObject({ rounds: 3, best: { text: best } })
  })

  it('writes as many drafts as it may, and no more', async () => {
    const actors = { writer: saying('a', 'b').machine, critic: scoring(1, 1) }
    const { output } = await play(actors, 1)
    expect(output).toMatchObject({ rounds: 1, best: { text: 'a' } })
  })

  const broken = new Error('offline')
  it.each([
    { who: 'writer', writer: saying('first', broken), critic: scoring(3), at: 'Writing' },
    { who: 'critic', writer: saying('first', 'second'), critic: scoring(3, broken), at: 'Judging' },
  ])('keeps the best draft when the $who fails', async ({ writer, critic, at }) => {
    const { output, states } = await play({ writer: writer.machine, critic })
    expect(states.slice(-2)).toEqual([at, 'Failed'])
    expect(output).toMatchObject({ best: { text: 'first', score: 3 } })
    expect(output.error).toBe(broken)
  })

  it('names the slot that nobody has filled', async () => {
    const { output } = await play({ writer: saying('first').machine })
    expect(output.error).toBeInstanceOf(SlotMissingError)
    expect(output).toMatchObject({ error: { slot: 'critic' }, best: null })
  })

  it('has no state and no transition that is not reached here', () => {
    expect(coverage.left()).toEqual([])
  })
})
