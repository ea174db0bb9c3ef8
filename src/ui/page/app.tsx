import { Fragment, type VNode } from 'preact'
import { compareWith } from './actions.ts'
import { Chart } from './parts/chart.tsx'
import { Conversation } from './parts/conversation.tsx'
import { Details } from './parts/details.tsx'
import { Help } from './parts/help.tsx'
import { Icon } from './parts/icons.tsx'
import { Later } from './parts/later.tsx'
import { RunHead } from './parts/run-head.tsx'
import { RunsList } from './parts/runs-list.tsx'
import { TimeAxis } from './parts/time-axis.tsx'
import type { Session } from './session.ts'
import {
  compared,
  type Connection,
  connection,
  helpIsOpen,
  notice,
  type Pane,
  pane,
  shown,
} from './state.ts'
import { nextTheme, theme } from './theme.ts'

/** The whole page. */
export function App(): VNode {
  const session = shown.value
  return (
    <div class={`app${compared.value === null ? '' : ' comparing'}`} data-pane={pane.value}>
      <TopBar />
      <PaneSwitch />
      <main>
        <RunsList />
        <div class="run">
          <RunHead />
          {session === null ? <Welcome /> : <RunParts session={session} />}
        </div>
      </main>
      <Notice />
      <Help />
    </div>
  )
}

/** The parts of one run, drawn one after the other. */
function RunParts({ session }: { readonly session: Session }): VNode {
  const { id } = session
  const other = compared.value
  return (
    <>
      {other === null ? (
        <Fragment key={`own ${id}`}>
          <Later frames={2}>
            <Chart session={session} />
          </Later>
          <Later frames={3}>
            <Details session={session} />
          </Later>
        </Fragment>
      ) : (
        <OtherRun key={`other ${other.id}`} other={other} />
      )}
      <Later key={`talk ${id}`} frames={1}>
        <Conversation session={session} label="Conversation" isMain />
      </Later>
      <Later key={`time ${id}`} frames={4}>
        <TimeAxis session={session} />
      </Later>
    </>
  )
}

function OtherRun({ other }: { readonly other: Session }): VNode {
  return (
    <div class="other pane-chart">
      <div class="row other-bar">
        <strong>{other.summary.value.title || 'Other run'}</strong>
        <span class="gap" />
        <button type="button" onClick={() => compareWith(null)}>
          Stop comparing
        </button>
      </div>
      <Conversation session={other} label="Run compared with" isMain={false} />
    </div>
  )
}

const connectionWords: Readonly<Record<Connection, string>> = {
  connecting: 'connecting',
  open: 'connected',
  lost: 'connection lost, trying again',
  refused: 'refused: open the address that the command line printed',
  file: 'recorded',
}

function TopBar(): VNode {
  return (
    <header class="top">
      <svg class="mark" viewBox="0 0 20 20" aria-hidden="true">
        <rect x="2" y="3" width="7" height="5" rx="1.5" />
        <rect x="11" y="12" width="7" height="5" rx="1.5" class="lit" />
        <path d="M9 5.5h3a2.5 2.5 0 0 1 2.5 2.5v4" />
      </svg>
      <h1 class="brand">agentchart</h1>
      <span class={`connection connection-${connection.value}`} role="status">
        {connectionWords[connection.value]}
      </span>
      <span class="gap" />
      <button type="button" class="quiet" aria-keyshortcuts="t" onClick={nextTheme}>
        <Icon name="theme" />
        <span>{theme.value}</span>
        <span class="unseen"> colours</span>
      </button>
      <button
        type="button"
        class="quiet"
        aria-keyshortcuts="?"
        onClick={() => (helpIsOpen.value = true)}
      >
        <Icon name="help" />
        <span>Keys</span>
      </button>
    </header>
  )
}

const panes: readonly { readonly id: Pane; readonly word: string }[] = [
  { id: 'runs', word: 'Runs' },
  { id: 'talk', word: 'Conversation' },
  { id: 'chart', word: 'Chart' },
  { id: 'details', word: 'Details' },
]

/** In a narrow window only one part is shown at a time. */
function PaneSwitch(): VNode {
  return (
    <nav class="pane-switch" aria-label="Shown part">
      {panes.map(({ id, word }) => (
        <button
          key={id}
          type="button"
          aria-pressed={pane.value === id}
          onClick={() => (pane.value = id)}
        >
          {word}
        </button>
      ))}
    </nav>
  )
}

function Welcome(): VNode {
  return (
    <div class="welcome">
      <p>Start a run with a prompt, or choose one from the list.</p>
    </div>
  )
}

function Notice(): VNode | null {
  if (notice.value === null) return null
  return (
    <div class="notice" role="alert">
      <span>{notice.value}</span>
      <button type="button" class="quiet" onClick={() => (notice.value = null)}>
        Dismiss
      </button>
    </div>
  )
}
