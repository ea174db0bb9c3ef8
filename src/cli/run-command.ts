import { text as readAll } from 'node:stream/consumers'
import { UserError } from '../errors/index.ts'
import { type ModelCall, toModel } from '../models/index.ts'
import type { AgentRun } from '../run/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'
import { loadAgentModule, modelOf } from './agent-module.ts'
import type { RunCommand } from './arguments.ts'
import { callLine } from './call-line.ts'
import { drive } from './drive.ts'
import { failureFacts } from './failure.ts'
import { interruptedCode, listenForInterruption } from './interruption.ts'
import { jsonReport } from './json-report.ts'
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
    const waitingFor = await drive(run, report)
    if (waitingFor !== undefined) throw unanswered(waitingFor)
    return 0
  } catch (error) {
    report.failed(failureFacts(error, run))
    return signal.aborted ? interruptedCode : 1
  } finally {
    ignore()
    await run?.dispose()
  }
}

/** `run` asks nobody: what others are to say would be waited for in vain. */
function unanswered(calls: readonly AwaitedCall[]): UserError {
  const list = calls.map((call) => callLine(call, 200)).join(', ')
  return new UserError(`The run waits for ${list}, and \`run\` asks nobody`, {
    hint: '`agentchart chat` asks for approvals; runs in a store are told by `agentchart runs`',
  })
}

async function promptFromStdin(): Promise<string> {
  const prompt = process.stdin.isTTY ? '' : (await readAll(process.stdin)).trimEnd()
  if (prompt !== '') return prompt
  throw new UsageError('`run` needs a prompt: as its last word, in quotes, or on stdin')
}
