import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { type CallView, type ResultView, resultView } from '../entries.ts'
import { duration } from '../format.ts'
import { parsedOr, pretty } from '../json.ts'
import type { Span } from '../../protocol.ts'
import type { ActorView } from '../actor-view.ts'
import type { Session } from '../session.ts'
import { detailTab, inspectValue, pane } from '../state.ts'
import { CopyButton } from './json-view.tsx'
import { Icon } from './icons.tsx'
import { useDerived } from './use-derived.ts'

interface Props {
  readonly call: CallView
  readonly session: Session
  readonly visit: number | null
}

const endings: Readonly<Record<ResultView['outcome'], string>> = {
  success: 'returned',
  failed: 'failed',
  denied: 'denied',
  interrupted: 'interrupted',
  retry: 'retry asked',
}

/** A tool call as the actor that it is: its state, what it was given, what came of it, how long it took. */
export function ToolCard({ call, session, visit }: Props): VNode {
  const { toolCallId } = call
  const result = useDerived(() => {
    const answer = session.liveAnswer(toolCallId)
    return call.result ?? (answer === undefined ? null : resultView(answer))
  }, [call, session])
  const ledgerState = useDerived(() => ledgerStateOf(session, call), [call, session])
  const actor = useDerived(() => session.callActors.value.get(toolCallId), [toolCallId, session])
  const span = useDerived(() => spanOf(session, toolCallId, visit), [toolCallId, session, visit])
  const state = result === null ? ledgerState : endings[result.outcome]
  return (
    <section class={`tool tool-${tone(state)}`} aria-label={`Tool call ${call.toolName}`}>
      <header>
        <Icon name="tool" />
        <span class="tool-name mono">{call.toolName}</span>
        <span class="chip">{state}</span>
        {span?.endMs != null && <span class="faint">{duration(span.endMs - span.startMs)}</span>}
        <span class="gap" />
        {actor !== undefined && (
          <button type="button" class="quiet" onClick={() => showActor(session, actor)}>
            Chart
          </button>
        )}
        <button
          type="button"
          class="quiet"
          title="Raw JSON"
          aria-label={`Raw JSON of ${call.toolName}`}
          onClick={() => inspectValue(`${call.toolName} ${call.toolCallId}`, call)}
        >
          <Icon name="raw" />
        </button>
      </header>
      <Value title="Arguments" value={parsedOr(call.args) ?? {}} />
      {result !== null && <Value title="Result" value={result.content} />}
    </section>
  )
}

/** Words for the states of the chart of a call. */
const stateWords: Readonly<Record<string, string>> = {
  retryAsked: 'retry asked',
  awaitingApproval: 'awaits approval',
  awaitingAnswer: 'awaits an answer',
  outcomeUnknown: 'outcome unknown',
}

function ledgerStateOf(session: Session, call: CallView): string {
  const entry = session.run.value?.ledger.find(
    ({ index, toolCallId }) => toolCallId === call.toolCallId && index === (call.index ?? index),
  )
  return entry === undefined ? 'requested' : (stateWords[entry.state] ?? entry.state)
}

function tone(state: string): string {
  if (state === 'returned') return 'ok'
  if (state.startsWith('awaits')) return 'waiting'
  if (state === 'executing') return 'running'
  return ['failed', 'denied', 'retry asked', 'outcome unknown', 'expired'].includes(state)
    ? 'failed'
    : 'idle'
}

function spanOf(session: Session, toolCallId: string, visit: number | null): Span | undefined {
  return session.spans.value.findLast(
    (span) => span.toolCallId === toolCallId && (visit === null || span.visit >= visit),
  )
}

function showActor(session: Session, actor: ActorView): void {
  session.shownActor.value = actor.info.actorId
  detailTab.value = 'actors'
  pane.value = 'chart'
}

/** Longer values are cut until somebody wants all of it. */
const shortLength = 600
const shortLines = 8

function Value({ title, value }: { readonly title: string; readonly value: unknown }): VNode {
  const isOpen = useSignal(false)
  const text = compact(value)
  const isLong = text.length > shortLength || text.split('\n').length > shortLines
  const cut = text.split('\n').slice(0, shortLines).join('\n').slice(0, shortLength)
  return (
    <div class="value">
      <span class="value-title">{title}</span>
      <pre>{isLong && !isOpen.value ? `${cut} …` : text}</pre>
      {isLong && (
        <button type="button" class="quiet" onClick={() => (isOpen.value = !isOpen.value)}>
          {isOpen.value ? 'Less' : 'All'}
        </button>
      )}
      <CopyButton text={pretty(value)} label={title.toLowerCase()} />
    </div>
  )
}

/** On one line, when it fits there. */
function compact(value: unknown): string {
  if (typeof value === 'string') return value
  const line = JSON.stringify(value) ?? ''
  return line.length <= 64 ? line.replaceAll('":', '": ').replaceAll(',"', ', "') : pretty(value)
}
