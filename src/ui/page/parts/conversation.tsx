import { type Signal, useSignal, useSignalEffect } from '@preact/signals'
import type { RefObject, VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { type Entry, entryAt } from '../entries.ts'
import type { JsonObject } from '../json.ts'
import type { Session } from '../session.ts'
import { focusedVisit } from '../state.ts'
import { Composer } from './composer.tsx'
import { EntryView, LiveEntry } from './entry-view.tsx'
import { Waiting } from './waiting.tsx'

/** How many messages are drawn at first, and how many more each time. */
const portion = 4
/** When more than this come at once, the end is drawn anew. */
const mostNew = 6
/** More than this are not drawn at once. */
const mostDrawn = 64

/** The messages that are drawn: from one on, to another or to the end. */
interface Range {
  readonly from: number
  readonly to: number | null
}

interface Drawn {
  readonly from: number
  readonly to: number
}

interface Props {
  readonly session: Session
  readonly label: string
  /** Whether it is the run that is worked on, and not the one beside it. */
  readonly isMain: boolean
}

/** What was said in a run, the newest last; what is far from sight is drawn when somebody goes there. */
export function Conversation({ session, label, isMain }: Props): VNode {
  const scroller = useRef<HTMLDivElement>(null)
  const range = useSignal<Range>({ from: Infinity, to: null })
  const log = session.log.value
  const drawnTo = useRef(0)
  const { from, to } = drawnOf(range.value, log.length, drawnTo.current)
  useLayoutEffect(() => {
    drawnTo.current = to
    if (range.peek().to === null && range.peek().from !== from) range.value = { from, to: null }
  }, [from, to])
  useStickToEnd(scroller, range)
  useSignalEffect(() => {
    const visit = isMain ? focusedVisit.value : null
    if (visit !== null) scrollTo(scroller, session, visit, range)
  })
  return (
    <section class={`talk ${isMain ? 'pane-talk' : 'talk-other'}`} aria-label={label}>
      <div
        class="talk-scroll"
        ref={scroller}
        tabIndex={0}
        role="log"
        aria-label={label}
        aria-live="off"
      >
        <div>
          {from > 0 && (
            <More
              words={`${from} earlier`}
              drawn={`${from}-${to}`}
              show={() => (range.value = earlier(from, to, range.value.to === null))}
            />
          )}
          {drawnEntries(log, from, to).map((entry) => (
            <EntryView key={entry.key} entry={entry} session={session} />
          ))}
          {to < log.length ? (
            <More
              words={`${log.length - to} later`}
              drawn={`${from}-${to}`}
              show={() => (range.value = later(from, to, log.length))}
            />
          ) : (
            <End session={session} />
          )}
        </div>
      </div>
      {isMain && <Waiting session={session} />}
      {isMain && <Composer session={session} />}
    </section>
  )
}

/** What is drawn of so many messages; while the end is followed not too many, and few at once. */
function drawnOf({ from, to }: Range, count: number, drawnTo: number): Drawn {
  if (to !== null) return { from: Math.min(from, count), to: Math.min(to, count) }
  const isFar = from === Infinity || count - from > mostDrawn || count - drawnTo > mostNew
  return { from: Math.max(0, isFar ? count - portion : from), to: count }
}

function drawnEntries(log: readonly JsonObject[], from: number, to: number): readonly Entry[] {
  return Array.from({ length: to - from }, (_, at) => entryAt(log, from + at) ?? []).flat()
}

/** The first entry from there on that has something to show, or else the last one. */
function firstFrom(log: readonly JsonObject[], start: number): Entry | undefined {
  for (let at = start; at < log.length; at++) {
    const entry = entryAt(log, at)
    if (entry !== undefined && entry.blocks.length > 0) return entry
  }
  return entryAt(log, log.length - 1)
}

function earlier(from: number, to: number, isAtEnd: boolean): Range {
  const next = Math.max(0, from - portion)
  const isMany = to - next > mostDrawn
  if (isMany) return { from: next, to: next + mostDrawn }
  return { from: next, to: isAtEnd ? null : to }
}

function later(from: number, to: number, count: number): Range {
  const next = Math.min(count, to + portion)
  return { from: Math.max(from, next - mostDrawn), to: next === count ? null : next }
}

function End({ session }: { readonly session: Session }): VNode {
  const isEmpty = session.log.value.length === 0 && session.liveParts.value.length === 0
  const isSystem = session.summary.value.kind === 'system'
  return (
    <>
      <LiveEntry session={session} />
      {isEmpty && (
        <p class="empty">{isSystem ? 'This app has no conversation.' : 'Nothing was said yet.'}</p>
      )}
      <Failure session={session} />
    </>
  )
}

interface MoreProps {
  readonly words: string
  /** Changes with what is drawn. */
  readonly drawn: string
  readonly show: () => void
}

/** Draws more when it comes into sight. */
function More({ words, drawn, show }: MoreProps): VNode {
  const button = useRef<HTMLButtonElement>(null)
  const latest = useRef(show)
  latest.current = show
  useEffect(() => {
    const observer = new IntersectionObserver(
      ([entry]) => entry?.isIntersecting && latest.current(),
      { rootMargin: '200px' },
    )
    if (button.current !== null) observer.observe(button.current)
    return () => observer.disconnect()
  }, [drawn])
  return (
    <button type="button" class="quiet more" ref={button} onClick={show}>
      {words}
    </button>
  )
}

function Failure({ session }: { readonly session: Session }): VNode | null {
  const failure = session.run.value?.failure
  if (failure === null || failure === undefined) return null
  return (
    <div class="failure" role="alert">
      <strong>{failure.name}</strong>
      <span>{failure.message}</span>
    </div>
  )
}

type Scroller = RefObject<HTMLDivElement | null>

/** Stays at the end while what is said grows, unless somebody scrolled away from there. */
function useStickToEnd(scroller: Scroller, range: Signal<Range>): void {
  useEffect(() => {
    const element = scroller.current
    const content = element?.firstElementChild
    if (element === null || content === null || content === undefined) return undefined
    let isAtEnd = true
    const onScroll = (): void => {
      const left = element.scrollHeight - element.scrollTop - element.clientHeight
      isAtEnd = range.peek().to === null && left < 60
    }
    const observer = new ResizeObserver(() => {
      if (isAtEnd && range.peek().to === null) element.scrollTop = element.scrollHeight
    })
    observer.observe(content)
    observer.observe(element)
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', onScroll)
    }
  }, [])
}

/** Brings the first message of a step into sight. */
function scrollTo(scroller: Scroller, session: Session, visit: number, range: Signal<Range>): void {
  const { messageCount } = session.visits.peek().find((one) => one.visit === visit) ?? {}
  if (messageCount === undefined) return
  const log = session.log.peek()
  const entry = firstFrom(log, messageCount)
  if (entry === undefined) return
  const { from, to } = drawnOf(range.peek(), log.length, log.length)
  if (entry.at < from || entry.at >= to)
    range.value = {
      from: Math.max(0, entry.at - 2),
      to: Math.min(entry.at + 2 * portion, log.length),
    }
  requestAnimationFrame(() => {
    scroller.current?.querySelector(`[data-at="${entry.at}"]`)?.scrollIntoView({ block: 'start' })
  })
}
