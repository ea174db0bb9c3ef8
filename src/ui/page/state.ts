/** All that the page shows, and what is chosen of it. */
import { computed, signal } from '@preact/signals'
import type { SessionSummary } from '../protocol.ts'
import type { Graph } from './chart/graph.ts'
import type { Session } from './session.ts'

export interface Greeting {
  readonly agents: readonly string[]
  readonly hasStore: boolean
  readonly mode: 'live' | 'file'
}

export type Connection = 'connecting' | 'open' | 'lost' | 'refused' | 'file'

/** What the raw view shows. */
export interface Selection {
  readonly title: string
  readonly value: unknown
}

export type Pane = 'runs' | 'chart' | 'talk' | 'details'
export type DetailTab = 'node' | 'actors' | 'steps' | 'json'

export const connection = signal<Connection>('connecting')
export const greeting = signal<Greeting | null>(null)
export const sessions = signal<ReadonlyMap<string, Session>>(new Map())
export const machines = signal<ReadonlyMap<string, Graph>>(new Map())
/** What a search of the store has found; `null`: nobody searched. */
export const found = signal<readonly SessionSummary[] | null>(null)

export const shownId = signal<string | null>(null)
export const comparedId = signal<string | null>(null)
export const selection = signal<Selection | null>(null)
export const pane = signal<Pane>('talk')
export const detailTab = signal<DetailTab>('node')
/** The step that the time axis, the list of steps or the chart points to. */
export const focusedVisit = signal<number | null>(null)
/** The last thing that was refused, or went wrong. */
export const notice = signal<string | null>(null)
export const helpIsOpen = signal(false)

export const shown = computed(() => sessions.value.get(shownId.value ?? '') ?? null)
export const compared = computed(() => sessions.value.get(comparedId.value ?? '') ?? null)

/** Shows a run, and forgets what was chosen in the one before. */
export function show(id: string): void {
  if (shownId.value === id) return
  shownId.value = id
  if (comparedId.value === id) comparedId.value = null
  focusedVisit.value = null
  selection.value = null
}

/** Shows a value as raw JSON. */
export function inspectValue(title: string, value: unknown): void {
  selection.value = { title, value }
  detailTab.value = 'json'
  if (pane.value !== 'details') pane.value = 'details'
}

/** Points to a step. */
export function focusVisit(visit: number | null): void {
  focusedVisit.value = visit
}
