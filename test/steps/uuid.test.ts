import { describe, expect, it } from 'vitest'
import { uuidV7 } from '../../src/steps/uuid-v7.ts'

const layout = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Later than any other test has asked for, since ids never go back. */
const far = Date.parse('2100-01-01')

describe('uuidV7', () => {
  it('has the layout of RFC 9562: 48 bits of time, version 7, variant 10', () => {
    for (let i = 0; i < 1000; i += 1) expect(uuidV7(far)).toMatch(layout)
    expect(
      uuidV7(far + 5)
        .replaceAll('-', '')
        .slice(0, 12),
    ).toBe((far + 5).toString(16).padStart(12, '0'))
  })

  it('sorts in the order of making, also many of one millisecond and when the clock goes back', () => {
    const times = [...Array.from({ length: 20_000 }, () => far + 10), far + 11, far + 3, far + 12]
    const ids = times.map(uuidV7)
    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('differs in its random bits from one id to the next', () => {
    const tails = Array.from({ length: 100 }, () => uuidV7(far + 20).slice(-8))
    expect(new Set(tails).size).toBeGreaterThan(95)
  })
})
