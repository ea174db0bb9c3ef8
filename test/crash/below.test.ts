import { describe, expect, it } from 'vitest'
import type { RunPlan } from './plan.ts'
import { crashAgent } from './child/crash-agent.ts'
import { prompt } from './job.ts'
import { memoryStore, type StoredRun } from '../../src/store/index.ts'
import { verdictOn } from './verdicts.ts'
import { fieldOf, listOf, witnessOf } from './witness.ts'

const delegated = { toolName: 'delegate', args: { value: 1, ms: 0, verdict: 'approve' } } as const

/** Two agents below, at work at the same time. */
const plan: RunPlan = {
  seed: 1,
  rounds: [
    [
      { toolCallId: 'a', ...delegated },
      { toolCallId: 'b', ...delegated },
    ],
  ],
  output: 'text',
  answersTwice: false,
  drive: 'auto',
  pollMs: 1,
  messages: [],
}

describe('what is stored when a tool below an agent starts', () => {
  it('says that the call is running, and counts what was used up to then', async () => {
    const store = memoryStore()
    const starts: { readonly toolCallId: string; readonly stored: Promise<StoredRun> }[] = []
    const agent = crashAgent(plan, {
      pass: () => {},
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      effect: (effect) => {
        if (effect.kind !== 'started') return
        starts.push({ toolCallId: effect.toolCallId, stored: store.load(run.runId) })
      },
    })
    const run = agent.iter(prompt, { store: { store, pollMs: plan.pollMs } })
    const ending = run.finish()
    const decided = new Set<string>()
    while (decided.size < 2) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      for (const { toolCallId } of run.waitingFor) {
        const event = verdictOn(plan, toolCallId)
        if (event === undefined || decided.has(toolCallId)) continue
        decided.add(toolCallId)
        await store.deliver(run.runId, event)
      }
    }
    await ending
    const told = await Promise.all(
      starts.map(async ({ toolCallId, stored }) => ({
        toolCallId,
        state: stateOf(toolCallId, await stored),
        isCounted: requestsIn(await stored),
      })),
    )
    expect(told).toHaveLength(6)
    expect(told).toEqual(
      starts.map(({ toolCallId }) => ({ toolCallId, state: 'executing', isCounted: true })),
    )
  })
})

function stateOf(toolCallId: string, { snapshot }: StoredRun): unknown {
  const below = listOf(fieldOf(snapshot, 'ledger')).map((entry) =>
    fieldOf(fieldOf(entry, 'nested'), 'snapshot'),
  )
  const calls = below.flatMap((run) => listOf(fieldOf(run, 'ledger')))
  return fieldOf(
    calls.find((entry) => fieldOf(entry, 'toolCallId') === toolCallId),
    'state',
  )
}

/** Whether as many requests are counted as there are responses, here and below. */
function requestsIn(stored: StoredRun): boolean {
  const { responses, below } = witnessOf(stored, 0)
  const all = [...below.values()].reduce((sum, count) => sum + count, responses)
  return fieldOf(fieldOf(stored.snapshot, 'usage'), 'requests') === all
}
