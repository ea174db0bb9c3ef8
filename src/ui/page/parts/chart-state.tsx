import type { VNode } from 'preact'
import type { StateView } from '../chart/graph.ts'
import type { Box } from '../chart/layout.ts'
import { inspectValue } from '../state.ts'

interface Props {
  readonly box: Box
  readonly state: StateView | undefined
  readonly active: ReadonlySet<string>
  readonly isFolded: boolean
  readonly isFirst: boolean
  readonly fold: (id: string) => void
}

/** One state. A click shows its configuration; a double click, or the sign in its corner, folds it. */
export function ChartState({ box, state, active, isFolded, isFirst, fold }: Props): VNode | null {
  if (state === undefined) return null
  const { x, y, width, height } = box
  const isActive = active.has(state.id)
  const hasInside = state.children.length > 0
  const isOpen = hasInside && !isFolded
  const inside = isFolded ? insideOf(state, active) : ''
  const words = [
    `${state.key} ${inside}`.trimEnd(),
    ...(state.parent === '' || state.parent === null ? [] : [`in ${state.parent}`]),
    isActive ? 'active' : 'not active',
    ...(hasInside ? [isFolded ? 'folded' : 'unfolded'] : []),
  ]
  const show = (): void => inspectValue(`State ${state.id}`, state.config)
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') show()
    else if (event.key === ' ' && hasInside) fold(state.id)
    else return
    event.preventDefault()
  }
  return (
    <g
      class={`state state-${state.type}${isActive ? ' active' : ''}${isOpen ? ' open' : ''}`}
      role="button"
      data-state={state.id}
      tabIndex={isFirst ? 0 : -1}
      aria-label={words.join(', ')}
      onClick={show}
      onDblClick={() => hasInside && fold(state.id)}
      onKeyDown={onKeyDown}
    >
      <rect x={x} y={y} width={width} height={height} rx={isOpen ? 9 : 7} />
      {state.type === 'final' && (
        <rect class="inner" x={x + 3} y={y + 3} width={width - 6} height={height - 6} rx={5} />
      )}
      {isOpen ? (
        <text class="state-title" x={x + 14} y={y + 22}>
          {state.key}
        </text>
      ) : (
        <Inscription box={box} state={state} inside={inside} />
      )}
      {hasInside && (
        <g
          class="fold"
          onClick={(event) => {
            event.stopPropagation()
            fold(state.id)
          }}
        >
          <rect class="fold-area" x={x + width - 24} y={y + 4} width={20} height={20} />
          <path
            d={`M${x + width - 18} ${y + 14}h8${isFolded ? `M${x + width - 14} ${y + 10}v8` : ''}`}
          />
        </g>
      )}
    </g>
  )
}

/** What is active inside a state, or would be at first. */
function insideOf(state: StateView, active: ReadonlySet<string>): string {
  const prefix = `${state.id}.`
  const innermost = [...active].findLast((id) => id.startsWith(prefix))
  return innermost?.slice(prefix.length) ?? state.initial ?? ''
}

interface InscriptionProps extends Pick<Props, 'box'> {
  readonly state: StateView
  readonly inside: string
}

/** The name in the middle, and for a folded state what is active inside. */
function Inscription({ box, state, inside }: InscriptionProps): VNode {
  const middle = box.x + box.width / 2
  const isTall = state.children.length > 0
  const baseline = box.y + box.height / 2 + 4
  return (
    <>
      <text class="state-name" x={middle} y={isTall ? baseline - 7 : baseline}>
        {`${state.key} `}
      </text>
      {isTall && (
        <text class="state-inside" x={middle} y={baseline + 9}>
          {inside}
        </text>
      )}
    </>
  )
}
