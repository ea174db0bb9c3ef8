/** A call that waits for a person: the run ends with the request, and a second run goes on from the answer. */
import { Agent, deferredToolRequests, text, tool } from '../src/index.ts'
import { TestModel } from '../src/testing/index.ts'
import { z } from 'zod'
import { say, textOf } from './print.ts'

const deleteFile = tool({
  name: 'delete_file',
  description: 'Deletes a file.',
  inputSchema: z.object({ path: z.string() }),
  needsApproval: true,
  execute: ({ path }, ctx) => `${path} is gone (approved: ${ctx.toolCallApproved})`,
})

const agent = new Agent({
  model: new TestModel(), // calls each tool once with made-up arguments, then tells the results
  tools: [deleteFile],
  output: [text, deferredToolRequests],
})

const asked = await agent.run('Clean up.')
if (typeof asked.output === 'string') throw new Error('Nothing was asked')

const [call] = asked.output.approvals
if (call === undefined) throw new Error('Nobody has to approve')
say('The run ended, and waits for a decision:')
console.log(`  ${call.toolName} ${JSON.stringify(call.args)}`)

// A minute or a week later; `messages` may have been stored as JSON.
const done = await agent.run(null, {
  messageHistory: asked.allMessages(),
  deferredToolResults: {
    approvals: {
      [call.toolCallId]: { kind: 'tool-approved', overrideArgs: { path: 'old.log' } },
    },
  },
})
say('Approved, with other arguments:')
console.log(`  ${textOf(done.output)}`)
