/** What single keys do. They can be switched off, and never act while somebody writes. */
import { signal } from '@preact/signals'
import { can, cancelRun, editNode, forkHere, setDrive, step } from './actions.ts'
import { detailTab, helpIsOpen, pane, selection, sessions, show, shown, shownId } from './state.ts'
import { nextTheme } from './theme.ts'

export interface Shortcut {
  readonly key: string
  readonly does: string
  readonly act: () => void
}

const offKey = 'agentchart-shortcuts-off'

export const shortcutsAreOn = signal(true)

export const shortcuts: readonly Shortcut[] = [
  { key: '?', does: 'Show these shortcuts', act: () => (helpIsOpen.value = true) },
  { key: '/', does: 'Search the runs', act: () => focusOn('search', 'runs') },
  { key: 'n', does: 'Write a new prompt', act: () => focusOn('prompt', 'runs') },
  { key: 's', does: 'Step: run the pending node', act: () => void step() },
  { key: 'r', does: 'Run on by itself', act: () => void setDrive('auto') },
  { key: 'p', does: 'Pause after this step', act: () => void setDrive('step') },
  { key: 'x', does: 'Cancel the work under way', act: () => void cancelRun() },
  { key: 'f', does: 'Fork before the step pointed to, or the pending one', act: forkShown },
  { key: 'e', does: 'Edit the pending node', act: editShown },
  { key: 'a', does: 'Go to what waits for you', act: () => focusFirst('.waiting button.primary') },
  { key: 'm', does: 'Add a message to the run', act: () => focusOn('enqueue', 'talk') },
  { key: 'j', does: 'Next run in the list', act: () => showNeighbour(1) },
  { key: 'k', does: 'Run before it in the list', act: () => showNeighbour(-1) },
  { key: 'w', does: 'Raw JSON of the run', act: showRaw },
  { key: 't', does: 'Light, dark, or as the system is', act: nextTheme },
]

/** Listens to the keys of the page. */
export function listenToKeys(): void {
  shortcutsAreOn.value = localStorage.getItem(offKey) === null
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return
    if (!shortcutsAreOn.value && event.key !== '?') return
    const shortcut = shortcuts.find(({ key }) => key === event.key)
    if (shortcut === undefined || helpIsOpen.value) return
    event.preventDefault()
    shortcut.act()
  })
}

export function switchShortcuts(isOn: boolean): void {
  shortcutsAreOn.value = isOn
  if (isOn) localStorage.removeItem(offKey)
  else localStorage.setItem(offKey, 'off')
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select')
}

function focusOn(id: string, inPane: 'runs' | 'talk'): void {
  pane.value = inPane
  setTimeout(() => document.getElementById(id)?.focus())
}

function focusFirst(selector: string): void {
  pane.value = 'talk'
  setTimeout(() => document.querySelector<HTMLElement>(selector)?.focus())
}

function editShown(): void {
  if (shown.value === null) return
  detailTab.value = 'node'
  pane.value = 'details'
  editNode(shown.value)
}

function forkShown(): void {
  const session = shown.value
  if (session !== null && can(session, 'fork')) void forkHere(session)
}

function showRaw(): void {
  selection.value = null
  detailTab.value = 'json'
  pane.value = 'details'
}

function showNeighbour(move: number): void {
  const ids = [...sessions.value.values()]
    .map(({ summary }) => summary.value)
    .toSorted((one, other) => other.updatedAt.localeCompare(one.updatedAt))
    .map(({ id }) => id)
  const next = ids[ids.indexOf(shownId.value ?? '') + move]
  if (next !== undefined) show(next)
}
