import { ValidationError } from '../errors/index.ts'
import { checkName } from './names.ts'
import type { Payloads } from './payloads.ts'
import { searchTextOf } from './run-list.ts'
import { checkFrom, type SaveTexts } from './saving.ts'
import type { NewRun, RunRecord, RunSave } from './stored-run.ts'

/** The payloads of a save, encoded before anything is locked; at once where nothing encodes them. */
export function saveTexts(
  runId: string,
  save: RunSave,
  payloads: Payloads,
): SaveTexts | Promise<SaveTexts> {
  const { stepBefore: before, messages: log } = save
  const texts: Texts = [
    payloads.write(runId, 'snapshot', save.snapshot),
    payloads.write(runId, 'awaits', save.awaits),
    titleText(runId, save.title, payloads),
    errorText(runId, save.error, payloads),
    before === undefined ? '' : payloads.write(runId, 'snapshot', before.snapshot),
    before === undefined ? '' : payloads.write(runId, 'awaits', before.awaits),
    ...log.items.map((item) => payloads.write(runId, 'message', item)),
  ]
  const searchText = searchTextOf(runId, payloads.areReadable ? save.title : null)
  const told = ([snapshot, awaits, title, error, ...others]: Settled<Texts>): SaveTexts => {
    const [stepSnapshot, stepAwaits, ...messages] = others
    const stepBefore = before === undefined ? null : { snapshot: stepSnapshot, awaits: stepAwaits }
    return { snapshot, awaits, messages, title, error, searchText, stepBefore }
  }
  const now = settled(texts)
  if (now !== undefined) return told(now)
  // oxlint-disable-next-line typescript/await-thenable -- some of them are promises
  return Promise.all(texts).then(told)
}

type Text = string | Promise<string>
type Texts = [Text, Text, Text | null, Text | null, Text, Text, ...Text[]]
type Settled<TTexts> = { readonly [TKey in keyof TTexts]: Awaited<TTexts[TKey]> }

/** The very texts if none of them is still to come. */
function settled(texts: Texts): Settled<Texts> | undefined {
  if (texts.some((text) => text instanceof Promise)) return undefined
  return texts as Settled<Texts> // there is no promise among them
}

export function titleText(
  runId: string,
  title: string | null,
  payloads: Payloads,
): string | null | Promise<string> {
  return title === null ? null : payloads.writeText(runId, 'title', title)
}

export function errorText(
  runId: string,
  error: RunRecord['error'],
  payloads: Payloads,
): string | null | Promise<string> {
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
