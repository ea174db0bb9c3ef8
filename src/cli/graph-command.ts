import { agentMachine } from '../../machines/index.ts'
import { graphJson, pathDiagram, type RunPath, runPath, toMermaid } from '../diagram/index.ts'
import { messagesOf } from '../messages/index.ts'
import { readSnapshot } from '../snapshot/index.ts'
import { loadAgentModule } from './agent-module.ts'
import type { GraphCommand } from './arguments.ts'
import { openStore } from './store-option.ts'

/** The chart of a module's agent, or of any agent, or the path of a stored run, ready to print. */
export async function graphText(command: GraphCommand): Promise<string> {
  const { module, json, run } = command
  if (run !== undefined) {
    const path = await storedPath(run, command)
    return json ? JSON.stringify(path, null, 2) : pathDiagram(path).trimEnd()
  }
  const machine =
    module === undefined ? agentMachine : (await loadAgentModule(module)).agent.machine
  return json ? JSON.stringify(graphJson(machine), null, 2) : toMermaid(machine).trimEnd()
}

/** @throws {RunNotFoundError} */
async function storedPath(runId: string, places: GraphCommand): Promise<RunPath> {
  const store = await openStore(places, false)
  try {
    const { snapshot, messages } = await store.load(runId)
    const { context, log } = readSnapshot(Object.assign({}, snapshot, { messages }))
    return runPath(context, messagesOf(log))
  } finally {
    await store.close()
  }
}
