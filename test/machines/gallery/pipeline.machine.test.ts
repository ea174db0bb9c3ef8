import { describe, expect, it } from 'vitest'
import { createActor, fromPromise, toPromise } from 'xstate'
import { z } from 'zod'
import { type PipelineInput, pipelineMachine } from '../../../machines/gallery/index.ts'
import { SlotMissingError } from '../../../src/index.ts'
import { Coverage } from '../coverage.ts'
import { busy, deciding, Journey, listening, promptIn, saying } from './play.ts'

const coverage = new Coverage(pipelineMachine)
type Actors = NonNullable<Parameters<typeof pipelineMachine.provide>[0]['actors']>

async function play(actors: Actors, more: Partial<PipelineInput> = {}) {
  const { states, inspect } = new Journey(coverage)
  const machine = coverage.watch(pipelineMachine.provide({ actors }))
  const actor = createActor(machine, { input: { topic: 'Tides', ...more }, inspect })
  return { output: await toPromise(actor.start()), states }
}

const outline = (...points: (string[] | Error)[]) =>
  deciding(z.array(z.string()), ...points).machine

describe('the pipeline', () => {
  it('gives each agent what the one before it has made', async () => {
    const heard: Parameters<typeof listening>[0] = []
    const { output, states } = await play({
      outliner: outline(['the Moon', 'the Sun']),
      drafter: listening(heard, 'draft').machine,
      editor: listening(heard, 'text').machine,
    })
    expect(states).toEqual(['Outlining', 'Drafting', 'Editing', 'Done'])
    expect(heard.map(promptIn)).toEqual(['Tides\n- the Moon\n- the Sun', 'draft'])
    expect(output).toEqual({
      topic: 'Tides',
      minPoints: 1,
      outline: ['the Moon', 'the Sun'],
      draft: 'draft',
      text: 'text',
      error: null,
    })
  })

  it('stops at the gate when the outline is too thin, and shows it', async () => {
    const { output, states } = await play({ outliner: outline(['the Moon']) }, { minPoints: 2 })
    expect(states).toEqual(['Outlining', 'Rejected'])
    expect(output).toMatchObject({ outline: ['the Moon'], draft: null, error: null })
  })

  const broken = new Error('offline')
  it.each([
    { at: 'Outlining', actors: { outliner: outline(broken) }, kept: { outline: null } },
    {
      at: 'Drafting',
      actors: { outliner: outline(['a']), drafter: saying(broken).machine },
      kept: { outline: ['a'], draft: null },
    },
    {
      at: 'Editing',
      actors: {
        outliner: outline(['a']),
        drafter: saying('draft').machine,
        editor: saying(broken).machine,
      },
      kept: { draft: 'draft', text: null },
    },
  ])('a failure in $at keeps what is there, with the very error', async ({ at, actors, kept }) => {
    const { output, states } = await play(actors)
    expect(states.slice(-2)).toEqual([at, 'Failed'])
    expect(output).toMatchObject(kept)
    expect(output.error).toBe(broken)
  })

  it('names the slot that nobody has filled', async () => {
    const { output } = await play({ outliner: outline(['a']) })
    expect(output.error).toBeInstanceOf(SlotMissingError)
    expect(output.error).toMatchObject({ slot: 'drafter' })
  })

  it('takes a function where no agent is needed', async () => {
    const shout = fromPromise(async ({ input }: { input: { prompt: string } }) => {
      return { output: input.prompt.toUpperCase() }
    })
    const actors = { outliner: outline(['a']), drafter: saying('draft').machine, editor: shout }
    expect((await play(actors)).output.text).toBe('DRAFT')
  })

  it('stops its agent when it is stopped', async () => {
    const { agent, signals } = busy()
    const actors = { outliner: outline(['a']), drafter: agent.machine }
    const actor = createActor(pipelineMachine.provide({ actors }), { input: { topic: 'Tides' } })
    actor.start()
    await expect.poll(() => signals.length).toBe(1)
    actor.stop()
    expect(signals[0]?.aborted).toBe(true)
  })

  it('has no state and no transition that is not reached here', () => {
    expect(coverage.left()).toEqual([])
  })
})
