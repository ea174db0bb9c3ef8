/** A supervisor who would go on for ever, and a budget that does not. */
import { createActor, toPromise } from 'xstate'
import { z } from 'zod'
import { supervisorMachine } from '../../machines/gallery/index.ts'
import { Agent, toolOutput } from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import { printUsage, say } from '../print.ts'
import { tell } from './story.ts'

const Delegation = z.object({ worker: z.enum(['researcher', 'writer']), task: z.string() })
const Answer = z.object({ answer: z.string() })

let orders = 0
const supervisor = new Agent({
  name: 'supervisor',
  instructions: 'Say who does what next, or give the answer.',
  output: [toolOutput(Delegation, { name: 'delegate' }), toolOutput(Answer, { name: 'answer' })],
  model: new FunctionModel(() => {
    orders += 1
    const args =
      orders % 2 === 1
        ? { worker: 'researcher', task: `Find fact ${(orders + 1) / 2} about the sea` }
        : { worker: 'writer', task: 'Put it into a verse' }
    return { parts: [{ partKind: 'tool-call', toolName: 'delegate', args }] }
  }),
})
const researcher = new Agent({
  name: 'researcher',
  model: new FunctionModel(() => 'Most of the sea has never been seen.'),
})
const writer = new Agent({
  name: 'writer',
  model: new FunctionModel(() => 'The deep keeps what it knows.'),
})

const machine = supervisorMachine.provide({
  actors: {
    supervisor: supervisor.machine,
    researcher: researcher.machine,
    writer: writer.machine,
  },
})

say('A poem about the sea, for seven requests and not one more.')
const actor = createActor(machine, {
  input: { goal: 'A poem about the sea', budget: { requestLimit: 7 } },
})
tell(actor, ({ value, context: { order, reports, usage } }) => {
  const spent = `${usage.requests} of 7 requests spent`
  const last = reports.at(-1)
  if (value === 'Supervising') return [spent, last && `${last.worker}: ${last.text}`].join('\n')
  return order && 'task' in order ? order.task : spent
})
const { answer, reports, usage } = await toPromise(actor.start())
console.log(`\n${answer ?? 'There is no answer, but there is this:'}`)
for (const { worker, text } of reports) console.log(`  ${worker}: ${text}`)
printUsage(usage)
