import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { initialTransition, matchesState } from 'xstate'
import { agentMachine, isAwaiting, isSettled, onlyWaits, outcomeOf } from '../../machines/index.ts'
import { eventOf, happenings } from './happenings.ts'
import { type AnyGraphEvent, input, saved } from './outcomes.ts'
import { isReady, isSaving, type Snapshot, stateOf, step } from './transitions.ts'

describe('whatever happens', () => {
  it.each([
    { kind: 'is not stored', isStored: false, claims: 'A1, A5, A6, A8, A9, A10 and A12' },
    { kind: 'is stored', isStored: true, claims: 'these and A11' },
  ])('in a run that $kind, $claims hold after every event', { timeout: 30_000 }, ({ isStored }) => {
    let ends = 0
    fc.assert(
      fc.property(fc.array(happenings, { minLength: 30, maxLength: 70 }), (events) => {
        let [before]: [Snapshot, unknown] = initialTransition(agentMachine, input({ isStored }))
        const faults: string[] = []
        for (const one of events) {
          const event = eventOf(one, before)
          const after = step(before, event)
          faults.push(...broken(before, event, after))
          before = after
          if (before.status !== 'active') break
        }
        expect(faults).toEqual([])
        if (before.status === 'done') ends += 1
      }),
      { numRuns: 300 },
    )
    expect(ends).toBeGreaterThan(30) // else little was tried
  })
})

/** The invariants that do not hold any more. */
function broken(before: Snapshot, event: AnyGraphEvent, after: Snapshot): string[] {
  const { context, value } = after
  const state = typeof value === 'string' ? value : Object.keys(value)[0]
  const { node, visit } = context
  const hasMoved = visit !== before.context.visit
  const drivesItself = context.drive === 'auto' && context.failure === null
  const isRepeated =
    before.context.failure?.isFinal === true &&
    event.type === 'next' &&
    event.node === undefined &&
    event.deadline === undefined &&
    event.limitsChanged !== true
  const claims = {
    A1: state === stateOf(node.kind) && node.runId === 'run' && node.visit === visit,
    A5: !(drivesItself && isReady(value)),
    A6: !isRepeated || after.context === before.context,
    A8: !hasMoved || visit === before.context.visit + 1,
    A9: !hasMoved || context.ledger.length === 0,
    A10: node.kind !== 'end' || context.pending.length === 0 || endsWithOpenCalls(before, event),
    'A11: a step is taken once it is saved':
      !hasMoved || !context.isStored || (isSaving(before.value) && event === saved),
    'A11: what is not saved is held, and nothing else is':
      (context.unsaved !== null) === (after.status === 'active' && isSaving(value)),
    'A11: what is held stays as it is':
      !isSaving(before.value) ||
      context.unsaved === null ||
      context.unsaved === before.context.unsaved,
    'A12: the first verdict counts': decidedAnew(before, event, after).length === 0,
    'A12: without a verdict, a call waits on': goneOnAlone(before, event, after).length === 0,
    'a run waits when there is nothing else to do':
      !matchesState('CallTools.active', value) ||
      matchesState('CallTools.active.cancelling', value) ||
      matchesState('CallTools.active.waiting', value) === onlyWaits(context),
    'nothing that waits is lost': lost(before, event, after).length === 0,
    'nothing waits twice': new Set(idsOf(after)).size === context.pending.length,
    'a deadline changes only with `next`':
      event.type === 'next' || context.deadline === before.context.deadline,
  }
  return Object.entries(claims).flatMap(([name, holds]) => (holds ? [] : [name]))
}

function idsOf({ context }: Snapshot): readonly string[] {
  return context.pending.map(({ enqueueId }) => enqueueId)
}

/** What waited before and neither waits, nor was delivered, nor is what the run is about to send. */
function lost(before: Snapshot, event: AnyGraphEvent, after: Snapshot): readonly string[] {
  const { node } = after.context
  const sent = node.kind === 'model-request' ? node.enqueued?.enqueueId : undefined
  const kept = [...idsOf(after), ...deliveredBy(before, event), sent]
  return idsOf(before).filter((id) => !kept.includes(id))
}

function deliveredBy(before: Snapshot, event: AnyGraphEvent): readonly string[] {
  const outcome = outcomeOf(event) ?? before.context.unsaved
  return outcome?.kind === 'advanced' ? (outcome.delivered ?? []) : []
}

function endsWithOpenCalls(before: Snapshot, event: AnyGraphEvent): boolean {
  const outcome = outcomeOf(event) ?? before.context.unsaved
  return outcome?.kind === 'advanced' && outcome.endsWithOpenCalls === true
}

/** Calls of which a verdict was replaced, although nobody has asked again. */
function decidedAnew(before: Snapshot, event: AnyGraphEvent, after: Snapshot) {
  if (event.type === 'tool-calls-moved') return []
  return before.context.ledger.filter(({ verdict, index }) => {
    const entry = after.context.ledger[index]
    return verdict !== undefined && entry !== undefined && entry.verdict !== verdict
  })
}

/** Calls that waited and do so no longer, although nobody has said anything; one may still be skipped. */
function goneOnAlone(before: Snapshot, event: AnyGraphEvent, after: Snapshot) {
  const isVerdict = event.type.startsWith('tool-call-') || event.type === 'deadline-passed'
  if (isVerdict) return []
  return before.context.ledger.filter((entry) => {
    const now = after.context.ledger[entry.index]
    return isAwaiting(entry) && now !== undefined && !isAwaiting(now) && !isSettled(now.state)
  })
}
