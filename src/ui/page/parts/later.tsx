import { useSignal } from '@preact/signals'
import type { ComponentChildren, VNode } from 'preact'
import { useEffect } from 'preact/hooks'

interface Props {
  readonly frames: number
  readonly children: ComponentChildren
}

/** Draws what it holds some frames later, so that the parts of the page do not come all at once. */
export function Later({ frames, children }: Props): VNode | null {
  const left = useSignal(frames)
  useEffect(() => {
    if (left.value === 0) return undefined
    const frame = requestAnimationFrame(() => (left.value -= 1))
    return () => cancelAnimationFrame(frame)
  }, [left.value])
  return left.value === 0 ? <>{children}</> : null
}
