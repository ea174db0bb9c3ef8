import { describe, expect, it } from 'vitest'
import { createActor, type Snapshot, waitFor } from 'xstate'
import {
  type ReviewEvent,
  type ReviewInput,
  reviewMachine,
} from '../../../machines/gallery/index.ts'
import { Coverage } from '../coverage.ts'
import { Journey, listening, promptIn, saying } from './play.ts'

const coverage = new Coverage(reviewMachine)
type Writer = NonNullable<
  NonNullable<Parameters<typeof reviewMachine.provide>[0]['actors']>['writer']
>

const by = 'Ada'
const approve = { type: 'approve', by } as const
const reject = (comment: string) => ({ type: 'reject', by, comment }) as const

interface Play extends Partial<ReviewInput> {
  readonly writer: Writer
  readonly snapshot?: Snapshot<unknown>
}

/** Says these things, each one when the review waits for somebody. */
async function play({ writer, snapshot, ...more }: Play, ...events: readonly ReviewEvent[]) {
  const { states, inspect } = new Journey(coverage)
  const machine = coverage.watch(reviewMachine.provide({ actors: { writer } }))
  const input = { task: 'A letter', ...more }
  const actor = createActor(machine, { input, inspect, ...(snapshot && { snapshot }) }).start()
  const waits = () =>
    waitFor(actor, ({ value, status }) => value === 'InReview' || status === 'done')
  for (const event of events) {
    await waits()
    actor.send(event)
  }
  await waits()
  return { actor, states, context: actor.getSnapshot().context }
}

describe('the review', () => {
  it('ends with what a person has approved, and knows who it was', async () => {
    const { actor, states } = await play({ writer: saying('draft').machine }, approve)
    expect(states).toEqual(['Drafting', 'InReview', 'Approved'])
    expect(actor.getSnapshot().output).toMatchObject({ draft: 'draft', verdicts: [approve] })
  })

  it('has a rejected draft revised: the writer reads the draft and the comment', async () => {
    const heard: Parameters<typeof listening>[0] = []
    const writer = listening(heard, 'draft').machine
    const { states, context } = await play({ writer }, reject('Too long.'), approve)
    expect(states).toEqual(['Drafting', 'InReview', 'Revising', 'InReview', 'Approved'])
    expect(heard.map(promptIn)).toEqual([
      'A letter',
      'A letter\n\nDraft:\ndraft\n\nComment:\nToo long.',
    ])
    expect(context).toMatchObject({ revisions: 1, verdicts: [reject('Too long.'), approve] })
  })

  it('takes an edit as the draft, which is still to be approved', async () => {
    const edit = { type: 'edit', by, text: 'mine' } as const
    const { actor, context } = await play({ writer: saying('draft').machine }, edit)
    expect(actor.getSnapshot().value).toBe('InReview')
    expect(context).toMatchObject({ draft: 'mine', revisions: 0 })
    actor.send(approve)
    expect(actor.getSnapshot()).toMatchObject({
      value: 'Approved',
      output: { draft: 'mine', verdicts: [edit, approve] },
    })
  })

  it('ends when it is rejected more often than it may be revised', async () => {
    const writer = saying('a', 'b').machine
    const { states, context } = await play(
      { writer, maxRevisions: 1 },
      reject('No.'),
      reject('Still no.'),
    )
    expect(states.slice(-3)).toEqual(['Revising', 'InReview', 'Rejected'])
    expect(context).toMatchObject({ draft: 'b', revisions: 1 })
  })

  it.each([
    { deadline: 1000, at: 999, ends: 'InReview' },
    { deadline: 1000, at: 1000, ends: 'Expired' },
    { deadline: null, at: 1e15, ends: 'InReview' },
  ])('with the deadline $deadline it is $ends at $at', async ({ deadline, at, ends }) => {
    const writer = saying('draft').machine
    const { states } = await play({ writer, deadline }, { type: 'deadline-passed', at })
    expect(states.at(-1)).toBe(ends)
  })

  it('hears nobody before there is a draft', async () => {
    const machine = reviewMachine.provide({ actors: { writer: saying('draft').machine } })
    const actor = createActor(machine, { input: { task: 'A letter' } }).start()
    actor.send(approve)
    expect((await waitFor(actor, ({ value }) => value === 'InReview')).context.verdicts).toEqual([])
  })

  it('waits as plain JSON, and goes on in another process', async () => {
    const first = await play({ writer: saying('draft', 'mine').machine }, reject('No.'))
    const paper = JSON.stringify(first.actor.getPersistedSnapshot())
    first.actor.stop()
    expect(paper.length).toBeLessThan(500)

    const heard: Parameters<typeof listening>[0] = []
    const snapshot: Snapshot<unknown> = JSON.parse(paper)
    const writer = listening(heard, 'better').machine
    const { states, context } = await play({ writer, snapshot }, reject('Shorter.'), approve)
    expect(states).toEqual(['InReview', 'Revising', 'InReview', 'Approved'])
    expect(promptIn(heard[0])).toContain('Draft:\nmine\n\nComment:\nShorter.')
    expect(context).toMatchObject({ draft: 'better', revisions: 2 })
    expect(context.verdicts.map(({ type }) => type)).toEqual(['reject', 'reject', 'approve'])
  })

  const broken = new Error('offline')
  it('keeps the draft when the revision fails, with the very error', async () => {
    const { states, context } = await play(
      { writer: saying('draft', broken).machine },
      reject('No.'),
    )
    expect(states.slice(-2)).toEqual(['Revising', 'Failed'])
    expect(context.draft).toBe('draft')
    expect(context.error).toBe(broken)
  })

  it('fails when there is no first draft', async () => {
    const { states, context } = await play({ writer: saying(broken).machine })
    expect(states).toEqual(['Drafting', 'Failed'])
    expect(context).toMatchObject({ draft: null, error: broken })
  })

  it('has no state and no transition that is not reached here', () => {
    expect(coverage.left()).toEqual([])
  })
})
