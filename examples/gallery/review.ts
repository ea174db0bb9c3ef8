/** A letter that a person has to approve. While they think it is nothing but JSON. */
import { createActor, type Snapshot, toPromise, waitFor } from 'xstate'
import { reviewMachine } from '../../machines/gallery/index.ts'
import { Agent } from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import { say, textOf } from '../print.ts'
import { tell } from './story.ts'

const writer = new Agent({
  name: 'writer',
  instructions: 'Write to customers, in one sentence.',
  model: new FunctionModel((messages) =>
    textOf(messages.at(-1)?.parts).includes('apologize')
      ? 'Dear Ada, we are sorry that your kettle is late; it comes on Friday.'
      : 'Dear Ada, your kettle comes on Friday.',
  ),
})

const machine = reviewMachine.provide({ actors: { writer: writer.machine } })

say('An agent drafts a letter, and a person is to look at it:')
const input = { task: 'Tell Ada that order 7 is late.', maxRevisions: 2 }
const morning = createActor(machine, { input })
tell(morning, ({ context }) => context.draft)
await waitFor(morning.start(), ({ value }) => value === 'InReview')

const saved = JSON.stringify(morning.getPersistedSnapshot())
morning.stop()
say(`Nobody has time. It is put away: ${saved.length} characters of JSON.`)

say('Days later, in another process, Ben sends it back:')
const snapshot: Snapshot<unknown> = JSON.parse(saved)
// XState's types ask for the input, too; what counts is the snapshot.
const later = createActor(machine, { input, snapshot })
tell(later, ({ context }) => context.draft)
later.start()
later.send({ type: 'reject', by: 'Ben', comment: 'Please apologize.' })
await waitFor(later, ({ value }) => value === 'InReview')

say('He changes a word himself, and approves:')
const { draft } = later.getSnapshot().context
const outcome = toPromise(later)
later.send({ type: 'edit', by: 'Ben', text: draft?.replace('comes', 'will be there') ?? '' })
later.send({ type: 'approve', by: 'Ben' })

const { draft: letter, verdicts } = await outcome
console.log(`\n${letter}`)
say(verdicts.map(({ type, by }) => `${type} by ${by}`).join(', '))
