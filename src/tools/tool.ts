import { UserError } from '../errors/index.ts'
import {
  toSchema,
  type InferSchema,
  type Schema,
  type SchemaInput,
  type StandardSchemaV1,
} from '../schema/index.ts'
import type { ToolDefinition } from './definition.ts'
import type { RunContext } from './run-context.ts'
import { checkedResult } from './checked-result.ts'
import { checkToolName } from './tool-name.ts'

/**
 * Decides per step whether and how a tool is offered: return the definition, changed or not, or `null` to leave the
 * tool out of this step.
 */
export type PrepareTool<TDeps> = (
  ctx: RunContext<TDeps>,
  definition: ToolDefinition,
) => ToolDefinition | null | Promise<ToolDefinition | null>

/** What to do with a call that was running when the process died: run it again, or tell the model nobody knows. */
export type OnCrash = 'rerun' | 'unknown'

/** What `tool()` takes. */
export interface ToolOptions<TDeps, TInput extends SchemaInput, TResult> {
  readonly name: string
  /** What the model reads. Default: the description of `inputSchema`, else nothing. */
  readonly description?: string
  /** zod 4, any Standard Schema with JSON Schema support, or a plain JSON Schema. Default: no arguments. */
  readonly inputSchema?: TInput
  /**
   * The work. Its value goes to the model as JSON. Throw `ModelRetry` to ask for better arguments, `ToolFailed` to
   * report a final failure, `ApprovalRequired` or `CallDeferred` to put the call off; any other error ends the step.
   */
  readonly execute: (
    input: InferSchema<TInput>,
    ctx: RunContext<TDeps>,
  ) => TResult | Promise<TResult>
  /** Checked against what `execute` returns; documents the result. */
  readonly outputSchema?: SchemaInput
  /** Retries the model gets for this tool. Default: the agent's tool retries, 1 unless set. */
  readonly maxRetries?: number
  /** Per execution, in milliseconds; the model is told and may retry. Default: the agent's `toolTimeoutMs`, else none. */
  readonly timeoutMs?: number
  /** Runs alone among the calls of one response. Default `false`. */
  readonly sequential?: boolean
  /** The call waits for a person: always, or when the function says so of validated arguments. Default `false`. */
  readonly needsApproval?:
    | boolean
    | ((input: InferSchema<TInput>, ctx: RunContext<TDeps>) => boolean | Promise<boolean>)
  /** How long a call of a run that waits does so for approval or an answer, in milliseconds. Default: the run's. */
  readonly waitTimeoutMs?: number
  readonly strict?: boolean
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly prepare?: PrepareTool<TDeps>
  /** Default `'unknown'`. */
  readonly onCrash?: OnCrash
}

/** A tool as made by `tool()`: immutable, usable by any agent whose deps extend `TDeps`. */
export interface Tool<TDeps = unknown> {
  readonly definition: ToolDefinition
  readonly inputSchema: Schema
  readonly outputSchema: Schema | undefined
  readonly maxRetries: number | undefined
  readonly onCrash: OnCrash
  readonly needsApproval:
    | ((input: unknown, ctx: RunContext<TDeps>) => boolean | Promise<boolean>)
    | undefined
  readonly prepare: PrepareTool<TDeps> | undefined
  /** `input` is what `inputSchema` made of the model's arguments. */
  readonly execute: (input: unknown, ctx: RunContext<TDeps>) => unknown
}

/** What a tool without `inputSchema` takes: an empty object. */
export type NoArguments = StandardSchemaV1<unknown, Record<string, never>>

const noArguments = { type: 'object', properties: {}, additionalProperties: false }

/** `tool` with the type of its deps settled, as `withDeps` gives it. */
export type ToolFactory<TDeps> = <TResult, TInput extends SchemaInput = NoArguments>(
  options: ToolOptions<TDeps, TInput, TResult>,
) => Tool<TDeps>

/**
 * A function that the model may call. `input` has the type of `inputSchema`; deps are `unknown` unless the type of
 * `ctx` is written out, or the tool is made with `withDeps<TDeps>().tool`.
 *
 * @throws UserError for a name or a number that cannot work, without `execute`, and for an `inputSchema` that is not an object's
 */
export function tool<TResult, TInput extends SchemaInput = NoArguments, TDeps = unknown>(
  options: ToolOptions<TDeps, TInput, TResult>,
): Tool<TDeps> {
  const { name, maxRetries, timeoutMs, needsApproval, outputSchema, onCrash = 'unknown' } = options
  checkToolName(name)
  checkExecute(name, options.execute)
  if (maxRetries !== undefined) checkRetries(name, maxRetries)
  checkTimeout(name, { timeoutMs, waitTimeoutMs: options.waitTimeoutMs })
  const inputSchema = toSchema(options.inputSchema ?? noArguments)
  const resultSchema = outputSchema && toSchema(outputSchema)
  const execute = afterParsing(options.execute)
  return Object.freeze({
    definition: defineTool(options, inputSchema),
    inputSchema,
    outputSchema: resultSchema,
    maxRetries,
    onCrash,
    needsApproval: typeof needsApproval === 'function' ? afterParsing(needsApproval) : undefined,
    prepare: options.prepare,
    execute:
      resultSchema === undefined
        ? execute
        : async (input, ctx) => checkedResult(name, resultSchema, await execute(input, ctx)),
  })
}

function defineTool<TDeps, TInput extends SchemaInput, TResult>(
  options: ToolOptions<TDeps, TInput, TResult>,
  schema: Schema,
): ToolDefinition {
  const { name, description, strict, sequential, metadata, timeoutMs, waitTimeoutMs } = options
  return Object.freeze({
    name,
    description: description ?? schema.description ?? null,
    parametersJsonSchema: objectSchema(name, schema),
    kind: options.needsApproval === true ? 'unapproved' : 'function',
    ...(strict !== undefined && { strict }),
    ...(sequential !== undefined && { sequential }),
    ...(metadata !== undefined && { metadata }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(waitTimeoutMs !== undefined && { waitTimeoutMs }),
  })
}

function objectSchema(name: string, { jsonSchema }: Schema): Schema['jsonSchema'] {
  if (jsonSchema['type'] === 'object') return jsonSchema
  throw new UserError(`The arguments of tool '${name}' are not described by an object schema`, {
    hint: 'Put them under a key, as in `inputSchema: z.object({ value: … })`',
  })
}

function checkExecute(name: string, execute: unknown): void {
  if (typeof execute === 'function') return
  throw new UserError(`The tool '${name}' has no \`execute\` function`, {
    hint: 'Write `execute: (input, ctx) => …`; for a tool that others execute, use `externalToolset`',
  })
}

function checkRetries(name: string, maxRetries: number): void {
  if (Number.isInteger(maxRetries) && maxRetries >= 0) return
  throw new UserError(`\`maxRetries\` of tool '${name}' is ${maxRetries}`, {
    hint: 'Give a whole number, 0 or more',
  })
}

function checkTimeout(name: string, limits: Readonly<Record<string, number | undefined>>): void {
  for (const [limit, ms] of Object.entries(limits)) {
    if (ms === undefined || (Number.isFinite(ms) && ms > 0)) continue
    throw new UserError(`\`${limit}\` of tool '${name}' is ${ms}`, {
      hint: 'Give a number of milliseconds above 0, or leave it out for no limit',
    })
  }
}

/** A function of parsed input as one of anything. */
function afterParsing<TInput, TDeps, TResult>(
  work: (input: TInput, ctx: RunContext<TDeps>) => TResult,
): (input: unknown, ctx: RunContext<TDeps>) => TResult {
  // The run hands over what `inputSchema` made of the arguments, which is a `TInput`.
  return (input, ctx) => work(input as TInput, ctx)
}
