/** Snapshots that were written once and are read forever. `node test/snapshot/golden.ts` writes those of a new version. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent } from '../../src/agent/index.ts'
import type { RunSnapshot } from '../../src/snapshot/index.ts'
import { ScriptedModel, type ScriptedResponse } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { calls } from '../run/scripts.ts'
import { clock, mixedAgent, mixedRun, workshop } from './mixed.ts'

export const folder = join(import.meta.dirname, 'golden')

/** The agent of those snapshots that are not of the mixed run. @param answers what its model says, from now on */
export function clerk(answers: readonly ScriptedResponse[]) {
  return new Agent({
    name: 'clerk',
    model: new ScriptedModel(answers),
    instructions: 'Look it up.',
    tools: [tool({ name: 'look_up', execute: () => ({ found: 3 }) })],
  })
}

/** An agent that has another one as a tool. @param below what the other one's model says */
export function desk(answers: readonly ScriptedResponse[], below: readonly ScriptedResponse[]) {
  const teller = new Agent({
    name: 'teller',
    model: new ScriptedModel(below),
    tools: [tool({ name: 'pay', execute: () => 'paid', needsApproval: true })],
  })
  return new Agent({
    name: 'desk',
    model: new ScriptedModel(answers),
    tools: [teller.asTool({ description: 'Pays.' })],
  })
}

const used = { inputTokens: 12, outputTokens: 5 }
const options = {
  runId: 'run-1',
  conversationId: 'conversation-1',
  metadata: { tenant: 'acme' },
  instructions: 'Be brief.',
  usageLimits: { requestLimit: 9 },
}

/** One of each state, as the code writes them today. */
const writers: Readonly<Record<string, () => Promise<RunSnapshot>>> = {
  'user-prompt': async () =>
    clerk([])
      .iter(['What is this?', { kind: 'image-url', url: 'https://example.org/a.png' }], {
        ...options,
        clock: clock(),
      })
      .snapshot(),
  'model-request': async () => {
    const run = clerk([{ ...calls('look_up'), usage: used }]).iter('Go', {
      ...options,
      clock: clock(),
    })
    for (let step = 0; step < 3; step += 1) await run.next()
    run.enqueue('By the way…')
    return run.snapshot()
  },
  'call-tools': mixedRun,
  end: async () => {
    const run = clerk([
      calls('look_up'),
      { parts: [{ partKind: 'text', content: 'Three' }], usage: used },
    ])
    const ended = run.iter('Go', { ...options, clock: clock() })
    await ended.finish()
    return ended.snapshot()
  },
  failed: async () => {
    const run = clerk([{ parts: [{ partKind: 'text', content: 'Three' }], usage: used }]).iter(
      'Go',
      {
        ...options,
        usageLimits: { outputTokensLimit: 3 },
        clock: clock(),
      },
    )
    await run.finish().catch(() => {})
    return run.snapshot()
  },
  nested: async () => {
    const paying = { partKind: 'tool-call', toolName: 'teller', toolCallId: 'teller' } as const
    const answers = [{ parts: [{ ...paying, args: { prompt: 'Pay.' } }] }]
    const run = desk(answers, [calls('pay')]).iter('Go', {
      ...options,
      deferred: 'wait',
      clock: clock(),
    })
    await run.proceed()
    const snapshot = run.snapshot()
    await run.dispose()
    return snapshot
  },
  'outcome-unknown': async () => {
    const snapshot = await mixedRun()
    const modelSettings = { extraHeaders: { 'x-key': 'secret' } }
    const agent = mixedAgent(workshop(), [])
    return agent.resume(snapshot, { clock: clock(), modelSettings }).snapshot()
  },
}

export const states = Object.keys(writers)

export function fileOf(version: number, state: string): string {
  return join(folder, `v${version}-${state}.json`)
}

if (import.meta.main) {
  mkdirSync(folder, { recursive: true })
  for (const [state, write] of Object.entries(writers)) {
    const snapshot = await write()
    const file = fileOf(snapshot.version, state)
    if (existsSync(file)) console.log(`${file} is there and stays`)
    else writeFileSync(file, `${JSON.stringify(snapshot, null, 2)}\n`)
  }
}
