import {
  outputFunction,
  type OutputFunctionFactory,
  textOutput,
  type TextOutputFactory,
} from '../output/index.ts'
import { tool, type ToolFactory } from '../tools/index.ts'
import { agentConstructor, type AgentConstructor } from './agent.ts'

/** `Agent`, and what makes tools and output functions for it, for one type of deps. */
export interface WithDeps<TDeps> {
  readonly Agent: AgentConstructor<TDeps>
  readonly tool: ToolFactory<TDeps>
  readonly outputFunction: OutputFunctionFactory<TDeps>
  readonly textOutput: TextOutputFactory<TDeps>
}

/** Settles the type of deps once: `const { Agent, tool } = withDeps<Database>()`. Costs nothing at run time. */
export function withDeps<TDeps>(): WithDeps<TDeps> {
  return { Agent: agentConstructor<TDeps>(), tool, outputFunction, textOutput }
}
