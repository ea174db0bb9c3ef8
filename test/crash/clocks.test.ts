import { describe, expect, it } from 'vitest'
import { Agent, LeaseLostError, RunCancelledError, RunLockedError } from '../../src/index.ts'
import { memoryBackend, Store } from '../../src/store/index.ts'
import { ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { calls, errorOf, gate, runTo } from '../run/scripts.ts'

const hour = 3_600_000

/** The time that a machine shows, when it does not show that of its timers. */
function wallClock() {
  const timers = new ManualClock()
  let offset = 0
  return {
    now: () => timers.now() + offset,
    setTimeout: timers.setTimeout,
    clearTimeout: timers.clearTimeout,
    advance: timers.advance.bind(timers),
    /** Without any time going by. */
    jump: (ms: number) => {
      offset += ms
    },
  }
}

/** A run that is in the middle of a tool, and another process that shares its store. */
async function atWork() {
  const clock = wallClock()
  const rows = memoryBackend()
  const mine = new Store(rows, { clock })
  const theirs = new Store(rows, { clock })
  const door = gate<string>()
  const signals: AbortSignal[] = []
  const charge = tool({
    name: 'charge',
    execute: (_, ctx) => {
      signals.push(ctx.signal)
      return door.pass()
    },
  })
  const agent = (answers: ConstructorParameters<typeof ScriptedModel>[0]) =>
    new Agent({ name: 'payer', model: new ScriptedModel(answers), tools: [charge] })
  const run = agent([calls('charge'), 'done']).iter('hi', {
    store: { store: mine, owner: 'mine' },
    clock,
    cancelGraceMs: 0,
  })
  await runTo(run, 'call-tools')
  const ending = run.finish()
  ending.catch(() => {})
  await door.entered
  const takeOver = () =>
    agent(['done by them']).load(run.runId, { store: { store: theirs, owner: 'theirs' }, clock })
  return { clock, run, door, ending, signals, theirs, takeOver }
}

describe('a clock that jumps', () => {
  it('does no harm to a run that nobody else wants', async () => {
    const { clock, run, door, ending, theirs } = await atWork()
    clock.jump(24 * hour)
    await clock.advance(30_000)
    door.open('charged')
    expect((await ending).output).toBe('done')
    expect((await theirs.record(run.runId)).status).toBe('done')
  })

  it('does no harm when it jumps back', async () => {
    const { clock, run, door, ending, theirs, takeOver } = await atWork()
    clock.jump(-1_000)
    await clock.advance(30_000)
    expect(await errorOf(takeOver())).toBeInstanceOf(RunLockedError)
    door.open('charged')
    expect((await ending).output).toBe('done')
    expect((await theirs.record(run.runId)).status).toBe('done')
  })

  it('keeps nobody off a run for long when it jumps far back', async () => {
    const { clock, takeOver } = await atWork()
    clock.jump(-24 * hour)
    expect((await takeOver()).nextNode.kind).toBe('call-tools')
  })

  it('stops the work of a run that somebody else has taken since', async () => {
    const { clock, run, door, ending, signals, theirs, takeOver } = await atWork()
    clock.jump(60_000)
    const taken = await takeOver()
    expect((await taken.finish()).output).toBe('done by them')
    const before = await theirs.export(run.runId)
    await clock.advance(30_000) // the next heartbeat learns of it
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    door.open('charged')
    expect(await errorOf(ending)).toBeInstanceOf(RunCancelledError)
    expect(await errorOf(run.next())).toBeInstanceOf(LeaseLostError)
    expect(await theirs.export(run.runId)).toEqual(before)
  })

  it('fences what a run writes that does not know yet', async () => {
    const { clock, run, door, ending, theirs, takeOver } = await atWork()
    clock.jump(60_000)
    await takeOver()
    const before = await theirs.export(run.runId)
    door.open('charged')
    expect(await errorOf(ending)).toBeInstanceOf(LeaseLostError)
    expect(await theirs.export(run.runId)).toEqual(before)
  })
})
