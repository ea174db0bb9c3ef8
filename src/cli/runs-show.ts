import { styleText } from 'node:util'
import type { ModelMessage } from '../messages/index.ts'
import { messagesOf } from '../messages/index.ts'
import { type AwaitedCall, readSnapshot, type SavedRun } from '../snapshot/index.ts'
import type { InboxEntry, RunRecord, RunStatus, Store, StoredRun } from '../store/index.ts'
import { argumentsText } from './call-line.ts'
import { failureFacts } from './failure.ts'
import { messageEntries, valueText } from './node-text.ts'
import { plain } from './plain.ts'
import { historyText } from './runs-history.ts'
import { type RunsReport, shellWord, timeText } from './runs-report.ts'
import { counted, usageText } from './usage-text.ts'
import { oneLine, visible } from './visible.ts'

/** What is in a stored run, as far as this version can read it. */
interface Inside {
  readonly run: SavedRun | undefined
  /** Why it cannot. */
  readonly error: unknown
}

/** Where a run stands, what it waits for, and what was said last. */
export async function showReport(runId: string, store: Store): Promise<RunsReport> {
  const stored = await store.load(runId)
  const [history, inbox] = await Promise.all([store.history(runId), store.inbox(runId)])
  const inside = insideOf(stored)
  const { record, awaits, messages } = stored
  const usage = inside.run?.context.usage ?? null
  const text = [
    section('', headLines(record, inside)),
    section(
      'Waits for',
      awaits.flatMap((call) => callLines(call, stored, inbox)),
    ),
    section('Not taken yet', inbox.map(inboxLine)),
    section('Messages', messageLines(inside)),
    section('Output', outputLines(inside)),
    section('Steps', historyText(history).split('\n')),
  ]
  return {
    json: { record, usage, awaits, inbox, messages, output: outputOf(inside) ?? null, history },
    text: text.filter((part) => part !== '').join('\n\n'),
  }
}

function insideOf({ snapshot, messages }: StoredRun): Inside {
  try {
    return { run: readSnapshot(Object.assign({}, snapshot, { messages })), error: undefined }
  } catch (error) {
    return { run: undefined, error }
  }
}

function section(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return ''
  if (title === '') return lines.join('\n')
  const heading = styleText(['bold', 'cyan'], title, { stream: process.stdout })
  return [heading, ...lines.map((line) => `  ${line}`)].join('\n')
}

const width = 13

function headLines(record: RunRecord, { run, error }: Inside): readonly string[] {
  const { runId, status, attempts, owner, forkedFrom, wakeAt } = record
  const facts: readonly (readonly [string, string | null])[] = [
    ['run', runId],
    ['agent', record.agentName],
    ['status', owner === null ? status : `${status}, driven by ${owner}`],
    ['title', record.title],
    ['began', timeText(record.createdAt)],
    ['updated', timeText(record.updatedAt)],
    ['usage', run === undefined ? null : usageText(run.context.usage)],
    ['error', errorText(record)],
    ['wakes', wakeAt === null ? null : timeText(wakeAt)],
    ['attempts', attempts === 0 ? null : `${attempts} since it last got on`],
    ['fork of', forkedFrom === null ? null : `${forkedFrom.runId}, save ${forkedFrom.seq}`],
    ['unread', error === undefined ? null : failureFacts(error, undefined).message],
    ['put back by', rests.has(status) ? `agentchart runs requeue ${shellWord(runId)}` : null],
  ]
  return facts.flatMap(([label, text]) =>
    text === null ? [] : [`${dim(label.padEnd(width))}${oneLine(text, 500)}`],
  )
}

/** What workers leave alone until somebody says so. */
const rests: ReadonlySet<RunStatus> = new Set(['failed', 'paused', 'cancelled', 'stuck'])

function errorText({ error, status, attempts }: RunRecord): string | null {
  if (error !== null) return `${error.name}: ${error.message}`
  if (status !== 'stuck') return null
  return `whoever took it up has died, ${counted(attempts, 'time')} without getting on`
}

function callLines(
  call: AwaitedCall,
  stored: StoredRun,
  inbox: readonly InboxEntry[],
): readonly string[] {
  const { toolName, toolCallId, index, metadata, deadline, path, agentName } = call
  const isDecided = inbox.some(
    ({ event }) =>
      'toolCallId' in event &&
      event.toolCallId === toolCallId &&
      event.index === index &&
      event.path?.join() === path.join(),
  )
  return [
    visible(`${toolName} ${argumentsText(call)}`).replaceAll('\n', ' '),
    ...(metadata === null ? [] : [`  with ${oneLine(JSON.stringify(metadata, plain), 500)}`]),
    ...(path.length === 0 ? [] : [`  asked by ${oneLine(agentName ?? 'an agent', 40)}, below`]),
    ...(deadline === null ? [] : [`  until ${timeText(deadline)}`]),
    isDecided
      ? '  is decided, and not taken yet'
      : dim(`  ${visible(decidingCommand(call, stored))}`),
  ]
}

/** What says yes to a call, or answers it. */
function decidingCommand(call: AwaitedCall, { record, awaits }: StoredRun): string {
  const { toolCallId, index, path } = call
  const others = awaits.filter((other) => other !== call && other.toolCallId === toolCallId)
  const isNear = others.some((other) => other.path.join() === path.join())
  const below = path.length > 0 || others.length > 0 ? ['--path', path.join(',')] : []
  const which = isNear ? ['--index', `${index}`] : []
  const isApproval = call.awaits === 'approval'
  const verb = isApproval ? 'approve' : 'answer'
  const words = ['agentchart', 'runs', verb, record.runId, toolCallId, ...below, ...which]
  return `${words.map(shellWord).join(' ')}${isApproval ? '' : ' --result <json>'}`
}

function inboxLine({ event, at }: InboxEntry): string {
  const { type, ...rest } = event
  return `${timeText(at)} ${type} ${oneLine(JSON.stringify(rest, plain), 200)}`
}

/** Messages at the end that are shown. */
const shownMessages = 6
const shownLines = 20

function messageLines({ run }: Inside): readonly string[] {
  if (run === undefined) return []
  const messages = messagesOf(run.log)
  const left = messages.length - shownMessages
  const before = left > 0 ? [dim(`${counted(left, 'message')} before`)] : []
  return [...before, ...messages.slice(-shownMessages).flatMap(linesOf)]
}

function linesOf(message: ModelMessage): readonly string[] {
  return messageEntries(message).flatMap(({ label, text }) => {
    const [first = '', ...more] = cut(visible(text).split('\n'))
    return [
      `${dim(label.padEnd(width))}${first}`,
      ...more.map((line) => `${' '.repeat(width)}${line}`),
    ]
  })
}

function cut(lines: readonly string[]): readonly string[] {
  return lines.length > shownLines ? [...lines.slice(0, shownLines), '…'] : lines
}

function outputOf({ run }: Inside): unknown {
  const node = run?.context.node
  return node?.kind === 'end' ? node.data.output : undefined
}

function outputLines(inside: Inside): readonly string[] {
  const output = outputOf(inside)
  return output === undefined ? [] : cut(visible(valueText(output)).split('\n'))
}

function dim(text: string): string {
  return styleText('dim', text, { stream: process.stdout })
}
