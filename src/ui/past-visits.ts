import { type ModelMessage, type ModelResponse, messagesOf } from '../messages/index.ts'
import type { SavedRun } from '../snapshot/index.ts'
import type { HistoryEntry } from '../store/index.ts'
import type { VisitInfo } from './protocol.ts'

/** A visit of a run that nobody watched. */
export interface PastVisit extends VisitInfo {
  /** When it was entered, as far as that was kept. */
  readonly atMs: number
  /** What came of a model request; `undefined` for other visits, and while it is not there. */
  readonly response: ModelResponse | undefined
}

const stateKinds: Readonly<Record<string, string>> = {
  UserPrompt: 'user-prompt',
  ModelRequest: 'model-request',
  CallTools: 'call-tools',
  End: 'end',
}

/**
 * The visits of a run, made out from its messages: a response was asked for in one, and acted on in the next. So visits
 * that led to no message (a step back, a skip) are not among them.
 *
 * @param history what a store says of when they were
 */
export function pastVisits(
  { log, context }: SavedRun,
  history: readonly HistoryEntry[] = [],
): readonly PastVisit[] {
  const messages = messagesOf(log)
  const places = placesIn(messages, context.newMessageIndex)
  const { node, visit } = context
  const last = places.at(-1)
  const isPending = last?.kind === node.kind && last.messageCount === log.length
  if (!isPending && node.kind !== 'user-prompt')
    places.push({ kind: node.kind, messageCount: log.length, response: undefined })
  const first = visit - places.length + 1
  const numbered = places.map((place, index) => ({ ...place, visit: first + index }))
  const timeOf = timesBy(history, messages)
  return numbered.filter((each) => each.visit >= 0).map((each) => ({ ...each, atMs: timeOf(each) }))
}

type Place = Omit<PastVisit, 'visit' | 'atMs'>

function placesIn(messages: readonly ModelMessage[], from: number): Place[] {
  const places: Place[] = [{ kind: 'user-prompt', messageCount: from, response: undefined }]
  let sentFrom = from
  for (let index = from; index < messages.length; index += 1) {
    const message = messages[index]
    if (message?.kind !== 'response') continue
    places.push({ kind: 'model-request', messageCount: sentFrom, response: message })
    places.push({ kind: 'call-tools', messageCount: index + 1, response: undefined })
    sentFrom = index + 1
  }
  return places
}

/** When a visit began: as the store has it, or else by the messages around it. */
function timesBy(
  history: readonly HistoryEntry[],
  messages: readonly ModelMessage[],
): (place: Place) => number {
  const saved = new Map(
    history.map(({ state, messageCount, at }) => [
      `${stateKinds[state]} ${messageCount}`,
      Date.parse(at),
    ]),
  )
  return ({ kind, messageCount }) => {
    const known = saved.get(`${kind} ${messageCount}`)
    if (known !== undefined) return known
    const near = messages[messageCount] ?? messages[messageCount - 1]
    const message = kind === 'call-tools' ? messages[messageCount - 1] : near
    const time = Date.parse(message?.timestamp ?? '')
    return Number.isNaN(time) ? 0 : time
  }
}
