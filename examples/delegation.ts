/** An agent that asks another one: the inner run shares the usage, the limits and the signal of the outer. */
import { Agent, tool } from '../src/index.ts'
import { FunctionModel, TestModel } from '../src/testing/index.ts'
import { z } from 'zod'

const poet = new Agent({
  name: 'poet',
  model: new FunctionModel(() => 'The tide comes in without a sound.'),
})

const writeVerse = tool({
  name: 'write_verse',
  description: 'Has a verse written.',
  inputSchema: z.object({ topic: z.string() }),
  execute: async ({ topic }, ctx) => {
    const verse = await poet.run(`A verse about ${topic}`, { parent: ctx })
    return verse.output
  },
})

const editor = new Agent({
  name: 'editor',
  model: new TestModel(), // calls each tool once with made-up arguments, then tells the results
  tools: [writeVerse],
})

const result = await editor.run('A verse about the sea, please.', {
  usageLimits: { requestLimit: 5 }, // holds for both agents together
})
console.log(result.output)
console.log(`${result.usage.requests} requests, those of the poet included`)
