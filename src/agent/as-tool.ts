import { type SnapshotMismatch, UserError } from '../errors/index.ts'
import type { AgentRun } from '../run/index.ts'
import type { InferSchema, SchemaInput, StandardSchemaV1 } from '../schema/index.ts'
import { type RunContext, type Tool, tool, type ToolOptions } from '../tools/index.ts'
import type { PromptInput, ResumeOptions } from './options.ts'

/** How an agent is offered to another one. */
export interface AsToolOptions<TDeps, TInput extends SchemaInput> extends Omit<
  ToolOptions<TDeps, TInput, unknown>,
  'name' | 'execute' | 'onCrash'
> {
  /** Default: the agent's name. */
  readonly name?: string
  /** What the agent is asked. Default: `prompt` of the arguments. */
  readonly prompt?: (input: InferSchema<TInput>, ctx: RunContext<TDeps>) => PromptInput
}

/** What an agent takes as a tool unless it says otherwise: a prompt. */
export type PromptArguments = StandardSchemaV1<unknown, { readonly prompt: string }>

const promptSchema = {
  type: 'object',
  properties: { prompt: { type: 'string', description: 'What is to be done, in full.' } },
  required: ['prompt'],
  additionalProperties: false,
}

/** An agent, as far as it is made a tool of. */
export interface AgentBelow {
  readonly name: string | undefined
  readonly description: string | undefined
  /** The run that a call has begun in an earlier try, or a new one. */
  openBelow(prompt: () => PromptInput, ctx: RunContext): AgentRun
  /** What keeps such a run from being taken up. */
  check(snapshot: unknown, options: ResumeOptions<unknown>): readonly SnapshotMismatch[]
}

const agents = new WeakMap<Tool, AgentBelow>()

/** The agent that is offered as this tool; `undefined` for other tools. */
export function agentBehind(offered: Tool): AgentBelow | undefined {
  return agents.get(offered)
}

/** @throws {UserError} for an agent without a name that is given none */
export function asTool(
  agent: AgentBelow,
  { name = agent.name, prompt = promptOf, ...options }: AsToolOptions<unknown, SchemaInput>,
): Tool {
  if (name === undefined) {
    throw new UserError('The agent has no name that a tool could have', {
      hint: 'Name the agent, or write `asTool({ name })`',
    })
  }
  const { description = agent.description, inputSchema = promptSchema } = options
  const made = tool({
    ...options,
    name,
    inputSchema,
    ...(description !== undefined && { description }),
    onCrash: 'rerun', // what it did is kept with the call: it goes on from there
    execute: async (input, ctx) =>
      outputOf(
        agent.openBelow(() => prompt(input, ctx), ctx),
        ctx,
      ),
  })
  agents.set(made, agent)
  return made
}

/** What is not finished stays with the call, for the next try. */
async function outputOf(run: AgentRun, ctx: RunContext): Promise<unknown> {
  try {
    const { output } = await run.finish()
    return output
  } catch (error) {
    const { failure } = run.ctx.state
    if (failure?.isFinal === true) ctx.below?.forget()
    else ctx.below?.settle()
    throw error
  } finally {
    await Promise.allSettled([run.release()])
  }
}

function promptOf(input: unknown): PromptInput {
  const isRecord = typeof input === 'object' && input !== null && 'prompt' in input
  if (isRecord && typeof input.prompt === 'string') return input.prompt
  throw new UserError('The arguments hold no `prompt`', {
    hint: 'Give `asTool` a `prompt` function that makes one of them',
  })
}
