import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/models/clock.ts'
import { ManualClock } from '../../src/testing/index.ts'

describe('ManualClock', () => {
  it('stands still until it is turned', async () => {
    const clock: Clock & ManualClock = new ManualClock(1_000)
    expect(clock.now()).toBe(1_000)
    await clock.advance(250)
    expect(clock.now()).toBe(1_250)
  })

  it('K1: runs timers by time, those of one time in the order they were set', async () => {
    const { clock, log, note } = noting()
    clock.setTimeout(note('late'), 30)
    clock.setTimeout(note('first'), 10)
    clock.setTimeout(note('second'), 10)
    clock.setTimeout(note('beyond'), 31)
    await clock.advance(30)
    expect(log).toEqual(['first at 10', 'second at 10', 'late at 30'])
    expect(clock.pendingTimers).toBe(1)
  })

  it('K2: a timer sees its own time', async () => {
    const { clock, log, note } = noting()
    clock.setTimeout(note('a'), 10)
    await clock.advance(1_000)
    expect(log).toEqual(['a at 10'])
    expect(clock.now()).toBe(1_000)
  })

  it('K3: what waits for promises goes on between timers, and may set more', async () => {
    const { clock, log, note } = noting()
    const sleep = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
    const work = async () => {
      for (const name of ['a', 'b', 'c']) {
        await sleep(10)
        await Promise.resolve()
        note(name)()
      }
    }
    clock.setTimeout(note('x'), 25)
    const done = work()
    await clock.advance(30)
    await done
    expect(log).toEqual(['a at 10', 'b at 20', 'x at 25', 'c at 30'])
  })

  it('lets waiting work go on when it is not turned at all', async () => {
    const { clock, log, note } = noting()
    void Promise.resolve().then(note('a'))
    clock.setTimeout(note('due'), 0)
    clock.setTimeout(note('negative'), -5)
    await clock.advance(0)
    expect(log).toEqual(['a at 0', 'due at 0', 'negative at 0'])
  })

  it('forgets cleared timers, and what it never gave out', async () => {
    const { clock, log, note } = noting()
    const id = clock.setTimeout(note('a'), 10)
    clock.clearTimeout(id)
    clock.clearTimeout(id)
    clock.clearTimeout(undefined)
    await clock.advance(10)
    expect(log).toEqual([])
  })

  it('passes on what a timer throws, and can go on', async () => {
    const { clock, log, note } = noting()
    clock.setTimeout(() => {
      throw new Error('boom')
    }, 10)
    clock.setTimeout(note('a'), 20)
    await expect(clock.advance(30)).rejects.toThrow('boom')
    expect(clock.now()).toBe(10)
    await clock.advance(10)
    expect(log).toEqual(['a at 20'])
  })

  it('works with its functions taken off', async () => {
    const clock = new ManualClock()
    const { now, setTimeout } = clock
    const ran = new Promise<number>((resolve) => setTimeout(() => resolve(now()), 5))
    await clock.advance(5)
    expect(await ran).toBe(5)
  })
})

/** A clock, and a log of what its timers did when. */
function noting() {
  const clock = new ManualClock()
  const log: string[] = []
  const note = (name: string) => () => {
    log.push(`${name} at ${clock.now()}`)
  }
  return { clock, log, note }
}
