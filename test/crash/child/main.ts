/**
 * A process that drives runs, one after another, and can be killed at any moment. It is told by its parent what to do, and
 * says when it is done; all else is in the store and in the file of effects.
 */
import { flushCompileCache } from 'node:module'
import { inspect } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'
import { type AgentRun, RunLockedError, RunNotFoundError } from '../../../src/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { sqliteBackend } from '../../../src/store/sqlite/index.ts'
import { isPostgres, type Job, prompt, type Report } from '../job.ts'
import { crashAgent } from './crash-agent.ts'
import { EffectLog } from './effects.ts'
import { markSqlite, MarkedStore } from './marked-store.ts'
import { Points } from './points.ts'

const points = new Points()
markSqlite(points)
const stores = new Map<string, Store>()

process.on('message', (job: Job) => {
  void work(job).then(tell, (error: unknown) => tell({ kind: 'failed', told: inspect(error) }))
})
process.on('disconnect', () => process.exit())
flushCompileCache()
tell({ kind: 'ready' })

function tell(report: Report): void {
  process.send?.(report)
}

async function work(job: Job): Promise<Report> {
  const effects = new EffectLog(job.effects)
  points.arm(job.death, effects)
  effects.write({ kind: 'up', pid: process.pid })
  try {
    const run = await runOf(job, effects)
    const output = await drive(run, job)
    points.pass('run has ended')
    await run.dispose()
    return { kind: 'ended', output, points: [...points.passed] }
  } finally {
    points.arm(null, effects)
    effects.close()
  }
}

/** The run from the store; a new one when it is not there yet. */
async function runOf({ plan, runId, owner, leaseMs, ...job }: Job, effects: EffectLog) {
  const store = await storeAt(job.store)
  const agent = crashAgent(plan, {
    effect: (effect) => effects.write(effect),
    pass: (point) => points.pass(point),
    pause,
  })
  const keep = { store, owner, leaseMs, pollMs: plan.pollMs }
  for (;;) {
    try {
      return await agent.load(runId, { store: keep, deferred: 'wait' })
    } catch (error) {
      if (error instanceof RunNotFoundError) {
        return agent.iter(prompt, { runId, store: keep, conversationId: runId })
      }
      if (!(error instanceof RunLockedError)) throw error
      await pause(5) // until the lease of the dead one has run out
    }
  }
}

async function storeAt(place: string): Promise<Store> {
  const known = stores.get(place)
  if (known !== undefined) return known
  const store = new MarkedStore(await backendAt(place), points)
  stores.set(place, store)
  return store
}

async function backendAt(place: string) {
  if (!isPostgres(place)) return sqliteBackend(place)
  const { postgresBackend } = await import('../../../src/store/postgres/index.ts')
  return postgresBackend(place)
}

async function drive(run: AgentRun, { plan }: Job): Promise<unknown> {
  if (run.nextNode.kind !== 'end' && plan.drive === 'auto') {
    if ((await run.proceed()) === 'waiting') points.pass('run waits')
    await run.finish()
  }
  while (run.nextNode.kind !== 'end') await run.next()
  return run.result?.output
}
