import { VerdictMismatchError } from '../src/errors/index.ts'
import type { AgentContext, GraphEvent, VerdictEvent } from './agent-context.ts'
import { withDecision } from './decisions.ts'
import {
  isAwaiting,
  type LedgerEntry,
  nameInPath,
  type NestedRun,
  type NestedVerdict,
  type Verdict,
} from './ledger.ts'
import { moveToolCall } from './tool-call.machine.ts'

/** What somebody outside said about a call that waits, kept with it; whatever fits no such call changes nothing. */
export function takeVerdict(context: AgentContext, event: GraphEvent): Partial<AgentContext> {
  const given = verdictIn(event)
  if (given === undefined) return {}
  const ledger = withVerdict(context.ledger, given)
  if (ledger === context.ledger) return {}
  return { ledger, decisions: withDecision(context, ledger, given) }
}

/** Whether an event tells that the time of one call's wait is over. */
export function endsWait(event: GraphEvent): boolean {
  return event.type === 'deadline-passed' && event.scope === 'wait'
}

/** Whether nothing is left to do but to wait for somebody outside. */
export function onlyWaits({ ledger }: Pick<AgentContext, 'ledger'>): boolean {
  let hasWaits = false
  for (const entry of ledger) {
    if (waits(entry)) hasWaits = true
    else if (isUnderWay(entry)) return false
  }
  return hasWaits
}

/** A call that waits itself, or the run below which does nothing else and has not been told anything. */
function waits(entry: LedgerEntry): boolean {
  const { state, nested } = entry
  const isBelow = state === 'executing' || state === 'interrupted'
  return (
    isAwaiting(entry) || (isBelow && nested?.isWaiting === true && nested.verdicts.length === 0)
  )
}

/** A run below as it is now, with what was said about calls of it that it has not heard of yet. */
export function keepVerdicts(before: NestedRun | undefined, now: NestedRun): NestedRun {
  const verdicts = (before?.verdicts ?? []).filter((said) =>
    now.awaits.some((call) => isAboutCall(said, call)),
  )
  return { ...now, verdicts }
}

function isAboutCall(
  said: NestedVerdict,
  { toolCallId, index, path }: NestedRun['awaits'][number],
): boolean {
  return isSameCall({ ...said, index: said.index ?? index }, { ...said, toolCallId, index, path })
}

const underWay: ReadonlySet<LedgerEntry['state']> = new Set([
  'requested',
  'waiting',
  'executing',
  'interrupted',
])

function isUnderWay({ state }: LedgerEntry): boolean {
  return underWay.has(state)
}

function verdictIn(event: GraphEvent): NestedVerdict | undefined {
  if (event.type === 'deadline-passed') {
    const { scope, index, at } = event
    if (scope !== 'wait' || index === undefined) return undefined
    return { path: [], toolCallId: null, index, verdict: { kind: 'expired', ...present({ at }) } }
  }
  const isVerdict =
    event.type === 'tool-call-approved' ||
    event.type === 'tool-call-denied' ||
    event.type === 'tool-call-answered'
  if (!isVerdict) return undefined
  const { path = [], toolCallId, index } = event
  return { path, toolCallId, ...present({ index }), verdict: verdictOf(event) }
}

function verdictOf(event: VerdictEvent): Verdict {
  const { by, at } = event
  const facts = present({ by, at })
  switch (event.type) {
    case 'tool-call-approved':
      return { kind: 'approved', ...present({ overrideArgs: event.overrideArgs }), ...facts }
    case 'tool-call-denied':
      return { kind: 'denied', ...present({ message: event.message }), ...facts }
    case 'tool-call-answered':
      return { kind: 'answered', result: event.result, ...facts }
  }
}

/** The ledger with a verdict in its place; the same ledger when nothing waits for it. */
export function withVerdict(
  ledger: readonly LedgerEntry[],
  given: NestedVerdict,
): readonly LedgerEntry[] {
  const [first, ...rest] = given.path
  const isMeant = (entry: LedgerEntry): boolean =>
    first === undefined
      ? isDecidedBy(entry, given)
      : entry.nested !== undefined && nameInPath(ledger, entry.index) === first
  const meant = ledger.filter(isMeant)
  const [only, second] = meant
  if (only === undefined || second !== undefined) return ledger // an ambiguous id is nobody's
  const changed =
    first === undefined ? decided(only, given) : passedDown(only, { ...given, path: rest })
  return changed === only ? ledger : ledger.map((entry) => (entry === only ? changed : entry))
}

function isDecidedBy(entry: LedgerEntry, given: NestedVerdict): boolean {
  const { toolCallId, index, wait } = entry
  const isIndex = given.index === undefined || given.index === index
  const isCalled = isIndex && (given.toolCallId === null || given.toolCallId === toolCallId)
  return (
    isCalled &&
    isAwaiting(entry) &&
    (wait === undefined || !VerdictMismatchError.isOne(wait.awaits, given.verdict.kind))
  )
}

function decided(entry: LedgerEntry, { verdict }: NestedVerdict): LedgerEntry {
  return { ...entry, state: moveToolCall(entry.state, 'call-verdict-given'), verdict }
}

/** Kept until the run below has taken it; with what waits for nobody there nothing is kept. */
function passedDown(entry: LedgerEntry, given: NestedVerdict): LedgerEntry {
  const { nested } = entry
  if (nested === undefined) return entry
  const meant = nested.awaits.filter(
    (call) =>
      isAboutCall(given, call) && !VerdictMismatchError.isOne(call.awaits, given.verdict.kind),
  )
  const [only, second] = meant
  if (only === undefined || second !== undefined) return entry
  const verdict = { ...given, index: only.index }
  const isKnown = nested.verdicts.some((other) => isSameCall(other, verdict))
  if (isKnown) return entry
  return { ...entry, nested: { ...nested, verdicts: [...nested.verdicts, verdict] } }
}

/** Whether two verdicts are about one call. */
export function isSameCall(one: NestedVerdict, other: NestedVerdict): boolean {
  return (
    one.toolCallId === other.toolCallId &&
    one.index === other.index &&
    one.path.length === other.path.length &&
    one.path.every((id, i) => id === other.path[i])
  )
}

/** Without what is not there. */
function present<TFacts extends object>(
  facts: TFacts,
): { readonly [TKey in keyof TFacts]?: Exclude<TFacts[TKey], undefined> } {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as {
    [TKey in keyof TFacts]?: Exclude<TFacts[TKey], undefined>
  }
}
