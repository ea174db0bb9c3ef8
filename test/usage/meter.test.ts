import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UsageLimitExceeded, UserError } from '../../src/errors/index.ts'
import {
  emptyRunUsage,
  type RequestReservation,
  RequestUsage,
  UsageMeter,
} from '../../src/usage/index.ts'

const ten = RequestUsage({ inputTokens: 10, cost: '0.1' })

describe('a meter', () => {
  it('counts a request when it is settled, and not before', () => {
    const meter = new UsageMeter()
    const request = meter.reserveRequest()
    expect(meter.usage).toEqual(emptyRunUsage)
    request.settle(ten)
    expect(meter.usage).toEqual({ ...emptyRunUsage, requests: 1, inputTokens: 10, cost: '0.1' })
  })

  it('M4: a reservation ends once', () => {
    const meter = new UsageMeter({ limits: { requestLimit: 2 } })
    const request = meter.reserveRequest()
    request.settle(ten)
    request.settle(ten)
    request.release()
    expect(meter.usage.requests).toBe(1)
    const failed = meter.reserveRequest()
    failed.release()
    failed.release()
    failed.settle(ten)
    expect(meter.usage.requests).toBe(1)
    meter.reserveRequest()
    expect(() => meter.reserveRequest()).toThrow(UsageLimitExceeded)
  })

  it('a request that failed does not count', () => {
    const meter = new UsageMeter({ limits: { requestLimit: 1 } })
    meter.reserveRequest().release()
    meter.reserveRequest().settle(ten)
    expect(() => meter.reserveRequest()).toThrow(
      'The next request would exceed the request_limit of 1',
    )
  })

  it('goes on after a limit was raised, other limits unchanged', () => {
    const meter = new UsageMeter({
      usage: { requests: 1 },
      limits: { requestLimit: 1, toolCallsLimit: 3 },
    })
    expect(() => meter.reserveRequest()).toThrow(UsageLimitExceeded)
    meter.raise({ requestLimit: 2 })
    meter.reserveRequest().settle(ten)
    expect(meter.limits.toolCallsLimit).toBe(3)
  })

  it('checks tokens and cost after a response at every level', () => {
    const parent = new UsageMeter({ limits: { inputTokensLimit: 15 } })
    const child = new UsageMeter({ parent })
    const other = new UsageMeter({ parent })
    for (const meter of [child, other]) meter.reserveRequest().settle(ten)
    expect(child.usage.inputTokens).toBe(10)
    expect(() => child.checkAfter(ten)).toThrow(
      'Exceeded the input_tokens_limit of 15 (input_tokens=20)',
    )
  })

  it('refuses usage and limits that make no sense', () => {
    expect(() => new UsageMeter({ limits: { requestLimit: -1 } })).toThrow(UserError)
    expect(() => new UsageMeter({ usage: { requests: NaN } })).toThrow(UserError)
  })
})

describe('tool calls', () => {
  it('count one by one when they return, and the rest is given back', () => {
    const meter = new UsageMeter({ limits: { toolCallsLimit: 3 } })
    const calls = meter.reserveToolCalls(3)
    calls.done()
    expect(() => meter.reserveToolCalls(1)).toThrow(
      'The next tool call(s) would exceed the tool_calls_limit of 3 (tool_calls=4)',
    )
    calls.release()
    calls.done()
    expect(meter.usage.toolCalls).toBe(1)
    meter.reserveToolCalls(2).done(5)
    expect(meter.usage.toolCalls).toBe(3)
    expect(() => meter.reserveToolCalls(1)).toThrow(UsageLimitExceeded)
  })

  it('are reserved all or none', () => {
    const meter = new UsageMeter({ limits: { toolCallsLimit: 2 } })
    expect(() => meter.reserveToolCalls(3)).toThrow(UsageLimitExceeded)
    expect(() => meter.reserveToolCalls(2)).not.toThrow()
  })

  it('of no call at all are always allowed', () => {
    const meter = new UsageMeter({ usage: { toolCalls: 9 }, limits: { toolCallsLimit: 2 } })
    meter.reserveToolCalls(0).release()
    expect(meter.usage.toolCalls).toBe(9)
  })
})

describe('children of a meter', () => {
  it('lesson-22, lesson-26: what a child uses is in the parent exactly once, at every level', () => {
    const top = new UsageMeter({ usage: { requests: 1 } })
    const middle = new UsageMeter({ parent: top })
    const leaf = new UsageMeter({ parent: middle })
    leaf.reserveRequest().settle(ten)
    leaf.reserveToolCalls(1).done()
    middle.reserveRequest().settle(ten)
    expect(
      [leaf, middle, top].map(({ usage }) => [usage.requests, usage.toolCalls, usage.inputTokens]),
    ).toEqual([
      [1, 1, 10],
      [2, 1, 20],
      [3, 1, 20],
    ])
    expect(top.usage.cost).toBe('0.2')
  })

  it('usage a child starts from is not counted at the parent again', () => {
    const parent = new UsageMeter({ usage: { requests: 4 } })
    const resumed = new UsageMeter({ parent, usage: { requests: 3 } })
    resumed.reserveRequest().settle(ten)
    expect([resumed.usage.requests, parent.usage.requests]).toEqual([4, 5])
  })

  it('that run in parallel cannot overshoot the request limit of the parent', async () => {
    const parent = new UsageMeter({ limits: { requestLimit: 3 } })
    const request = async (): Promise<void> => {
      const reservation = new UsageMeter({ parent }).reserveRequest()
      await Promise.resolve()
      reservation.settle(ten)
    }
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, request))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    expect(parent.usage.requests).toBe(3)
  })

  it('that run in parallel cannot overshoot the tool limit of the parent', () => {
    const parent = new UsageMeter({ limits: { toolCallsLimit: 3 } })
    const [first, second] = [new UsageMeter({ parent }), new UsageMeter({ parent })]
    const calls = first.reserveToolCalls(2)
    expect(() => second.reserveToolCalls(2)).toThrow('(tool_calls=4)')
    calls.release()
    expect(() => second.reserveToolCalls(2)).not.toThrow()
  })

  it('M2: a refusal above leaves no reservation below', () => {
    const parent = new UsageMeter({ limits: { requestLimit: 0 } })
    const child = new UsageMeter({ parent, limits: { requestLimit: 1 } })
    expect(() => child.reserveRequest()).toThrow(UsageLimitExceeded)
    parent.raise({ requestLimit: 1 })
    expect(() => child.reserveRequest()).not.toThrow()
  })

  it('M1, M3: hold for any order of reservations, settlements and releases', () => {
    const act = fc.record({
      child: fc.nat(2),
      kind: fc.constantFrom('reserve', 'settle', 'release'),
    })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), fc.nat(6), (acts, requestLimit) => {
        const parent = new UsageMeter({ limits: { requestLimit } })
        const children = Array.from({ length: 3 }, () => new UsageMeter({ parent }))
        const open: RequestReservation[] = []
        const answers: [isRefused: boolean, isFull: boolean][] = []
        for (const { child, kind } of acts) {
          const isFull = parent.usage.requests + open.length >= requestLimit
          if (kind === 'settle') open.shift()?.settle(ten)
          else if (kind === 'release') open.shift()?.release()
          else {
            const granted = ask(children[child])
            if (granted !== undefined) open.push(granted)
            answers.push([granted === undefined, isFull])
          }
        }
        for (const [isRefused, isFull] of answers) expect(isRefused).toBe(isFull)
        const counted = children.reduce((sum, { usage }) => sum + usage.requests, 0)
        expect(parent.usage.requests).toBe(counted)
        expect(counted).toBeLessThanOrEqual(requestLimit)
      }),
    )
  })
})

/** The reservation, or nothing when a limit forbids it. */
function ask(meter: UsageMeter | undefined): RequestReservation | undefined {
  try {
    return meter?.reserveRequest()
  } catch (error) {
    if (error instanceof UsageLimitExceeded) return undefined
    throw error
  }
}
