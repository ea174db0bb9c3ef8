/** A request finds its desk; the desk finds that it is another one's, and hands it on with the conversation. */
import { createActor, toPromise } from 'xstate'
import { z } from 'zod'
import { triageMachine } from '../../machines/gallery/index.ts'
import { Agent, toolOutput } from '../../src/index.ts'
import { FunctionModel, ScriptedModel, TestModel } from '../../src/testing/index.ts'
import { say } from '../print.ts'
import { tell } from './story.ts'

const HandOff = z.object({ to: z.enum(['billing', 'orders', 'technical']), note: z.string() })
const Answer = z.object({ answer: z.string() })
const output = [
  toolOutput(Answer, { name: 'answer', description: 'Answers the customer.' }),
  toolOutput(HandOff, { name: 'hand_off', description: 'Lets another desk answer.' }),
]

const triage = new Agent({
  name: 'triage',
  model: new TestModel({ customOutputArgs: { to: 'billing', note: 'Asks about a charge.' } }),
  instructions: 'Decide which desk deals with the request.',
  output: HandOff,
})

const note = 'The charge is right: two kettles were ordered, and one is on its way.'
const billing = new Agent({
  name: 'billing',
  model: new ScriptedModel([
    {
      parts: [{ partKind: 'tool-call', toolName: 'hand_off', args: { to: 'orders', note } }],
    },
  ]),
  output,
})
const orders = new Agent({
  name: 'orders',
  model: new FunctionModel((messages) => ({
    parts: [
      {
        partKind: 'tool-call',
        toolName: 'answer',
        args: { answer: `The second kettle comes on Friday. (${messages.length} messages read)` },
      },
    ],
  })),
  output,
})
const technical = new Agent({ name: 'technical', model: new ScriptedModel([]), output })

const machine = triageMachine.provide({
  actors: {
    triage: triage.machine,
    billing: billing.machine,
    orders: orders.machine,
    technical: technical.machine,
  },
})

say('A customer who has been here before writes: I was charged twice, and only one kettle came.')
const actor = createActor(machine, {
  input: {
    prompt: 'I was charged twice, and only one kettle came.',
    messageHistory: [
      { kind: 'request', parts: [{ partKind: 'user-prompt', content: 'Is order 7 on its way?' }] },
      { kind: 'response', parts: [{ partKind: 'text', content: 'Yes, since Monday.' }] },
    ],
  },
})
tell(actor, ({ value, context: { handOffs } }) => {
  const last = handOffs.at(-1)
  return value === 'Triage' || value === 'Answered' ? '' : last && `to ${last.to}: ${last.note}`
})
const { answer, desk, messages } = await toPromise(actor.start())
console.log(`\n${desk}: ${answer}`)
say(`${messages.length} messages are the history of the next request.`)
