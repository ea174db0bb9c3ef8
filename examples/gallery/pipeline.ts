/** An article in three steps. Each slot is filled by an agent of its own. */
import { createActor, toPromise } from 'xstate'
import { z } from 'zod'
import { pipelineMachine } from '../../machines/gallery/index.ts'
import { Agent } from '../../src/index.ts'
import { ScriptedModel, TestModel } from '../../src/testing/index.ts'
import { say } from '../print.ts'
import { tell } from './story.ts'

const outliner = new Agent({
  name: 'outliner',
  model: new TestModel({
    customOutputArgs: ['Why tides come twice a day', 'Spring and neap'],
  }),
  instructions: 'List the points that an article on this topic should make.',
  output: z.array(z.string()),
})
const drafter = new Agent({
  name: 'drafter',
  model: new ScriptedModel(['The sea rises twice a day, becuase the Moon pulls at both sides.']),
  instructions: 'Write an article of one sentence.',
})
const editor = new Agent({
  name: 'editor',
  model: new ScriptedModel(['The sea rises twice a day, because the Moon pulls at both sides.']),
  instructions: 'Correct the language, and nothing else.',
})

const machine = pipelineMachine.provide({
  actors: { outliner: outliner.machine, drafter: drafter.machine, editor: editor.machine },
})

say('An article about tides: outline, draft, edit.')
const actor = createActor(machine, { input: { topic: 'Tides', minPoints: 2 } })
tell(actor, ({ context }) => context.text ?? context.draft ?? context.outline?.join('\n'))
const { text } = await toPromise(actor.start())
console.log(`\n${text}`)
