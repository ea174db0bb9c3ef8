import { createInspector } from '@statelyai/inspect'
import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { safeInspector } from '../../src/inspect/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { calls } from '../run/scripts.ts'

const result = 'a result of some length, '.repeat(40)

/** Bytes that the package of Stately's inspector sends for a run of so many rounds with so many calls each. */
async function bytesOf({ rounds, each }: { readonly rounds: number; readonly each: number }) {
  let bytes = 0
  const stately = createInspector(
    { send: (event) => void (bytes += Buffer.byteLength(JSON.stringify(event))) },
    { serializationDepthLimit: 100 },
  )
  const look = tool({ name: 'look', execute: () => result })
  const names = Array.from({ length: each }, () => 'look')
  const script = [...Array.from({ length: rounds }, () => calls(...names)), 'Done.']
  const agent = new Agent({
    model: new ScriptedModel(script),
    tools: [look],
    usageLimits: { requestLimit: null },
  })
  await agent.run('Go.', { inspect: safeInspector(stately.inspect) })
  await new Promise((resolve) => setTimeout(resolve, 20)) // the package sends when it is idle
  return bytes
}

describe('what is sent of a run', () => {
  it('grows with its rounds and not with their square', async () => {
    const few = await bytesOf({ rounds: 10, each: 1 })
    const more = await bytesOf({ rounds: 50, each: 1 })
    const many = await bytesOf({ rounds: 100, each: 1 })
    const [early, late] = [(more - few) / 40, (many - more) / 50]
    expect(late / early).toBeGreaterThan(0.97)
    expect(late / early).toBeLessThan(1.03)
    expect(late).toBeLessThan(20_000)
  })

  it('grows with the calls of a response, too', async () => {
    const few = await bytesOf({ rounds: 1, each: 25 })
    const many = await bytesOf({ rounds: 1, each: 100 })
    expect(many / few).toBeLessThan(4.5)
  })
})
