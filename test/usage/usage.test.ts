import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors/index.ts'
import {
  addUsage,
  cacheHitRatio,
  emptyRequestUsage,
  emptyRunUsage,
  RequestUsage,
  RunUsage,
  totalTokens,
} from '../../src/usage/index.ts'

describe('usage', () => {
  it('sums every counter, every detail and the costs', () => {
    const sum = addUsage(
      RunUsage({ requests: 1, toolCalls: 2, inputTokens: 3, details: { a: 1 }, cost: '0.10' }),
      RunUsage({
        requests: 10,
        toolCalls: 20,
        inputTokens: 30,
        details: { a: 2, b: 3 },
        cost: '0.2',
      }),
    )
    const expected = {
      requests: 11,
      toolCalls: 22,
      inputTokens: 33,
      details: { a: 3, b: 3 },
      cost: '0.30',
    }
    expect(sum).toEqual({ ...emptyRunUsage, ...expected })
  })

  it('of a request leaves requests and tool calls of the run alone', () => {
    const sum = addUsage(RunUsage({ requests: 2, toolCalls: 1 }), RequestUsage({ outputTokens: 5 }))
    expect(sum).toEqual({ ...emptyRunUsage, requests: 2, toolCalls: 1, outputTokens: 5 })
  })

  it('of requests adds up to usage of a request', () => {
    const sum = addUsage(
      RequestUsage({ inputTokens: 1 }),
      RunUsage({ inputTokens: 2, requests: 1 }),
    )
    expect(sum).toEqual({ ...emptyRequestUsage, inputTokens: 3 })
  })

  it('skips an unknown cost', () => {
    const known = RequestUsage({ cost: '0.5' })
    expect(addUsage(known, emptyRequestUsage).cost).toBe('0.5')
    expect(addUsage(emptyRequestUsage, known).cost).toBe('0.5')
    expect(addUsage(emptyRequestUsage, emptyRequestUsage).cost).toBeNull()
  })

  it('keeps numbers of the wire that it has no name for', () => {
    const sum = addUsage(RequestUsage({ extra: { x: 1 } }), RequestUsage({ extra: { x: 1, y: 2 } }))
    expect(sum.extra).toEqual({ x: 2, y: 2 })
    expect('extra' in addUsage(emptyRunUsage, emptyRunUsage)).toBe(false)
  })

  it('is frozen', () => {
    const sum = addUsage(RunUsage({ details: { a: 1 } }), RunUsage({ details: { b: 1 } }))
    expect(
      Object.isFrozen(sum) && Object.isFrozen(sum.details) && Object.isFrozen(emptyRunUsage),
    ).toBe(true)
  })

  it('touches no prototype when a detail is called `__proto__`', () => {
    const hostile = RequestUsage({ details: JSON.parse('{"__proto__": 1, "constructor": 2}') })
    const sum = addUsage(hostile, hostile)
    expect(Object.entries(sum.details)).toEqual([
      ['__proto__', 2],
      ['constructor', 4],
    ])
    expect(Object.getPrototypeOf(sum.details)).toBe(Object.prototype)
  })

  it('refuses counters that are no numbers and costs that are no decimals', () => {
    expect(() => RunUsage({ inputTokens: NaN })).toThrow(UserError)
    expect(() => RunUsage({ details: { a: Infinity } })).toThrow(/details\.a/)
    expect(() => RunUsage({ cost: 'cheap' })).toThrow(UserError)
  })

  it('takes a float as cost and keeps it as a decimal', () => {
    expect(RequestUsage({ cost: 0.25 }).cost).toBe('0.25')
  })

  it('tells the total and the share that came from a cache', () => {
    const usage = RequestUsage({ inputTokens: 80, cacheReadTokens: 20, outputTokens: 5 })
    expect(totalTokens(usage)).toBe(85)
    expect(cacheHitRatio(usage)).toBe(0.25)
    expect(cacheHitRatio(emptyRequestUsage)).toBeNull()
  })
})
