import { useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface VisibleRows<TElement> {
  readonly ref: RefObject<TElement | null>
  /** The rows to draw, the last one not included. */
  readonly from: number
  readonly to: number
  /** Height of what is not drawn. */
  readonly above: number
  readonly below: number
}

const beyond = 8

/** Which rows of a long list are in sight of the panel around it, when all are equally high. */
export function useVisibleRows<TElement extends HTMLElement>(
  count: number,
  rowHeight: number,
): VisibleRows<TElement> {
  const ref = useRef<TElement>(null)
  const first = useSignal(0)
  const shown = useSignal(20)
  useEffect(() => {
    const panel = ref.current?.closest<HTMLElement>('.tab-panel')
    if (panel === null || panel === undefined) return undefined
    const look = (): void => {
      const top = panel.scrollTop - (ref.current?.offsetTop ?? 0) + panel.offsetTop
      first.value = Math.max(0, Math.floor(top / rowHeight) - beyond)
      shown.value = Math.ceil(panel.clientHeight / rowHeight) + 2 * beyond
    }
    const observer = new ResizeObserver(look)
    observer.observe(panel)
    panel.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      panel.removeEventListener('scroll', look)
    }
  }, [rowHeight])
  const from = Math.min(first.value, Math.max(0, count - shown.value))
  const to = Math.min(count, from + shown.value)
  return { ref, from, to, above: from * rowHeight, below: (count - to) * rowHeight }
}
