/** Four questions at once. One researcher fails; three answers are enough. */
import { createActor, toPromise } from 'xstate'
import { z } from 'zod'
import { researchMachine } from '../../machines/gallery/index.ts'
import { Agent } from '../../src/index.ts'
import { FunctionModel, ScriptedModel, TestModel } from '../../src/testing/index.ts'
import { say, textOf } from '../print.ts'
import { tell } from './story.ts'

const answers: Readonly<Record<string, string>> = {
  'Who drinks it?': 'Nearly everybody, from age four.',
  'When?': 'At four, and whenever somebody comes in.',
  'With what?': 'Milk first, if you ask my grandmother.',
}

const planner = new Agent({
  name: 'planner',
  model: new TestModel({
    customOutputArgs: [...Object.keys(answers), 'What does it cost?'],
  }),
  instructions: 'Split the topic into questions that can be answered one by one.',
  output: z.array(z.string()),
})
const researcher = new Agent({
  name: 'researcher',
  model: new FunctionModel(async (messages) => {
    const asked = textOf(messages.at(-1)?.parts)
    const question = Object.keys(answers).find((known) => asked.includes(known))
    if (question === undefined) throw new Error('The archive is closed')
    await new Promise((resolve) => {
      setTimeout(resolve, question.length * 5)
    })
    return answers[question] ?? ''
  }),
})
const writer = new Agent({
  name: 'writer',
  model: new ScriptedModel(['Everybody drinks tea at four, most of them with milk.']),
})

const machine = researchMachine.provide({
  actors: { planner: planner.machine, researcher: researcher.machine, writer: writer.machine },
})

say('What is there to know about tea? Three of four answers are enough.')
const actor = createActor(machine, { input: { topic: 'Tea', minAnswers: 3 } })
const marks = { asked: '…', answered: '✓', failed: '✗' }
tell(actor, ({ context: { findings } }) =>
  findings
    .map(({ question, state, answer }) => `${marks[state]} ${question} ${answer ?? ''}`.trim())
    .join('\n'),
)
const { text } = await toPromise(actor.start())
console.log(`\n${text}`)
