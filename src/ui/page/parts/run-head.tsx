import type { VNode } from 'preact'
import { can, cancelRun, compareWith, forkHere, setDrive, step } from '../actions.ts'
import { count, money, tokensOf } from '../format.ts'
import type { Session } from '../session.ts'
import { comparedId, sessions, shown } from '../state.ts'
import { Icon, type IconName, StatusMark } from './icons.tsx'

/** Which run is shown, how it stands, and what can be done with it. */
export function RunHead(): VNode {
  const session = shown.value
  if (session === null)
    return (
      <header class="head">
        <h2>No run</h2>
      </header>
    )
  const summary = session.summary.value
  return (
    <header class="head">
      <div class="head-title">
        <h2 title={summary.title}>{summary.title || 'Untitled'}</h2>
        <div class="head-facts">
          <span role="status" aria-label="Status of the run">
            <StatusMark status={summary.status} />
          </span>
          <Facts session={session} />
        </div>
      </div>
      <Controls session={session} />
    </header>
  )
}

function Facts({ session }: { readonly session: Session }): VNode {
  const run = session.run.value
  const { agentName, forkedFrom, runId } = session.summary.value
  const origin = sessions.value.get(forkedFrom?.session ?? '')
  const tokens = tokensOf(run?.usage)
  const cost = money(run?.cost)
  return (
    <>
      {agentName !== null && <span>{agentName}</span>}
      {run !== null && <span>step {run.visit}</span>}
      {run !== null && (
        <span title="Tokens in and out">
          {count(tokens.input)} in, {count(tokens.output)} out
        </span>
      )}
      {cost !== null && <span title="Cost so far">{cost}</span>}
      {forkedFrom !== null && (
        <span title={origin?.summary.value.title}>fork from step {forkedFrom.visit}</span>
      )}
      {runId !== null && <span class="faint mono run-id">{runId}</span>}
    </>
  )
}

function Controls({ session }: { readonly session: Session }): VNode | null {
  const run = session.run.value
  if (session.summary.value.can.length === 0 && sessions.value.size < 2) return null
  const isAuto = run?.drive === 'auto'
  const isResumable = can(session, 'resume')
  return (
    <div class="controls" role="toolbar" aria-label="Run">
      <Control
        icon="step"
        word="Step"
        hint="s"
        act={() => step()}
        on={isResumable || can(session, 'next')}
      />
      <Control
        icon="play"
        word="Run"
        hint="r"
        act={() => setDrive('auto')}
        on={isResumable || (can(session, 'drive') && !isAuto)}
      />
      <Control
        icon="pause"
        word="Pause"
        hint="p"
        act={() => setDrive('step')}
        on={can(session, 'drive') && isAuto}
      />
      <Control icon="cancel" word="Cancel" hint="x" act={cancelRun} on={can(session, 'cancel')} />
      <Control
        icon="fork"
        word="Fork"
        hint="f"
        act={() => forkHere(session)}
        on={can(session, 'fork')}
      />
      <Compare session={session} />
    </div>
  )
}

interface ControlProps {
  readonly icon: IconName
  readonly word: string
  readonly hint: string
  readonly on: boolean
  readonly act: () => Promise<unknown>
}

function Control({ icon, word, hint, on, act }: ControlProps): VNode {
  return (
    <button
      type="button"
      disabled={!on}
      title={`${word} (${hint})`}
      aria-keyshortcuts={hint}
      onClick={() => void act()}
    >
      <Icon name={icon} />
      <span>{word}</span>
    </button>
  )
}

function Compare({ session }: { readonly session: Session }): VNode | null {
  const others = [...sessions.value.values()].filter((other) => other !== session)
  if (others.length === 0) return null
  return (
    <label class="compare-with">
      <Icon name="compare" />
      <select
        aria-label="Compare with"
        value={comparedId.value ?? ''}
        onChange={(event) => compareWith(event.currentTarget.value || null)}
      >
        <option value="">Compare…</option>
        {others.map((other) => (
          <option key={other.id} value={other.id}>
            {other.summary.value.title || other.id}
          </option>
        ))}
      </select>
    </label>
  )
}
