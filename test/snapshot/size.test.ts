import { expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { messagesToWire } from '../../src/messages/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call } from '../agent/script.ts'

/** A run in the middle of a round, as many rounds after its beginning. */
async function after(rounds: number) {
  const model = new FunctionModel((messages) => ({
    parts: Array.from({ length: 3 }, (_, index) =>
      call('look_up', { page: index }, `call-${messages.length}-${index}`),
    ),
    usage: { inputTokens: 1_000, outputTokens: 100 },
  }))
  const lookUp = tool({
    name: 'look_up',
    inputSchema: z.object({ page: z.number() }),
    execute: ({ page }) => ({ page, text: 'Once upon a time. '.repeat(50) }),
  })
  const run = new Agent({ name: 'reader', model, tools: [lookUp] }).iter('Read it.', {
    modelSettings: { temperature: 0.2 },
    instructions: 'Be quick.',
    usageLimits: { requestLimit: 400 },
    metadata: { tenant: 'acme' },
  })
  while (run.ctx.state.step < rounds) await run.next()
  return run
}

function bytes(json: unknown): number {
  return new TextEncoder().encode(JSON.stringify(json)).length
}

function beyondMessages(run: Awaited<ReturnType<typeof after>>): number {
  const { messages, ...rest } = run.snapshot()
  expect(bytes(messages)).toBeLessThanOrEqual(bytes(messagesToWire(run.allMessages())))
  return bytes(rest)
}

it('is at most 3 KB beyond its messages after 20 rounds', async () => {
  const run = await after(20)
  expect(beyondMessages(run)).toBeLessThanOrEqual(3_072)
  await run.next() // the results are not part of the history yet: they are written with the node
  expect(beyondMessages(run) - bytes(run.snapshot()['node'])).toBeLessThanOrEqual(3_072)
})

it('does not grow with the rounds', async () => {
  const [early, late] = await Promise.all([after(3), after(300)])
  expect(beyondMessages(late) - beyondMessages(early)).toBeLessThan(50)
})

it('says once what all messages of a run say', async () => {
  const run = await after(20)
  const text = JSON.stringify(run.snapshot())
  for (const said of [run.runId, run.conversationId, 'Be quick.']) {
    expect(text.split(said).length - 1, said).toBeLessThanOrEqual(2)
  }
})
