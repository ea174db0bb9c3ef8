import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent, tool } from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import { serveInspector } from '../../src/ui/index.ts'
import { all, visit } from './visitor.ts'

const look = tool({
  name: 'look',
  inputSchema: z.object({ page: z.number() }),
  execute: ({ page }) => `What is on page ${page}: ${'text '.repeat(40)}`,
})

/** Looks at so many pages, one a step. */
const reader = (pages: number): Agent =>
  new Agent({
    name: 'reader',
    model: new FunctionModel((messages) => {
      const page = messages.filter(({ kind }) => kind === 'response').length
      if (page >= pages) return 'The end'
      const toolCallId = `page-${page}`
      return { parts: [{ partKind: 'tool-call', toolName: 'look', args: { page }, toolCallId }] }
    }),
    tools: [look],
    usageLimits: { requestLimit: null },
  })

/** Bytes that a page is told of a run. */
async function bytesFor(pages: number): Promise<{ live: number; late: number }> {
  const inspector = await serveInspector({ agents: [reader(pages)] })
  const early = await visit(inspector)
  const session = await early.done({ type: 'start', agent: null, prompt: 'Read', drive: 'auto' })
  await early.run(session, ({ node }) => node.kind === 'end')
  const late = await visit(inspector)
  await late.run(session, ({ node }) => node.kind === 'end')
  expect(all(late.told, 'visit', session)).toHaveLength(2 * pages + 4)
  const sizes = { live: size(early.told), late: size(late.told) }
  for (const page of [early, late]) page.leave()
  await inspector.close()
  return sizes
}

const size = (told: readonly unknown[]): number => JSON.stringify(told).length

describe('a long run', () => {
  it('is told in bytes that grow with its length, not with the square of it', async () => {
    const [short, long] = [await bytesFor(10), await bytesFor(100)]
    expect(long.live / short.live).toBeLessThan(10.5)
    expect(long.late / short.late).toBeLessThan(10.5)
  }, 30_000)
})
