import { describe, expect, it } from 'vitest'
import { initialTransition } from 'xstate'
import {
  agentMachine,
  type CallAddress,
  isSameCall,
  type NestedRun,
  onlyWaits,
  type Verdict,
  type VerdictEvent,
  withVerdict,
} from '../../machines/index.ts'
import { emptyRunUsage } from '../../src/usage/index.ts'
import {
  type AnyGraphEvent,
  asked,
  call,
  done,
  end,
  failed,
  input,
  moved,
  request,
  response,
  started,
  to,
} from './outcomes.ts'
import { type Snapshot, step } from './transitions.ts'

const at = '2026-01-01T00:00:00.000Z'

/** At work on a response. */
function acting(...events: readonly AnyGraphEvent[]): Snapshot {
  const [start] = initialTransition(agentMachine, input())
  return step(
    start,
    { type: 'next' },
    done('prepare-prompt', to(request)),
    { type: 'next' },
    done('request-model', to(response)),
    { type: 'next' },
    ...events,
  )
}

function approve(toolCallId: string, more: Partial<CallAddress> = {}): VerdictEvent {
  return { type: 'tool-call-approved', toolCallId, ...more }
}

function deny(toolCallId: string, more: Partial<CallAddress> = {}): VerdictEvent {
  return { type: 'tool-call-denied', toolCallId, ...more }
}

function expire(index: number): AnyGraphEvent {
  return { type: 'deadline-passed', scope: 'wait', index, at }
}

const runBelow: NestedRun = {
  snapshot: {},
  awaits: [awaitedAt([], 'pay', 0), awaitedAt([], 'ship', 1), awaitedAt(['y'], 'pay', 2)],
  isWaiting: true,
  verdicts: [],
}

/** Calls with a run below each that waits, as the work of the step tells of it. */
function withRunsBelow(ids: readonly string[]): AnyGraphEvent {
  return {
    type: 'tool-calls-moved',
    opened: ids.map((id) => call('delegate', id)),
    moves: ids.flatMap((_, index) => [
      { index, type: 'call-validated' as const },
      { index, type: 'call-started' as const },
    ]),
    nested: ids.map((_, index) => ({ index, run: runBelow })),
    usage: emptyRunUsage,
  }
}

/** The run below one call as it is now; `null` when there is none any more. */
function reportOf(index: number, run: NestedRun | null): AnyGraphEvent {
  return {
    type: 'tool-calls-moved',
    moves: [],
    nested: [{ index, run }],
    usage: emptyRunUsage,
  }
}

/** A call that a run below asks about. */
function awaitedAt(path: readonly string[], toolCallId: string, index: number) {
  const more = { args: null, metadata: null, deadline: null, agentName: null }
  return { path, toolCallId, index, toolName: 'pay', awaits: 'approval' as const, ...more }
}

const states = ({ context }: Snapshot) => context.ledger.map(({ state }) => state)
const verdicts = ({ context }: Snapshot) => context.ledger.map(({ verdict }) => verdict?.kind)
const below = ({ context }: Snapshot) => context.ledger.map(({ nested }) => nested?.verdicts)
const ask = asked('approval', ['a', 'b'])

describe('a run that has nothing to do but to wait', () => {
  it('waits, and is at work again with a verdict', () => {
    const waiting = acting(ask)
    expect(waiting.value).toEqual({ CallTools: { active: 'waiting' } })
    expect(step(waiting, approve('a')).value).toEqual({ CallTools: { active: 'executing' } })
    const run = moved({ index: 0, type: 'call-started' }, { index: 0, type: 'call-returned' })
    expect(step(waiting, approve('a'), run).value).toEqual({ CallTools: { active: 'waiting' } })
  })

  it('is at work as long as one call is', () => {
    const waits = { index: 0, type: 'call-approval-asked', wait: { awaits: 'approval' } } as const
    const busy = acting(started('a', 'b'), moved(waits))
    expect(busy.value).toEqual({ CallTools: { active: 'executing' } })
    const other = moved({ index: 1, type: 'call-returned' })
    expect(step(busy, other).value).toEqual({ CallTools: { active: 'waiting' } })
  })

  it('waits when all that runs below it does', () => {
    const waiting = acting(withRunsBelow(['x']))
    expect(waiting.value).toEqual({ CallTools: { active: 'waiting' } })
    const busy = step(waiting, reportOf(0, { ...runBelow, isWaiting: false }))
    expect(busy.value).toEqual({ CallTools: { active: 'executing' } })
    expect(step(busy, reportOf(0, runBelow)).value).toEqual(waiting.value)
    expect(onlyWaits({ ledger: [] })).toBe(false)
  })

  it.each([
    { why: 'a cancel', event: { type: 'cancel' } },
    { why: 'its deadline', event: { type: 'deadline-passed', scope: 'run' } },
  ] as const)('is stopped by $why', ({ event }) => {
    const stopping = step(acting(ask), event)
    expect(stopping.value).toEqual({ CallTools: { active: 'cancelling' } })
    const resting = step(stopping, done('call-tools', failed(new Error('stopped'))))
    expect(resting.value).toEqual({ CallTools: 'ready' })
    expect(states(resting)).toEqual(['awaitingApproval', 'awaitingApproval'])
    expect(step(resting, { type: 'next' }).value).toEqual({ CallTools: { active: 'waiting' } })
  })

  it('goes on by itself when it is there again and drives itself', () => {
    const resting = step(acting(ask), done('call-tools', failed(new Error('stopped'))))
    const context = { ...resting.context, drive: 'auto', failure: null } as const
    const restored = agentMachine.resolveState({ value: { CallTools: 'ready' }, context })
    expect(step(restored, { type: 'run-resumed' }).value).toEqual({
      CallTools: { active: 'waiting' },
    })
  })
})

describe('A12: a verdict about a call that waits is kept with it', () => {
  const rows: readonly { readonly event: VerdictEvent; readonly verdict: Verdict }[] = [
    { event: approve('a'), verdict: { kind: 'approved' } },
    {
      event: {
        type: 'tool-call-approved',
        toolCallId: 'a',
        overrideArgs: { n: 1 },
        by: 'ada',
        at,
      },
      verdict: { kind: 'approved', overrideArgs: { n: 1 }, by: 'ada', at },
    },
    { event: deny('a', { by: 'ada' }), verdict: { kind: 'denied', by: 'ada' } },
    {
      event: { type: 'tool-call-denied', toolCallId: 'a', message: 'No.', at },
      verdict: { kind: 'denied', message: 'No.', at },
    },
    {
      event: { type: 'tool-call-answered', toolCallId: 'a', result: undefined },
      verdict: { kind: 'answered', result: undefined },
    },
    {
      event: { type: 'tool-call-answered', toolCallId: 'a', result: { n: 1 }, by: 'ada', at },
      verdict: { kind: 'answered', result: { n: 1 }, by: 'ada', at },
    },
  ]

  it.each(rows)('A12: with who and when: $verdict', ({ event, verdict }) => {
    const awaits = verdict.kind === 'answered' ? 'answer' : 'approval'
    const before = acting(asked(awaits, ['a', 'b']))
    const after = step(before, event)
    expect(states(after)).toEqual(['waiting', states(before)[1]])
    expect(after.context.ledger[0]?.verdict).toStrictEqual(verdict)
    expect(after.context.ledger[0]?.wait).toEqual({ awaits })
  })

  it('A12: but not one that is about something else: an approval is no answer, nor the other way round', () => {
    const answer = { type: 'tool-call-answered', toolCallId: 'a', result: 1 } as const
    const [approval, question] = [acting(ask), acting(asked('answer', ['a', 'b']))]
    expect(step(approval, answer).context.ledger).toBe(approval.context.ledger)
    expect(step(question, approve('a')).context.ledger).toBe(question.context.ledger)
    expect(verdicts(step(question, deny('a')))).toEqual(['denied', undefined])
    const waiting = acting(withRunsBelow(['x']))
    const nested = { ...answer, toolCallId: 'pay', path: ['x'] }
    expect(step(waiting, nested).context.ledger).toBe(waiting.context.ledger)
  })

  const places = [
    { place: 'at work', events: [], value: { active: 'executing' } },
    {
      place: 'in a run that is being cancelled',
      events: [{ type: 'cancel' as const }],
      value: { active: 'cancelling' },
    },
    {
      place: 'at rest',
      events: [done('call-tools', failed(new Error('no')))],
      value: 'ready',
    },
    {
      place: 'at rest for good',
      events: [done('call-tools', failed(new Error('no'), { isFinal: true }))],
      value: 'ready',
    },
  ]

  it.each(places)('A12: $place, without changing anything else', ({ events, value }) => {
    const before = step(acting(ask, ...events))
    const after = step(before, approve('b'), expire(0))
    expect(verdicts(after)).toEqual(['expired', 'approved'])
    expect(after.context.decisions).toMatchObject([{ toolCallId: 'b', kind: 'approved' }])
    const rest = { ledger: [], decisions: [] }
    expect({ ...after.context, ...rest }).toEqual({ ...before.context, ...rest })
    expect(after.value).toEqual({ CallTools: value })
  })

  it('A12: while a step is saved', () => {
    const context = { ...acting(ask).context, isStored: true }
    const stored = agentMachine.resolveState({
      value: { CallTools: { active: 'waiting' } },
      context,
    })
    const saving = step(stored, done('call-tools', failed(new Error('no'))))
    const after = step(saving, approve('a'), expire(1))
    expect(after.value).toEqual({ CallTools: { saving: 'writing' } })
    expect(verdicts(after)).toEqual(['approved', 'expired'])
  })

  it('A12: outside of `CallTools` there is nothing to decide', () => {
    const [start] = initialTransition(agentMachine, input())
    for (const event of [approve('a'), deny('a'), expire(0)]) {
      expect(step(start, event).context).toEqual(start.context)
    }
  })
})

describe('A12: the first verdict counts', () => {
  const answer = { type: 'tool-call-answered', toolCallId: 'a', result: 1 } as const
  const pairs = [
    { ask, all: [approve('a'), deny('a'), expire(0)] },
    { ask: asked('answer', ['a', 'b']), all: [answer, deny('a'), expire(0)] },
  ].flatMap(({ ask: before, all }, k) =>
    all.flatMap((first, i) => all.map((second, j) => ({ k, i, j, before, first, second }))),
  )

  it.each(pairs)('A12: whatever comes second: $k, $i, $j', ({ before, first, second }) => {
    const once = step(acting(before), first)
    expect(step(once, second).context.ledger).toBe(once.context.ledger)
  })

  it('A12: one that is late changes nothing', () => {
    const run = moved({ index: 0, type: 'call-started' }, { index: 0, type: 'call-returned' })
    for (const events of [
      [started('a')],
      [ask, approve('a'), moved({ index: 0, type: 'call-started' })],
      [ask, approve('a'), run],
      [ask, moved({ index: 0, type: 'call-skipped' })],
      [ask, done('call-tools', to(request))],
      [ask, done('call-tools', to(end))],
    ]) {
      const before = acting(...events)
      const after = step(before, deny('a'), expire(0))
      expect(after.context.ledger).toBe(before.context.ledger)
    }
  })

  it('A12: a call that asks once more gets a verdict of its own', () => {
    const again = moved(
      { index: 0, type: 'call-started' },
      { index: 0, type: 'call-answer-asked', wait: { awaits: 'answer' } },
    )
    const asking = step(acting(ask), approve('a'), again)
    expect(states(asking)).toEqual(['awaitingAnswer', 'awaitingApproval'])
    expect(asking.context.ledger[0]).not.toHaveProperty('verdict')
    expect(verdicts(step(asking, expire(0)))).toEqual(['expired', undefined])
  })

  it('A12: it is still there when the call is cut off', () => {
    const cut = step(
      acting(ask),
      approve('a'),
      moved({ index: 0, type: 'call-started' }),
      done('call-tools', failed(new Error('no'))),
    )
    expect(states(cut)).toEqual(['interrupted', 'awaitingApproval'])
    expect(verdicts(step(cut, deny('a')))).toEqual(['approved', undefined])
  })
})

describe('A12: a verdict is for the call that it names', () => {
  const same = asked('approval', ['same', 'same', 'b'])

  it('A12: one for an id of two calls is for neither', () => {
    const before = acting(same)
    expect(step(before, approve('same')).context.ledger).toBe(before.context.ledger)
  })

  it('A12: an index tells them apart', () => {
    const after = step(acting(same), approve('same', { index: 1 }))
    expect(verdicts(after)).toEqual([undefined, 'approved', undefined])
    const then = step(after, deny('same')) // only one of them waits still
    expect(verdicts(then)).toEqual(['denied', 'approved', undefined])
  })

  it.each([
    { what: 'an id that no call has', event: approve('c') },
    { what: 'an index that does not fit the id', event: approve('b', { index: 0 }) },
    { what: 'an index that no call has', event: approve('b', { index: 3 }) },
    { what: 'a path to a call without a run below', event: approve('b', { path: ['b'] }) },
    { what: 'time that is up for no call', event: expire(3) },
    {
      what: 'time that is up without a word for whom',
      event: { type: 'deadline-passed', scope: 'wait' },
    },
  ] as const)('A12: $what changes nothing', ({ event }) => {
    const before = acting(same)
    const after = step(before, event)
    expect(after.context).toEqual(before.context)
    expect(after.value).toEqual(before.value)
  })

  it('A12: time that is up is for the call at that place', () => {
    const after = step(acting(same), expire(1))
    expect(after.context.ledger[1]).toMatchObject({
      state: 'waiting',
      verdict: { kind: 'expired', at },
    })
    expect(verdicts(after)).toEqual([undefined, 'expired', undefined])
  })
})

describe('A12: a verdict for a run below', () => {
  it('A12: is kept with the call above it until that run has taken it', () => {
    const event = approve('pay', { path: ['x', 'y'], index: 2, by: 'ada', at })
    const after = step(acting(withRunsBelow(['w', 'x'])), event)
    const verdict = { kind: 'approved', by: 'ada', at }
    expect(below(after)).toEqual([[], [{ path: ['y'], toolCallId: 'pay', index: 2, verdict }]])
    expect(states(after)).toEqual(['executing', 'executing'])
    const asksStill = step(after, reportOf(1, runBelow))
    expect(below(asksStill)).toEqual(below(after))
    expect(below(step(asksStill, reportOf(1, { ...runBelow, awaits: [] })))).toEqual([[], []])
    expect(below(step(asksStill, reportOf(1, null)))).toEqual([[], undefined])
  })

  it('A12: puts the run above it to work', () => {
    const waiting = acting(withRunsBelow(['x']))
    expect(waiting.value).toEqual({ CallTools: { active: 'waiting' } })
    const told = step(waiting, approve('pay', { path: ['x'] }))
    expect(told.value).toEqual({ CallTools: { active: 'executing' } })
  })

  it('A12: counts once, the first of them', () => {
    const once = step(acting(withRunsBelow(['x'])), approve('pay', { path: ['x'] }))
    expect(step(once, deny('pay', { path: ['x'] })).context.ledger).toEqual(once.context.ledger)
    const other = step(once, deny('ship', { path: ['x'] }))
    expect(below(other)).toMatchObject([
      [
        { toolCallId: 'pay', verdict: { kind: 'approved' } },
        { toolCallId: 'ship', verdict: { kind: 'denied' } },
      ],
    ])
  })

  it('A12: is for one of two runs below calls of one id when the path has the place, and else for none', () => {
    const before = acting(withRunsBelow(['x', 'x']))
    const after = step(before, approve('pay', { path: ['x'] }))
    expect(after.context.ledger).toBe(before.context.ledger)
    expect(below(step(before, approve('pay', { path: ['x#1'] })))).toMatchObject([
      [],
      [{ toolCallId: 'pay', path: [] }],
    ])
  })

  it('A12: is for nobody when no call of the run below waits for it', () => {
    const before = acting(withRunsBelow(['x']))
    const after = step(before, approve('later', { path: ['x'] }))
    expect(after.context.ledger).toBe(before.context.ledger)
  })

  it('A12: is too late for one that is over, and does not keep another from its own', () => {
    const before = acting(withRunsBelow(['x', 'x']), moved({ index: 0, type: 'call-returned' }))
    const after = step(before, approve('pay', { path: ['x#1'] }))
    expect(below(after)).toMatchObject([undefined, [{ toolCallId: 'pay' }]])
    const over = step(before, moved({ index: 1, type: 'call-returned' }))
    expect(step(over, approve('pay', { path: ['x#1'] })).context.ledger).toBe(over.context.ledger)
  })

  it('A12: is kept at rest, too', () => {
    const resting = step(acting(withRunsBelow(['x'])), done('call-tools', failed(new Error('no'))))
    const after = step(resting, approve('pay', { path: ['x'] }))
    expect(states(after)).toEqual(['interrupted'])
    expect(below(after)).toMatchObject([[{ toolCallId: 'pay' }]])
  })

  it('A12: a call of the run itself is not meant by a path', () => {
    const before = acting(asked('approval', ['pay']))
    expect(step(before, approve('pay', { path: ['pay'] })).context.ledger).toBe(
      before.context.ledger,
    )
  })

  const verdict = { kind: 'expired' } as const
  const one = { path: ['x'], toolCallId: 'a', verdict }

  it.each([
    { other: { ...one, verdict: { kind: 'approved' as const } }, isSame: true },
    { other: { ...one, path: ['y'] }, isSame: false },
    { other: { ...one, path: [] }, isSame: false },
    { other: { ...one, path: ['x', 'x'] }, isSame: false },
    { other: { ...one, index: 0 }, isSame: false },
    { other: { ...one, toolCallId: null }, isSame: false },
  ])('two verdicts are about one call if all of the address is one: $other', (row) => {
    expect(isSameCall(one, row.other)).toBe(row.isSame)
    expect(isSameCall(row.other, one)).toBe(row.isSame)
  })

  it('the ledger is the very same when nothing waits for a verdict', () => {
    const { ledger } = acting(started('a')).context
    expect(withVerdict(ledger, { path: [], toolCallId: 'a', verdict })).toBe(ledger)
  })
})
