/**
 * What must be true of a run whose processes were killed, whenever that was.
 *
 *   O1. Its history and output are those of the undisturbed run, but for calls whose outcome nobody knows; each step
 *       was saved once.
 *   O2. Only calls that may not run twice, and were running when a process died, have no known outcome.
 *   O3. Such a call starts at most once. Others may start once more after a crash, with the next attempt.
 *   O4. What was saved is not done again: no response is asked for twice, no settled call runs twice.
 *   O5. Usage counts what is in the history, once.
 *   O6. What was accepted from outside is in effect, once.
 *   O7. In the end the run is done, and nobody holds it.
 */
import { messagesFromWire, type ModelMessage } from '../../src/index.ts'
import type { HistoryEntry, StoredRun } from '../../src/store/index.ts'
import type { Effect } from './child/effects.ts'
import { sentBadly } from './child/sent-badly.ts'
import { outcomeUnknown, outline } from './outline.ts'
import { allCalls, callsBelow, isDelegated, mayRerun, type RunPlan } from './plan.ts'
import type { Reference } from './reference.ts'
import { fieldOf, type Witness } from './witness.ts'

type Part = ModelMessage['parts'][number]

/** Everything that is known of a run in the end. */
export interface Evidence {
  readonly plan: RunPlan
  readonly reference: Reference
  readonly stored: StoredRun
  readonly history: readonly HistoryEntry[]
  readonly effects: readonly Effect[]
  readonly witnesses: readonly Witness[]
  /** How often something was accepted, by the id of the call or message. */
  readonly accepted: ReadonlyMap<string, number>
  readonly output: unknown
}

/** What is wrong; empty when nothing is. */
export function violationsIn(evidence: Evidence): readonly string[] {
  const messages = messagesFromWire(evidence.stored.messages)
  return [
    ...fromInside(evidence),
    ...sentBadly(messages),
    ...wrongHistory(evidence, messages),
    ...wrongStates(evidence, messages),
    ...wrongStarts(evidence),
    ...doneAgain(evidence),
    ...wrongUsage(evidence, messages),
    ...wrongDeliveries(evidence, messages),
    ...wrongEnd(evidence),
  ]
}

function fromInside({ effects }: Evidence): readonly string[] {
  return effects.flatMap((effect) => (effect.kind === 'violation' ? effect.told : []))
}

/** O1, O2. */
function wrongHistory(
  { plan, reference, witnesses, output }: Evidence,
  messages: readonly ModelMessage[],
): readonly string[] {
  const lines = outline(messages, plan)
  const wrong = lines.flatMap((line, i) => {
    const expected = reference.lines[i] ?? 'nothing'
    return line === withUnknown(expected, line) ? [] : [`expected ${expected}\n  found ${line}`]
  })
  const missing = reference.lines.slice(lines.length).map((line) => `missing ${line}`)
  const running = new Set(witnesses.flatMap(({ executing }) => executing))
  const unjustified = unknownIds(lines).filter((id) => !running.has(id) || isRerun(plan, id))
  const outputs = [output, reference.output].map((value) => JSON.stringify(value))
  return [
    ...wrong,
    ...missing,
    ...unjustified.map((id) => `the outcome of ${id} is unknown without a reason`),
    ...(outputs[0] === outputs[1] ? [] : [`the output is ${outputs[0]}, expected ${outputs[1]}`]),
  ]
}

/** What is expected, with the results that nobody knows as they were found. */
function withUnknown(expected: string, found: string): string {
  const ids = unknownIds([found])
  const [head = '', ...rest] = expected.split(': ')
  const parts = rest.join(': ').split('; ')
  const replaced = parts.map((part) => {
    const id = ids.find((each) => part.startsWith(`${each} `))
    return id === undefined ? part : `${id} ${outcomeUnknown}`
  })
  return `${head}: ${replaced.join('; ')}`
}

function unknownIds(lines: readonly string[]): readonly string[] {
  const told = new RegExp(`(\\S+) ${outcomeUnknown}`, 'g')
  return lines.flatMap((line) => [...line.matchAll(told)].map(([, id = '']) => id))
}

function isRerun(plan: RunPlan, toolCallId: string): boolean {
  const call = allCalls(plan).find((each) => each.toolCallId === toolCallId)
  return call === undefined || mayRerun(call.toolName)
}

/** O1. Each step is there once. */
function wrongStates({ history }: Evidence, messages: readonly ModelMessage[]): readonly string[] {
  const found = history.map(({ state }) => state)
  const rounds = messages.filter(({ kind }) => kind === 'response')
  const expected = ['UserPrompt', ...rounds.flatMap(() => ['ModelRequest', 'CallTools']), 'End']
  if (found.join() === expected.join()) return []
  return [`it went through ${found.join(' ')}, expected ${expected.join(' ')}`]
}

/** O3. */
function wrongStarts({ plan, effects }: Evidence): readonly string[] {
  const attempts = new Map<string, number[]>()
  for (const effect of effects) {
    if (effect.kind !== 'started') continue
    attempts.set(effect.toolCallId, [...(attempts.get(effect.toolCallId) ?? []), effect.attempt])
  }
  const deaths = effects.filter(({ kind }) => kind === 'up').length - 1
  return [...attempts].flatMap(([id, list]) => {
    const told = `${id} was started with attempts ${list.join(', ')}`
    const isRising = list.every((attempt, i) => i === 0 || attempt > (list[i - 1] ?? 0))
    const isPossible = list.every((attempt) => attempt <= deaths)
    return isRising && isPossible && (list.length === 1 || isRerun(plan, id)) ? [] : [told]
  })
}

/** O4. */
function doneAgain({ effects, witnesses }: Evidence): readonly string[] {
  const saved = witnesses.flatMap(({ effects: count, responses, below, settled }) =>
    effects.slice(count).flatMap((effect) => {
      if (effect.kind === 'asked') {
        const there = effect.below === null ? responses : (below.get(effect.below) ?? 0)
        const told = `the model was asked for ${nameOf(effect)} although it was saved`
        return effect.round < there ? [told] : []
      }
      const isAgain = effect.kind === 'started' && settled.includes(effect.toolCallId)
      return isAgain ? [`${effect.toolCallId} was started although it had its result`] : []
    }),
  )
  return [...new Set([...saved, ...askedTwice(effects)])]
}

/** Within one process, which has lost nothing. */
function askedTwice(effects: readonly Effect[]): readonly string[] {
  let rounds = new Set<string>()
  return effects.flatMap((effect) => {
    if (effect.kind === 'up') rounds = new Set()
    if (effect.kind !== 'asked') return []
    const isTwice = rounds.has(nameOf(effect))
    rounds.add(nameOf(effect))
    return isTwice ? [`one process asked for ${nameOf(effect)} twice`] : []
  })
}

function nameOf({ round, below }: Extract<Effect, { kind: 'asked' }>): string {
  return `response ${round}${below === null ? '' : ` below ${below}`}`
}

/** O5. Agents below give two responses each; which of their calls have returned is not in the history. */
function wrongUsage(
  { plan, stored }: Evidence,
  messages: readonly ModelMessage[],
): readonly string[] {
  const responses = messages.filter((message) => message.kind === 'response')
  const delegated = plan.rounds.flat().filter(isDelegated)
  const below = 2 * delegated.length
  const counted = partsOf(messages).filter(isCounted).length
  const countedBelow = delegated.flatMap(callsBelow).filter(({ args }) => args.verdict !== 'deny')
  const input = sum(responses.map(({ usage }) => usage.inputTokens))
  const output = sum(responses.map(({ usage }) => usage.outputTokens))
  const usage = fieldOf(stored.snapshot, 'usage')
  const bounds: Record<string, readonly [number, number]> = {
    requests: [responses.length + below, responses.length + below],
    input_tokens: [input + 201 * delegated.length, input + 201 * delegated.length],
    output_tokens: [output + below, output + below],
    tool_calls: [counted + delegated.length, counted + countedBelow.length],
  }
  return Object.entries(bounds).flatMap(([name, [low, high]]) => {
    const found = Number(fieldOf(usage, name) ?? 0)
    return found >= low && found <= high ? [] : [`${name} are ${found}, expected ${low} to ${high}`]
  })
}

function partsOf(messages: readonly ModelMessage[]): readonly Part[] {
  return messages.flatMap<Part>(({ parts }) => [...parts])
}

function isCounted(part: Part): boolean {
  const isReturn = part.partKind === 'tool-return' && part.outcome === 'success'
  return isReturn && part.toolName !== 'ask_person' && part.toolName !== 'final_result'
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

/** O6. */
function wrongDeliveries(
  { plan, accepted }: Evidence,
  messages: readonly ModelMessage[],
): readonly string[] {
  const contents = partsOf(messages).flatMap((part) =>
    part.partKind === 'user-prompt' ? [part.content] : [],
  )
  const twice = [...accepted].filter(([, count]) => count > 1)
  return [
    ...twice.map(([id, count]) => `${id} was accepted ${count} times`),
    ...plan.messages.flatMap(({ id, content }) => {
      const count = contents.filter((each) => each === content).length
      const expected = accepted.get(id) ?? 0
      return count === expected ? [] : [`${id} is there ${count} times, expected ${expected}`]
    }),
  ]
}

/** O7. */
function wrongEnd({ stored }: Evidence): readonly string[] {
  const { status, owner } = stored.record
  return status === 'done' && owner === null ? [] : [`it is ${status}, held by ${String(owner)}`]
}
