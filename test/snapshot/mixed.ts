/** A run in the middle of a response with calls in many states. */
import { Agent } from '../../src/agent/index.ts'
import { deferredToolRequests, text } from '../../src/output/index.ts'
import type { RunSnapshot } from '../../src/snapshot/index.ts'
import { ManualClock, ScriptedModel, type ScriptedResponse } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { externalToolset } from '../../src/toolsets/index.ts'
import { calls, gate } from '../run/scripts.ts'

export const clock = (): ManualClock => new ManualClock(Date.UTC(2026, 0, 1))

/** What the tools of an agent have done. */
export interface Workshop {
  readonly ran: string[]
  readonly held: ReturnType<typeof gate>
}

export function workshop(): Workshop {
  return { ran: [], held: gate() }
}

const outside = {
  name: 'outside',
  description: null,
  parametersJsonSchema: { type: 'object' },
} as const

/** @param answers what its model says, from now on */
export function mixedAgent({ ran, held }: Workshop, answers: readonly ScriptedResponse[]) {
  const run = (name: string) => () => {
    ran.push(name)
    return `${name} is done`
  }
  const hold = (name: string) => async () => {
    ran.push(name)
    await held.pass()
    return `${name} is done`
  }
  return new Agent({
    name: 'worker',
    model: new ScriptedModel(answers),
    instructions: 'Work.',
    tools: [
      tool({ name: 'quick', execute: run('quick') }),
      tool({ name: 'slow', execute: hold('slow') }),
      tool({ name: 'again', execute: hold('again'), onCrash: 'rerun' }),
      tool({ name: 'pay', execute: run('pay'), needsApproval: true }),
      tool({ name: 'book', execute: hold('book'), needsApproval: true }),
    ],
    toolsets: [externalToolset([outside])],
    output: [text, deferredToolRequests],
  })
}

export const asked = calls('quick', 'slow', 'again', 'pay', 'book', 'outside', 'pay', 'missing')

/** The run, while two tools work; one call was approved, two wait for a person and one for an answer. */
export async function mixedRun(): Promise<RunSnapshot> {
  const shop = workshop()
  const run = mixedAgent(shop, [asked, 'done']).iter('Go', {
    clock: clock(),
    runId: 'run-1',
    conversationId: 'conversation-1',
    deferred: 'wait',
    waitTimeoutMs: 86_400_000,
    metadata: { tenant: 'acme' },
    modelSettings: { temperature: 0.5, extraHeaders: { 'x-key': 'secret' } },
  })
  await run.next()
  await run.next()
  const working = run.next()
  await shop.held.entered
  await Promise.resolve()
  await run.approve('book', { by: 'Ada' })
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  const snapshot = run.snapshot()
  run.cancel()
  shop.held.open(undefined)
  await working.catch(() => {})
  return snapshot
}
