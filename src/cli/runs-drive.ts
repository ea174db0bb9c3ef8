import { UserError } from '../errors/index.ts'
import type { AgentRun } from '../run/index.ts'
import type { Store } from '../store/index.ts'
import { loadWorkModule } from './agent-module.ts'
import { callLine } from './call-line.ts'
import { drive } from './drive.ts'
import { failureFacts } from './failure.ts'
import { interruptedCode, listenForInterruption } from './interruption.ts'
import { jsonReport } from './json-report.ts'
import { valueText } from './node-text.ts'
import { plain } from './plain.ts'
import type { DriveTask } from './runs-arguments.ts'
import type { RunsReport } from './runs-report.ts'
import { textReport } from './text-report.ts'
import { visible } from './visible.ts'

type OfAgent = Awaited<ReturnType<typeof agentOf>>

/** Does what needs the agent of a stored run. */
export async function driveReport(
  task: DriveTask & { readonly json: boolean },
  store: Store,
): Promise<RunsReport> {
  const of = await agentOf(task, store)
  switch (task.verb) {
    case 'resume':
      return resumed(task, of, store)
    case 'fork':
      return forked(task, of, store)
    case 'replay':
      return replayed(task, of, store)
  }
}

/** The agent of the run among those of the module. */
async function agentOf({ module, runId }: DriveTask, store: Store) {
  const { agentName, status } = await store.record(runId)
  const { agents, options } = await loadWorkModule(module)
  const agent = agents.find(({ name }) => (name ?? null) === agentName)
  if (agent !== undefined) return { agent, options, status }
  const there = agents.map(({ name }) => nameText(name)).join(', ')
  throw new UserError(`This is a run of ${nameText(agentName)}, and '${module}' has ${there}`)
}

function nameText(name: string | null | undefined): string {
  return name == null ? 'an agent without a name' : `'${name}'`
}

/** Drives a run here, to its end or until it waits. */
async function resumed(
  { runId, json }: DriveTask & { readonly json: boolean },
  { agent, options, status }: OfAgent,
  store: Store,
): Promise<RunsReport> {
  if (status === 'done') {
    throw new UserError(`The run '${runId}' is done`, { hint: 'See `agentchart runs show`' })
  }
  const { stdout: out, stderr: err } = process
  const print = (text: string): void => void out.write(text)
  const report = json ? jsonReport(print) : textReport({ out, err })
  const { signal, ignore } = listenForInterruption()
  let run: AgentRun | undefined
  try {
    run = await agent.load(runId, { ...options, store, signal })
    report.started(run, agent.name)
    const waitingFor = await drive(run, report)
    if (waitingFor === undefined) return { text: undefined }
    const waiting = { kind: 'waiting', runId, waitingFor }
    if (json) print(`${JSON.stringify(waiting, plain)}\n`)
    else print(`\nWaits for ${waitingFor.map((call) => visible(callLine(call, 200))).join(', ')}\n`)
    return { text: json ? undefined : `See: agentchart runs show ${runId}` }
  } catch (error) {
    await run?.save().catch(() => {}) // a cancel that came in is known to the chart alone
    report.failed(failureFacts(error, run))
    return { text: undefined, code: signal.aborted ? interruptedCode : 1 }
  } finally {
    ignore()
    await run?.release().catch(() => {}) // it is saved, and its lease runs out
    await run?.dispose()
  }
}

async function forked(
  { runId, seq, prompt }: Extract<DriveTask, { verb: 'fork' }>,
  { agent, options }: OfAgent,
  store: Store,
): Promise<RunsReport> {
  const run = await agent.fork(runId, {
    ...options,
    store,
    ...(seq !== undefined && { seq }),
    ...(prompt !== undefined && { edits: { prompt } }),
  })
  await run.save()
  await run.release()
  await run.dispose()
  const text = `Forked as '${run.runId}'; a worker takes it up, or \`agentchart runs resume\``
  return { text, json: await store.record(run.runId) }
}

async function replayed(
  { runId }: DriveTask,
  { agent, options }: OfAgent,
  store: Store,
): Promise<RunsReport> {
  const report = await agent.replay(runId, { ...options, store })
  const { steps, difference } = report
  if (difference === null) {
    return { json: report, text: `No difference in ${steps} requests` }
  }
  const { message, place, before, after, step } = difference
  const lines = [
    `Request ${step}: ${message}`,
    `  at   ${place.join(' › ')}`,
    `  was  ${shown(before)}`,
    `  now  ${shown(after)}`,
  ]
  return { json: report, text: visible(lines.join('\n')), code: 1 }
}

function shown(value: unknown): string {
  return value === undefined ? '(nothing)' : valueText(value).replaceAll('\n', '\n       ')
}
