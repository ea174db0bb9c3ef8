import type { VNode } from 'preact'
import type { Session } from '../session.ts'
import { type DetailTab, detailTab, selection } from '../state.ts'
import { ActorTree } from './actor-tree.tsx'
import { JsonView } from './json-view.tsx'
import { NodeEditor } from './node-editor.tsx'
import { StepsList } from './steps-list.tsx'

const tabs: readonly { readonly id: DetailTab; readonly word: string }[] = [
  { id: 'node', word: 'Node' },
  { id: 'steps', word: 'Steps' },
  { id: 'actors', word: 'Actors' },
  { id: 'json', word: 'JSON' },
]

/** What is below the chart: the pending node, the steps, the actors, and the raw form of anything. */
export function Details({ session }: { readonly session: Session }): VNode {
  return (
    <section class="details pane-details" aria-label="Details">
      <div class="tabs" role="tablist" aria-label="Details" onKeyDown={moveTab}>
        {tabs.map(({ id, word }) => (
          <button
            key={id}
            id={`tab-${id}`}
            type="button"
            role="tab"
            aria-selected={detailTab.value === id}
            aria-controls="detail-panel"
            tabIndex={detailTab.value === id ? 0 : -1}
            onClick={() => (detailTab.value = id)}
          >
            {word}
          </button>
        ))}
      </div>
      <div
        id="detail-panel"
        class="tab-panel"
        role="tabpanel"
        aria-labelledby={`tab-${detailTab.value}`}
        tabIndex={0}
      >
        <Panel tab={detailTab.value} session={session} />
      </div>
    </section>
  )
}

function Panel({ tab, session }: { readonly tab: DetailTab; readonly session: Session }): VNode {
  switch (tab) {
    case 'node':
      return <NodeEditor key={session.id} session={session} />
    case 'steps':
      return <StepsList session={session} />
    case 'actors':
      return <ActorTree session={session} />
    case 'json':
      return <Raw session={session} />
  }
}

function Raw({ session }: { readonly session: Session }): VNode {
  const chosen = selection.value ?? { title: 'Run', value: session.run.value }
  return (
    <>
      <h2 class="panel-title">{chosen.title}</h2>
      <JsonView value={chosen.value} label={chosen.title} />
    </>
  )
}

function moveTab(event: KeyboardEvent): void {
  const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  if (move === undefined) return
  event.preventDefault()
  const at = tabs.findIndex(({ id }) => id === detailTab.value)
  const next = tabs[(at + move + tabs.length) % tabs.length]
  if (next === undefined) return
  detailTab.value = next.id
  document.getElementById(`tab-${next.id}`)?.focus()
}
