import {
  externalToolset,
  jsonSchema,
  type RunContext,
  type Tool,
  tool,
  type ToolDefinition,
  type Toolset,
} from '../../src/index.ts'
import { perform, sleeps } from './behaviour.ts'
import { defined } from './defined.ts'
import { copyOf, type Json, type Recording } from './recording.ts'
import { inTurn, type VectorTool } from './vector.ts'

/** The tools that run here. */
export function scriptedTools(specs: readonly VectorTool[], recording: Recording): Tool[] {
  return specs.filter((spec) => spec.external !== true).map((spec) => scriptedTool(spec, recording))
}

/** The external tools: one toolset, none if there are none. */
export function externalTools(specs: readonly VectorTool[]): Toolset[] {
  const definitions = specs.filter((spec) => spec.external === true).map(externalDefinition)
  return definitions.length === 0 ? [] : [externalToolset(definitions)]
}

export function anySleeps(specs: readonly VectorTool[]): boolean {
  return specs.some((spec) => sleeps(spec.behaviour ?? []))
}

function scriptedTool(spec: VectorTool, recording: Recording): Tool {
  const next = inTurn(spec.behaviour ?? [])
  return tool({
    name: spec.name,
    inputSchema: jsonSchema(spec.parameters),
    execute: (input: unknown, ctx: RunContext) => {
      const entry = next()
      recording.toolExecutions.push(execution(spec.name, input, ctx))
      return onTimeline(recording, ctx, () => perform(entry, input, ctx))
    },
    ...defined({
      description: spec.description ?? undefined,
      strict: spec.strict ?? undefined,
      sequential: spec.sequential,
      needsApproval: spec.requires_approval,
      maxRetries: spec.max_retries ?? undefined,
      timeoutMs: milliseconds(spec.timeout),
      metadata: spec.metadata ?? undefined,
    }),
  })
}

function externalDefinition(spec: VectorTool): ToolDefinition {
  return {
    name: spec.name,
    description: spec.description ?? null,
    parametersJsonSchema: spec.parameters,
    kind: 'external',
    ...defined({
      strict: spec.strict ?? undefined,
      sequential: spec.sequential,
      metadata: spec.metadata ?? undefined,
      timeoutMs: milliseconds(spec.timeout),
    }),
  }
}

export function milliseconds(seconds: number | null | undefined): number | undefined {
  return seconds === null || seconds === undefined ? undefined : seconds * 1000
}

function execution(name: string, input: unknown, ctx: RunContext): Json {
  return {
    tool_name: name,
    tool_call_id: ctx.toolCallId,
    args: copyOf(input),
    retry: ctx.retry,
    max_retries: ctx.maxRetries,
    run_step: ctx.runStep,
    ...(ctx.toolCallApproved && { approved: true }),
    tool_call_metadata: copyOf(ctx.toolCallMetadata),
  }
}

/** A wait that the signal ended is a cancel; everything else is an end. */
async function onTimeline(
  { toolTimeline }: Recording,
  ctx: RunContext,
  work: () => Promise<unknown>,
): Promise<unknown> {
  toolTimeline.push(`start ${ctx.toolCallId}`)
  let last = 'end'
  try {
    return await work()
  } catch (error) {
    if (ctx.signal.aborted && error === ctx.signal.reason) last = 'cancel'
    throw error
  } finally {
    toolTimeline.push(`${last} ${ctx.toolCallId}`)
  }
}
