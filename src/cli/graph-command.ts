import { agentMachine } from '../../machines/index.ts'
import { graphJson, toMermaid } from '../diagram/index.ts'
import { loadAgentModule } from './agent-module.ts'
import type { GraphCommand } from './arguments.ts'

/** The chart of a module's agent, or of any agent, ready to print. */
export async function graphText({ module, json }: GraphCommand): Promise<string> {
  const machine =
    module === undefined ? agentMachine : (await loadAgentModule(module)).agent.machine
  return json ? JSON.stringify(graphJson(machine), null, 2) : toMermaid(machine).trimEnd()
}
