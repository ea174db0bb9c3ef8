import { useComputed, useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import type { SessionSummary } from '../../protocol.ts'
import { openStored, searchStore } from '../actions.ts'
import { moment } from '../format.ts'
import { found, greeting, pane, sessions, show, shownId } from '../state.ts'
import { Icon, StatusMark } from './icons.tsx'
import { NewRun } from './new-run.tsx'

/** The runs there are, with a search, and the way to a new one. */
export function RunsList(): VNode {
  const text = useSignal('')
  const listed = useComputed(() => listedFor(text.value))
  const placeholder = greeting.value?.hasStore ? 'Search runs and store' : 'Search runs'
  const onSubmit = (event: Event): void => {
    event.preventDefault()
    if (greeting.value?.hasStore) void searchStore(text.value)
  }
  return (
    <nav class="runs pane-runs" aria-label="Runs">
      {greeting.value?.mode === 'live' && greeting.value.agents.length > 0 && <NewRun />}
      <form class="search" role="search" onSubmit={onSubmit}>
        <Icon name="search" />
        <input
          id="search"
          type="search"
          aria-label={placeholder}
          placeholder={placeholder}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value
            if (text.value === '') found.value = null
          }}
        />
      </form>
      <ul class="run-rows" onKeyDown={moveFocus}>
        {listed.value.map((summary) => (
          <RunRow key={summary.id} summary={summary} />
        ))}
      </ul>
      {listed.value.length === 0 && <p class="empty">No runs{text.value && ' found'}.</p>}
    </nav>
  )
}

function listedFor(text: string): readonly SessionSummary[] {
  const known = [...sessions.value.values()].map(({ summary }) => summary.value)
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = ({ title, agentName, runId, status }: SessionSummary): boolean => {
    const place = `${title} ${agentName ?? ''} ${runId ?? ''} ${status}`.toLowerCase()
    return words.every((word) => place.includes(word))
  }
  const stored = (found.value ?? []).filter(({ id }) => !sessions.value.has(id))
  return [...known.filter(fits), ...stored].toSorted((one, other) =>
    other.updatedAt.localeCompare(one.updatedAt),
  )
}

function RunRow({ summary }: { readonly summary: SessionSummary }): VNode {
  const isShown = shownId.value === summary.id
  const open = (): void => {
    if (sessions.value.has(summary.id)) show(summary.id)
    else if (summary.runId !== null) void openStored(summary.runId)
    if (pane.value === 'runs') pane.value = 'talk'
  }
  return (
    <li>
      <button
        type="button"
        class="run-row"
        aria-current={isShown ? 'true' : undefined}
        onClick={open}
      >
        <span class="run-title">{summary.title || 'Untitled'}</span>
        <span class="run-facts">
          <StatusMark status={summary.status} />
          <span class="run-agent">{kindOf(summary)}</span>
          <time dateTime={summary.updatedAt}>{moment(summary.updatedAt)}</time>
        </span>
      </button>
    </li>
  )
}

function kindOf({ kind, agentName, forkedFrom }: SessionSummary): string {
  if (kind === 'system') return 'connected app'
  const name = agentName ?? 'agent'
  if (forkedFrom !== null) return `${name}, fork`
  return kind === 'stored' ? `${name}, stored` : name
}

/** Up and down move between the rows. */
function moveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('.run-row')]
  const at = rows.findIndex((row) => row === document.activeElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key]
  if (to === undefined) return
  event.preventDefault()
  rows[Math.min(Math.max(to, 0), rows.length - 1)]?.focus()
}
