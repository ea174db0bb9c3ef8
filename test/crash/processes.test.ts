import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RunLockedError } from '../../src/index.ts'
import { errorOf } from '../run/scripts.ts'
import { crashAgent } from './child/crash-agent.ts'
import { type Effect, readEffects } from './child/effects.ts'
import type { Child } from './children.ts'
import type { RunPlan } from './plan.ts'
import { openStage } from './stage.ts'

let stage: ReturnType<typeof openStage>
beforeAll(() => {
  stage = openStage()
})
afterAll(() => stage.close())

/** A call that takes so long that it can be interfered with. */
const plan: RunPlan = {
  seed: 1,
  rounds: [[{ toolCallId: 'slow', toolName: 'charge', args: { value: 1, ms: 300 } }]],
  output: 'text',
  answersTwice: false,
  drive: 'auto',
  pollMs: 3,
  messages: [],
}

const agent = crashAgent(plan, {
  effect: () => {},
  pass: () => {},
  pause: () => Promise.resolve(),
})

/** A process that is in the middle of the call. */
async function atWork(runId: string, leaseMs: number) {
  const effects = join(stage.folder, `${runId}.effects`)
  const child = await stage.children.take()
  const { place: store } = stage
  const job = { runId, plan, store, effects, owner: 'child', leaseMs, death: null }
  const working = child.drive(job)
  await happened(effects, ({ kind }) => kind === 'started')
  return { child, working, effects }
}

async function happened(path: string, isIt: (effect: Effect) => boolean): Promise<void> {
  while (!readEffects(path).some(isIt)) await pause(2)
}

/** Takes the run as soon as its lease has run out. */
async function takeOver(runId: string) {
  for (;;) {
    try {
      return await agent.load(runId, { store: { store: stage.store, owner: 'parent' } })
    } catch (error) {
      if (!(error instanceof RunLockedError)) throw error
      await pause(5)
    }
  }
}

async function end(child: Child, working: Promise<unknown>): Promise<unknown> {
  const outcome = await working
  stage.children.give(child)
  return outcome
}

describe('two processes', () => {
  it('do not drive one run', async () => {
    const { child, working } = await atWork('shared', 30_000)
    const error = await errorOf(agent.load('shared', { store: stage.store }))
    expect(error).toBeInstanceOf(RunLockedError)
    expect(error).toMatchObject({ runId: 'shared', owner: 'child' })
    expect(await end(child, working)).toMatchObject({ kind: 'ended', output: 'That is all.' })
  })

  it('do not write both when one was asleep while its lease ran out', async () => {
    const { child, working, effects } = await atWork('asleep', 60)
    child.signal('SIGSTOP')
    const run = await takeOver('asleep')
    await run.finish()
    const before = await stage.store.export('asleep')
    const seen = readEffects(effects)
    child.signal('SIGCONT')
    expect(await end(child, working)).toMatchObject({
      kind: 'failed',
      told: expect.stringContaining('no longer holds the lease'),
    })
    expect(await stage.store.export('asleep')).toEqual(before)
    const since = readEffects(effects).slice(seen.length)
    expect(since.filter(({ kind }) => kind !== 'finished')).toEqual([])
  })
})
