import { type Signal, useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Span } from '../../protocol.ts'
import { duration } from '../format.ts'
import type { Session } from '../session.ts'
import { focusedVisit, focusVisit, inspectValue } from '../state.ts'
import { type Bar, barPath, barsOf, rowCount } from '../time-bars.ts'
import { type TimeScale, timeScale } from '../time-scale.ts'
import { Icon } from './icons.tsx'

const rowHeight = 18
const mostZoom = 32
/** A bar that is narrower has no name on it. */
const namedWidth = 44

/** When the models and the tools worked. It is one list; arrow keys go from one span to the next. */
export function TimeAxis({ session }: { readonly session: Session }): VNode {
  const zoom = useSignal(1)
  const spans = session.spans.value
  const nowMs = useNow(spans.some(({ endMs }) => endMs === null))
  const scale = useMemo(() => timeScale(spans, nowMs), [spans, nowMs])
  const hasTools = spans.some(({ kind }) => kind === 'tool')
  return (
    <section class="time" aria-label="Time axis">
      <div class="time-side">
        <span>model</span>
        {hasTools && <span>tools</span>}
        <span class="time-zoom">
          <Zoom zoom={zoom} />
        </span>
      </div>
      {spans.length === 0 ? (
        <p class="empty">No model or tool has worked yet.</p>
      ) : (
        <Plane spans={spans} scale={scale} nowMs={nowMs} zoom={zoom.value} />
      )}
    </section>
  )
}

/** The time, while something lasts; 0 otherwise. */
function useNow(isNeeded: boolean): number {
  const now = useSignal(Date.now())
  useEffect(() => {
    if (!isNeeded) return undefined
    now.value = Date.now()
    const timer = setInterval(() => (now.value = Date.now()), 250)
    return () => clearInterval(timer)
  }, [isNeeded])
  return isNeeded ? now.value : 0
}

function Zoom({ zoom }: { readonly zoom: Signal<number> }): VNode {
  return (
    <>
      <button
        type="button"
        class="quiet"
        aria-label="Zoom out"
        disabled={zoom.value === 1}
        onClick={() => (zoom.value = Math.max(1, zoom.value / 2))}
      >
        <Icon name="minus" />
      </button>
      <button
        type="button"
        class="quiet"
        aria-label="Zoom in"
        disabled={zoom.value >= mostZoom}
        onClick={() => (zoom.value = Math.min(mostZoom, zoom.value * 2))}
      >
        <Icon name="plus" />
      </button>
    </>
  )
}

interface PlaneProps {
  readonly spans: readonly Span[]
  readonly scale: TimeScale
  readonly nowMs: number
  readonly zoom: number
}

function Plane({ spans, scale, nowMs, zoom }: PlaneProps): VNode {
  const frame = useRef<HTMLDivElement>(null)
  const frameWidth = useSignal(0)
  const current = useSignal<string | null>(null)
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) frameWidth.value = Math.floor(entry.contentRect.width)
    })
    if (frame.current !== null) observer.observe(frame.current)
    return () => observer.disconnect()
  }, [])
  const width = frameWidth.value * zoom
  const bars = useMemo(() => barsOf(spans, scale, nowMs, width), [spans, scale, nowMs, width])
  const choose = (bar: Bar | undefined): void => {
    if (bar === undefined) return
    current.value = bar.span.spanId
    focusVisit(bar.span.visit)
  }
  const at = bars.findIndex(({ span }) => span.spanId === current.value)
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: bars.length - 1 }[event.key]
    if (event.key === 'Enter' && bars[at]) inspectValue(titleOf(bars[at].span), bars[at].span)
    else if (to !== undefined) choose(bars[Math.min(Math.max(to, 0), bars.length - 1)])
    else return
    event.preventDefault()
  }
  const hit = (event: MouseEvent & { currentTarget: Element }): Bar | undefined => {
    const box = event.currentTarget.getBoundingClientRect()
    const [x, row] = [event.clientX - box.left, Math.floor((event.clientY - box.top) / rowHeight)]
    return bars.find((bar) => bar.row === row && x >= bar.x - 2 && x <= bar.x + bar.width + 2)
  }
  return (
    <div
      class="time-scroll"
      ref={frame}
      tabIndex={0}
      role="listbox"
      aria-label={`Spans, ${bars.length}`}
      aria-activedescendant={at === -1 ? undefined : 'current-span'}
      onKeyDown={onKeyDown}
    >
      {width > 0 && (
        <div
          class="time-plane"
          style={{ width: `${width}px` }}
          onClick={(event) => choose(hit(event))}
          onDblClick={(event) => {
            const bar = hit(event)
            if (bar !== undefined) inspectValue(titleOf(bar.span), bar.span)
          }}
          onMouseMove={(event) => {
            const bar = hit(event)
            event.currentTarget.title = bar === undefined ? '' : titleOf(bar.span)
          }}
        >
          <Backdrop scale={scale} />
          <svg class="bars" width={width} height={rowCount * rowHeight} aria-hidden="true">
            <Bars bars={bars} />
          </svg>
          <Names bars={bars} />
          <Current bar={bars[at]} at={at} count={bars.length} />
        </div>
      )}
    </div>
  )
}

function titleOf({ name, visit, startMs, endMs, state }: Span): string {
  const took = endMs === null ? '' : `, ${duration(endMs - startMs)}`
  return `${name}, step ${visit}, ${state}${took}`
}

/** One shape for all bars of a sort: hundreds of them cost no more than a few. */
function Bars({ bars }: { readonly bars: readonly Bar[] }): VNode {
  const sorts = Map.groupBy(bars, ({ span }) => `bar-${span.kind} bar-${span.state}`)
  const visit = focusedVisit.value
  const focused = visit === null ? [] : bars.filter(({ span }) => span.visit === visit)
  return (
    <>
      {[...sorts].map(([sort, some]) => (
        <path key={sort} class={`bar ${sort}`} d={barPath(some, rowHeight)} />
      ))}
      <path class="bar-focused" d={barPath(focused, rowHeight)} />
    </>
  )
}

function Names({ bars }: { readonly bars: readonly Bar[] }): VNode {
  return (
    <>
      {bars
        .filter(({ width }) => width >= namedWidth)
        .map(({ span, x, width, row }) => (
          <span
            key={span.spanId}
            class="bar-name"
            aria-hidden="true"
            style={{ left: `${x}px`, width: `${width}px`, top: `${row * rowHeight + 2}px` }}
          >
            {span.name}
          </span>
        ))}
    </>
  )
}

interface CurrentProps {
  readonly bar: Bar | undefined
  readonly at: number
  readonly count: number
}

/** The only option that is there as an element: the others are drawn. */
function Current({ bar, at, count }: CurrentProps): VNode | null {
  const option = useRef<HTMLSpanElement>(null)
  useEffect(() => option.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [bar])
  if (bar === undefined) return null
  return (
    <span
      id="current-span"
      class="bar-current"
      ref={option}
      role="option"
      aria-selected="true"
      aria-posinset={at + 1}
      aria-setsize={count}
      aria-label={titleOf(bar.span)}
      style={{
        left: `${bar.x}px`,
        width: `${bar.width}px`,
        top: `${bar.row * rowHeight + 2}px`,
      }}
    />
  )
}

function Backdrop({ scale }: { readonly scale: TimeScale }): VNode {
  return (
    <>
      {scale.ticks.map(({ at, ms }) => (
        <span key={ms} class="tick" aria-hidden="true" style={{ left: `${at * 100}%` }}>
          {ms === 0 ? '0' : duration(ms)}
        </span>
      ))}
      {scale.idle.map(({ startMs, from, to }) => (
        <span
          key={startMs}
          class="idle"
          aria-hidden="true"
          style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }}
        />
      ))}
    </>
  )
}
