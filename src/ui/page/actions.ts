/** What a person can do, as commands; each does nothing where the server would refuse it. */
import type { Command, CommandResult } from '../protocol.ts'
import { send } from './connection.ts'
import { pretty } from './json.ts'
import type { Session } from './session.ts'
import { comparedId, focusedVisit, found, notice, show, shown } from './state.ts'

export function can(session: Session | null, type: Command['type']): boolean {
  return session?.summary.value.can.includes(type) ?? false
}

type Drive = 'auto' | 'step'

export async function startRun(
  agent: string | null,
  prompt: string,
  drive: Drive,
): Promise<boolean> {
  return showResult(await send({ type: 'start', agent, prompt, drive }))
}

export async function step(node?: unknown): Promise<CommandResult | null> {
  const session = shown.value
  if (session === null) return null
  if (can(session, 'next'))
    return send({ type: 'next', session: session.id, ...(node !== undefined && { node }) })
  await takeUp(session, 'step')
  return null
}

/** Begins to edit the pending node. */
export function editNode(session: Session): void {
  const run = session.run.value
  if (run !== null && can(session, 'next'))
    session.draft.value = { visit: run.visit, text: pretty(run.node) }
}

export async function setDrive(drive: Drive): Promise<void> {
  const session = shown.value
  if (session === null) return
  if (can(session, 'drive')) await send({ type: 'drive', session: session.id, drive })
  else await takeUp(session, drive)
}

/** A run of the store goes on. */
async function takeUp(session: Session, drive: Drive): Promise<void> {
  const { runId } = session.summary.value
  if (can(session, 'resume') && runId !== null)
    showResult(await send({ type: 'resume', runId, drive }))
}

export async function cancelRun(): Promise<void> {
  const session = shown.value
  if (session !== null && can(session, 'cancel'))
    await send({ type: 'cancel', session: session.id, reason: 'cancelled in the inspector' })
}

export async function enqueue(session: Session, text: string): Promise<boolean> {
  return (await send({ type: 'enqueue', session: session.id, text })).ok
}

export async function fork(session: Session, visit: number, node?: unknown): Promise<boolean> {
  const edited = node === undefined ? {} : { node }
  return showResult(
    await send({ type: 'fork', session: session.id, visit, drive: 'step', ...edited }),
  )
}

/** From before the step that is pointed to, or else the pending one; before the end of a run that is over. */
export async function forkHere(session: Session): Promise<boolean> {
  const last = session.visits.value.findLast(({ kind }) => kind !== 'end')
  return fork(session, focusedVisit.value ?? last?.visit ?? 0)
}

/** Shows another run beside this one, or stops to. */
export function compareWith(id: string | null): void {
  comparedId.value = id
}

export async function searchStore(text: string): Promise<void> {
  if (text === '') {
    found.value = null
    return
  }
  const result = await send({ type: 'search', text, status: null, limit: 50 })
  if (result.ok) found.value = result.sessions ?? []
}

export async function openStored(runId: string): Promise<void> {
  showResult(await send({ type: 'open', runId }))
}

export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    notice.value = 'The browser does not let this page write to the clipboard'
    return false
  }
}

function showResult(result: CommandResult): boolean {
  if (result.ok && result.session !== undefined) show(result.session)
  return result.ok
}
