/** Typed output: an object, a union, a function's result; and a validator that sends the model back. */
import { Agent, ModelRetry, outputFunction, toolOutput } from '../src/index.ts'
import { ScriptedModel, TestModel } from '../src/testing/index.ts'
import { z } from 'zod'

const Invoice = z.object({ customer: z.string(), total: z.number().min(0) })
const Complaint = z.object({ customer: z.string(), reason: z.string() })

// One type: the model is asked for it by a tool, and `output` has its type.
const reader = new Agent({ model: new TestModel(), output: Invoice })
const { output: invoice } = await reader.run('Ada owes 12 euros.')
console.log('invoice', invoice.customer, invoice.total)

// Several: a union, told apart by the name of the tool.
const sorter = new Agent({
  model: new TestModel({ seed: 1 }),
  output: [
    toolOutput(Invoice, { name: 'invoice' }),
    toolOutput(Complaint, { name: 'complaint', description: 'The customer is unhappy.' }),
  ],
})
const { output: letter } = await sorter.run('Ada is not amused.')
console.log('letter', 'reason' in letter ? 'complaint' : 'invoice')

// A function makes the output; what it returns is its type.
const booked = outputFunction({
  name: 'book',
  description: 'Books an invoice.',
  inputSchema: Invoice,
  execute: ({ total }) => ({ bookedCents: Math.round(total * 100) }),
})
const accountant = new Agent({ model: new TestModel(), output: booked })
const { output } = await accountant.run('Book it.')
console.log('booked', output.bookedCents)

// A validator may ask for something better; the model gets one retry unless told otherwise.
const careful = new Agent({
  model: new ScriptedModel(['perhaps', '42']),
  outputValidators: [
    (answer) => {
      if (Number.isNaN(Number(answer))) throw new ModelRetry('Answer with a number.')
      return answer
    },
  ],
})
const answer = await careful.run('How many?')
console.log('answer', answer.output, 'after', answer.usage.requests, 'requests')
