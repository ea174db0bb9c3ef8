import { ValidationError } from '../errors/index.ts'
import { checkName } from './names.ts'
import type { Payloads } from './payloads.ts'
import { searchTextOf } from './run-list.ts'
import { checkFrom, type SaveTexts } from './saving.ts'
import type { NewRun, RunRecord, RunSave } from './stored-run.ts'

/** The payloads of a save, encoded before anything is locked. */
export async function saveTexts(
  runId: string,
  save: RunSave,
  payloads: Payloads,
): Promise<SaveTexts> {
  const [snapshot, awaits, messages, title, error] = await Promise.all([
    payloads.write(runId, 'snapshot', save.snapshot),
    payloads.write(runId, 'awaits', save.awaits),
    payloads.writeAll(runId, 'message', save.messages.items),
    titleText(runId, save.title, payloads),
    errorText(runId, save.error, payloads),
  ])
  const searchText = searchTextOf(runId, payloads.areReadable ? save.title : null)
  return { snapshot, awaits, messages, title, error, searchText }
}

export async function titleText(
  runId: string,
  title: string | null,
  payloads: Payloads,
): Promise<string | null> {
  return title === null ? null : payloads.writeText(runId, 'title', title)
}

export async function errorText(
  runId: string,
  error: RunRecord['error'],
  payloads: Payloads,
): Promise<string | null> {
  return error === null ? null : payloads.write(runId, 'error', error)
}

/** @throws {ValidationError} when it cannot be the first save of a run */
export function checkNew(run: NewRun): void {
  checkName(run.runId, 'runId')
  checkName(run.conversationId, 'conversationId')
  if (run.agentName !== null) checkName(run.agentName, 'agentName')
  if (run.seq !== 1) throw new ValidationError('The first save has the number 1', ['seq'])
  checkFrom(run.messages.from, 0)
}
