/** Driving a run by hand: look at each node, edit one, skip to another state. */
import { Agent, completeRequest, ModelRequestNode } from '../src/index.ts'
import { FunctionModel } from '../src/testing/index.ts'
import { printNode, say, textOf } from './print.ts'

/** Says back what it was last told. */
const echo = new FunctionModel((messages) => {
  const parts = messages.flatMap((message) => (message.kind === 'request' ? message.parts : []))
  const prompt = parts.findLast((part) => part.partKind === 'user-prompt')
  return `You said: ${textOf(prompt?.content)}`
})

const agent = new Agent({ model: echo })
const run = agent.iter('What is the capital of France?')

say('Edited: the prompt changes before it is put into a request.')
let node = run.nextNode
while (node.kind !== 'end') {
  printNode(node)
  if (node.kind === 'user-prompt') node = { ...node, userPrompt: 'What is the capital of Italy?' }
  node = await run.next(node)
}
printNode(node)

say('\nSkipped: a fresh node leads to its state, here straight to a request of our own.')
const other = agent.iter('This prompt is never sent.')
const now = new Date().toISOString()
const request = completeRequest(
  { parts: [{ partKind: 'user-prompt', content: 'What is the capital of Spain?' }] },
  now,
)
let next = await other.next(ModelRequestNode(request))
while (next.kind !== 'end') next = await other.next(next)
printNode(next)
