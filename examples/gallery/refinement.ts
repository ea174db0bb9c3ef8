/** A slogan goes from writer to critic and back, until the score is high enough. */
import { createActor, toPromise } from 'xstate'
import { z } from 'zod'
import { refinementMachine } from '../../machines/gallery/index.ts'
import { Agent, type ToolCallPartInput } from '../../src/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { say } from '../print.ts'
import { tell } from './story.ts'

function critique(score: number, feedback: string): { parts: ToolCallPartInput[] } {
  const args = { score, feedback }
  return { parts: [{ partKind: 'tool-call', toolName: 'final_result', args }] }
}

const writer = new Agent({
  name: 'writer',
  model: new ScriptedModel([
    'Tea. Drink it.',
    'Our tea is hot and wet.',
    'Rain outside, tea inside.',
  ]),
  instructions: 'Write a slogan. Heed the feedback, if there is any.',
})
const critic = new Agent({
  name: 'critic',
  model: new ScriptedModel([
    critique(4, 'Short, but an order.'),
    critique(3, 'True of any tea.'),
    critique(9, 'I can hear the rain.'),
  ]),
  instructions: 'Score the slogan from 0 to 10, and say what would make it better.',
  output: z.object({ score: z.number(), feedback: z.string() }),
})

const machine = refinementMachine.provide({
  actors: { writer: writer.machine, critic: critic.machine },
})

say('A slogan for a tea house: at least 8 of 10 points, in at most four rounds.')
const input = { task: 'A slogan for a tea house', targetScore: 8, maxRounds: 4 }
const actor = createActor(machine, { input })
tell(actor, ({ value, context: { draft, last } }) => {
  if (value === 'Judging') return draft
  return value === 'Writing' ? last && `${last.score}: ${last.feedback}` : ''
})
const { best, rounds } = await toPromise(actor.start())
console.log(`\n${best?.text} (${best?.score} points, round ${rounds})`)
