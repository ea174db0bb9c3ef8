import { createInspector } from '@statelyai/inspect'
import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { safeInspector } from '../../src/inspect/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { calls } from '../run/scripts.ts'

const result = 'a result of some length, '.repeat(40)

/** How many rounds a run has, with how many calls each. */
interface Size {
  readonly rounds: number
  readonly each: number
}

function agentOf({ rounds, each }: Size) {
  const look = tool({ name: 'look', execute: () => result })
  const names = Array.from({ length: each }, () => 'look')
  const script = [...Array.from({ length: rounds }, () => calls(...names)), 'Done.']
  return new Agent({
    model: new ScriptedModel(script),
    tools: [look],
    usageLimits: { requestLimit: null },
  })
}

/** Bytes that the package of Stately's inspector sends for a run. */
async function bytesOf(agent: Agent) {
  let bytes = 0
  const stately = createInspector(
    { send: (event) => void (bytes += Buffer.byteLength(JSON.stringify(event))) },
    { serializationDepthLimit: 100 },
  )
  await agent.run('Go.', { inspect: safeInspector(stately.inspect) })
  await new Promise((resolve) => setTimeout(resolve, 20)) // the package sends when it is idle
  return bytes
}

describe('what is sent of a run', () => {
  it('grows with its rounds and not with their square', async () => {
    const few = await bytesOf(agentOf({ rounds: 10, each: 1 }))
    const more = await bytesOf(agentOf({ rounds: 50, each: 1 }))
    const many = await bytesOf(agentOf({ rounds: 100, each: 1 }))
    const [early, late] = [(more - few) / 40, (many - more) / 50]
    expect(late / early).toBeGreaterThan(0.97)
    expect(late / early).toBeLessThan(1.03)
    expect(late).toBeLessThan(30_000)
  })

  it('grows with the calls of a response, too', async () => {
    const few = await bytesOf(agentOf({ rounds: 1, each: 25 }))
    const many = await bytesOf(agentOf({ rounds: 1, each: 100 }))
    expect(many / few).toBeLessThan(4.5)
  })

  it('grows with the rounds of a run below a call', async () => {
    const above = (rounds: number) => {
      const part = {
        partKind: 'tool-call',
        toolName: 'ask',
        toolCallId: 'a',
        args: '{"prompt":"?"}',
      } as const
      return new Agent({
        model: new ScriptedModel([{ parts: [part] }, 'Done.']),
        tools: [agentOf({ rounds, each: 1 }).asTool({ name: 'ask' })],
        usageLimits: { requestLimit: null },
      })
    }
    const few = await bytesOf(above(10))
    const more = await bytesOf(above(30))
    const many = await bytesOf(above(50))
    expect((many - more) / (more - few)).toBeLessThan(1.03)
  })
})
