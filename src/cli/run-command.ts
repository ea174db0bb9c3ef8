import { text as readAll } from 'node:stream/consumers'
import { type ModelCall, toModel } from '../models/index.ts'
import type { AgentRun } from '../run/index.ts'
import { loadAgentModule, modelOf } from './agent-module.ts'
import type { RunCommand } from './arguments.ts'
import { failureFacts } from './failure.ts'
import { interruptedCode, listenForInterruption } from './interruption.ts'
import { jsonReport } from './json-report.ts'
import type { Report } from './report.ts'
import { textReport } from './text-report.ts'
import { UsageError } from './usage-error.ts'
import { WatchedModel } from './watched-model.ts'

/** Runs the agent of a module and reports on it. Gives the exit code. @throws {UsageError} when there is no prompt */
export async function runAgent(command: RunCommand): Promise<number> {
  const prompt = command.prompt ?? (await promptFromStdin())
  const { stdout: out, stderr: err } = process
  const report = command.json
    ? jsonReport((text) => void out.write(text))
    : textReport({ out, err })
  let run: AgentRun | undefined
  const { signal, ignore } = listenForInterruption()
  try {
    const { agent, options } = await loadAgentModule(command.module)
    const model = toModel(command.model ?? modelOf(agent))
    const watched = new WatchedModel(model, (call: ModelCall) => report.requested(call))
    run = agent.iter(prompt, { ...options, model: watched, signal })
    report.started(run, agent.name)
    await drive(run, report)
    return 0
  } catch (error) {
    report.failed(failureFacts(error, run))
    return signal.aborted ? interruptedCode : 1
  } finally {
    ignore()
    await run?.dispose()
  }
}

async function drive(run: AgentRun, report: Report): Promise<void> {
  const startedAt = performance.now()
  for await (const node of run) report.node(node)
  if (run.result !== null) report.ended(run.result, performance.now() - startedAt)
}

async function promptFromStdin(): Promise<string> {
  const prompt = process.stdin.isTTY ? '' : (await readAll(process.stdin)).trimEnd()
  if (prompt !== '') return prompt
  throw new UsageError('`run` needs a prompt: as its last word, in quotes, or on stdin')
}
