/** Small drawings, all in a square of 16 and in the colour of the text. */
import type { VNode } from 'preact'
import type { SessionSummary } from '../../protocol.ts'

type Status = SessionSummary['status']

const strokes = {
  running: 'M8 2.5a5.5 5.5 0 1 1-5.5 5.5',
  ready: 'M8 3.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9',
  waiting: 'M6 4v8M10 4v8',
  failed: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  done: 'M3.5 8.5l3 3l6-7',
  stopped: 'M4.5 4.5h7v7h-7z',
  stuck: 'M8 3.5v6M8 12v.5',
  step: 'M3 4l5 4-5 4zM11 4v8',
  play: 'M5 3.5l7 4.5-7 4.5z',
  pause: 'M5.5 4v8M10.5 4v8',
  cancel: 'M4.5 4.5h7v7h-7z',
  fork: 'M4 2.5v11M4 9.5c0-3 7-1.5 7-5M9 6l2-2.5 2 2.5',
  copy: 'M5.5 5.5h7v8h-7zM3.5 10.5v-8h7',
  raw: 'M6 3C4 3 5 7.5 3 8c2 .5 1 5 3 5M10 3c2 0 1 4.5 3 5c-2 .5-1 5-3 5',
  chevron: 'M6 4l4 4-4 4',
  compare: 'M3 3h4v10H3zM9 3h4v10H9z',
  help: 'M6 6.2C6 3.5 10 3.5 10 6c0 1.6-2 1.7-2 3.5M8 12v.5',
  theme: 'M8 3a5 5 0 1 0 0 10zM8 3a5 5 0 0 1 0 10',
  search: 'M7 3a4 4 0 1 1 0 8a4 4 0 1 1 0-8M10 10l3.5 3.5',
  tool: 'M10.5 3a3 3 0 0 0-3 4l-4.5 4.5 1.5 1.5L9 8.5a3 3 0 0 0 4-3.5l-2 1-1-1z',
  plus: 'M8 4v8M4 8h8',
  minus: 'M4 8h8',
} as const

export type IconName = keyof typeof strokes

export function Icon({ name }: { readonly name: IconName }): VNode {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={strokes[name]} />
    </svg>
  )
}

/** A status by icon and word. */
export function StatusMark({ status }: { readonly status: Status }): VNode {
  return (
    <span class={`status status-${status}`}>
      <Icon name={status} />
      <span>{status}</span>
    </span>
  )
}
