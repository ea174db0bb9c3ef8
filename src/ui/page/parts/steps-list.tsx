import type { VNode } from 'preact'
import type { VisitInfo } from '../../protocol.ts'
import { can, fork } from '../actions.ts'
import { count, duration, money, tokensOf } from '../format.ts'
import type { Session } from '../session.ts'
import { focusedVisit, focusVisit } from '../state.ts'
import { useVisibleRows } from './visible-rows.ts'

const columns = ['Step', 'Node', 'Tokens', 'Cost', 'Time']

/** The nodes of the run in their order, each with what it took; a fork goes on from before any of them. */
export function StepsList({ session }: { readonly session: Session }): VNode {
  const visits = session.visits.value
  const { ref, from, to, above, below } = useVisibleRows<HTMLTableElement>(visits.length, 27)
  const times = timesOf(session)
  if (visits.length === 0) return <p class="empty">No steps yet.</p>
  return (
    <table class="steps" ref={ref} aria-rowcount={visits.length + 1}>
      <thead>
        <tr>
          {columns.map((word) => (
            <th key={word} scope="col">
              {word}
            </th>
          ))}
          <th scope="col">
            <span class="unseen">Fork</span>
          </th>
        </tr>
      </thead>
      <tbody>
        <Gap height={above} />
        {visits.slice(from, to).map((visit, at) => (
          <StepRow
            key={visit.visit}
            visit={visit}
            row={from + at + 2}
            time={times.get(visit.visit) ?? ''}
            session={session}
          />
        ))}
        <Gap height={below} />
      </tbody>
    </table>
  )
}

interface RowProps {
  readonly visit: VisitInfo
  readonly row: number
  readonly time: string
  readonly session: Session
}

function StepRow({ visit: { visit, kind }, row, time, session }: RowProps): VNode {
  const used = session.stepUsage.value.get(visit)
  return (
    <tr class={focusedVisit.value === visit ? 'focused' : ''} aria-rowindex={row}>
      <td>
        <button type="button" class="quiet" onClick={() => focusVisit(visit)}>
          {visit}
        </button>
      </td>
      <td>{kind}</td>
      <td>{tokenText(used?.usage)}</td>
      <td>{money(used?.cost) ?? ''}</td>
      <td>{time}</td>
      <td>
        {can(session, 'fork') && kind !== 'end' && (
          <button
            type="button"
            class="quiet"
            aria-label={`Fork before step ${visit}`}
            onClick={() => void fork(session, visit)}
          >
            Fork
          </button>
        )}
      </td>
    </tr>
  )
}

function Gap({ height }: { readonly height: number }): VNode | null {
  if (height === 0) return null
  return (
    <tr aria-hidden="true">
      <td colSpan={6} style={{ height: `${height}px` }} />
    </tr>
  )
}

function tokenText(usage: unknown): string {
  const { input, output } = tokensOf(usage)
  return input + output === 0 ? '' : `${count(input)} in, ${count(output)} out`
}

/** From the beginning of a step's first span to the end of its last one. */
function timesOf(session: Session): ReadonlyMap<number, string> {
  const ends = new Map<number, readonly [number, number]>()
  for (const { visit, startMs, endMs } of session.spans.value) {
    if (endMs === null) continue
    const [start, end] = ends.get(visit) ?? [Infinity, -Infinity]
    ends.set(visit, [Math.min(start, startMs), Math.max(end, endMs)])
  }
  return new Map([...ends].map(([visit, [start, end]]) => [visit, duration(end - start)]))
}
