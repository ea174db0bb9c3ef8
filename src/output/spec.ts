import { UserError } from '../errors/index.ts'
import type { BinaryContent, DeferredToolRequests } from '../messages/index.ts'
import type { InferSchema, SchemaInput } from '../schema/index.ts'
import type { RunContext } from '../tools/index.ts'

/** Plain text; only needed in a list with other outputs, text is the default. */
export const text = Object.freeze({ outputKind: 'text' } as const)
/** An image made by the model. */
export const image = Object.freeze({ outputKind: 'image' } as const)
/** The run may end with calls that wait for approval or for an answer from outside. */
export const deferredToolRequests = Object.freeze({ outputKind: 'deferred' } as const)

/** A function that makes the output from what the model gave; throw `ModelRetry` to ask for something better. */
export type OutputFunctionBody<TInput, TOutput, TDeps = unknown> = (
  input: TInput,
  ctx: RunContext<TDeps>,
) => TOutput | Promise<TOutput>

/** An output whose value a function makes; fits agents whose deps extend `TDeps`. */
export interface OutputFunction<TOutput, TDeps = unknown> {
  readonly outputKind: 'function'
  readonly name: string
  readonly description: string | undefined
  readonly inputSchema: SchemaInput
  readonly execute: (input: unknown, ctx: RunContext<TDeps>) => TOutput | Promise<TOutput>
}

/** An output that the model gives by calling a tool. */
export interface ToolOutput<TOutput, TDeps = unknown> {
  readonly outputKind: 'tool'
  readonly output: SchemaInput | OutputFunction<TOutput, TDeps>
  readonly name: string | undefined
  readonly description: string | undefined
  readonly maxRetries: number | undefined
  readonly strict: boolean | undefined
  readonly sequential: boolean | undefined
  readonly [outputType]?: TOutput
}

/** An output that the model writes as JSON text, held to the schema by the provider or by the prompt. */
export interface StructuredTextOutput<TOutput, TDeps = unknown> {
  readonly outputKind: 'native' | 'prompted'
  readonly outputs: readonly (SchemaInput | OutputFunction<unknown, TDeps>)[]
  readonly name: string | undefined
  readonly description: string | undefined
  readonly strict: boolean | undefined
  /** `{schema}` is replaced; `false` sends no text; `undefined` means the model profile's. */
  readonly template: string | false | undefined
  readonly [outputType]?: TOutput
}

/** A function applied to plain text. */
export interface TextOutput<TOutput, TDeps = unknown> {
  readonly outputKind: 'text-function'
  readonly name: string
  readonly execute: (text: string, ctx: RunContext<TDeps>) => TOutput | Promise<TOutput>
}

/** Carries the type only; never set. */
declare const outputType: unique symbol

/** One alternative of an agent's output; `null` allows an empty response. */
export type OutputItem<TDeps = unknown> =
  | typeof text
  | typeof image
  | typeof deferredToolRequests
  | null
  | OutputFunction<unknown, TDeps>
  | ToolOutput<unknown, TDeps>
  | StructuredTextOutput<unknown, TDeps>
  | TextOutput<unknown, TDeps>
  | SchemaInput

/** What an agent's `output` takes: one alternative, or a list that means a union. */
export type OutputSpec<TDeps = unknown> = OutputItem<TDeps> | readonly OutputItem<TDeps>[]

/** The type of `result.output` for an `output` option; `undefined` (no option) means text. */
export type InferOutput<TSpec> = TSpec extends undefined
  ? string
  : TSpec extends readonly (infer TItem)[]
    ? InferOutput<TItem>
    : TSpec extends null
      ? null
      : TSpec extends typeof text
        ? string
        : TSpec extends typeof image
          ? BinaryContent
          : TSpec extends typeof deferredToolRequests
            ? DeferredToolRequests
            : TSpec extends OutputFunction<infer TOutput, never>
              ? TOutput
              : TSpec extends TextOutput<infer TOutput, never>
                ? TOutput
                : TSpec extends ToolOutput<infer TOutput, never>
                  ? TOutput
                  : TSpec extends StructuredTextOutput<infer TOutput, never>
                    ? TOutput
                    : InferSchema<TSpec>

/** What the output functions in `TItem` need of the deps, all together; `unknown` when there are none. */
export type InferOutputDeps<TItem> = [TItem] extends [StructuredOutput<infer TDeps>] ? TDeps : never

/** A schema or an output function, or a list of them; with deps `never`, functions of any deps fit. */
export type StructuredOutput<TDeps = unknown> =
  | SchemaInput
  | OutputFunction<unknown, TDeps>
  | readonly (SchemaInput | OutputFunction<unknown, TDeps>)[]

/** What {@link outputFunction} takes. */
export interface OutputFunctionOptions<TInput extends SchemaInput, TOutput, TDeps> {
  readonly name: string
  readonly description?: string
  readonly inputSchema: TInput
  readonly execute: OutputFunctionBody<InferSchema<TInput>, TOutput, TDeps>
}

/** `outputFunction` with the type of its deps settled, as `withDeps` gives it. */
export type OutputFunctionFactory<TDeps> = <TInput extends SchemaInput, TOutput>(
  options: OutputFunctionOptions<TInput, TOutput, TDeps>,
) => OutputFunction<Awaited<TOutput>, TDeps>

/**
 * An output function with the schema of its input; the function's result is the run's output. Deps are `unknown` unless
 * the type of `ctx` is written out, or the function is made with `withDeps<TDeps>().outputFunction`.
 */
export function outputFunction<TInput extends SchemaInput, TOutput, TDeps = unknown>(
  options: OutputFunctionOptions<TInput, TOutput, TDeps>,
): OutputFunction<Awaited<TOutput>, TDeps> {
  const { name, description, inputSchema, execute } = options
  return {
    outputKind: 'function',
    name,
    description,
    inputSchema,
    // The run hands over what `inputSchema` made of the model's JSON, which is what `InferSchema` says.
    execute: (input, ctx) => execute(input as InferSchema<TInput>, ctx) as Awaited<TOutput>,
  }
}

/**
 * Asks for the output by a tool call, with its own name, description and retries.
 * @param output what the tool takes: a schema, or an output function
 */
export function toolOutput<const TItem extends SchemaInput | OutputFunction<unknown, never>>(
  output: TItem,
  options: {
    /** Default: `final_result`, with the type's name behind it in a union. */
    readonly name?: string
    /** Default: the description of the schema or function, else a stock sentence. */
    readonly description?: string
    /** Default: the output retries of the agent. */
    readonly maxRetries?: number
    readonly strict?: boolean
    readonly sequential?: boolean
  } = {},
): ToolOutput<InferOutput<TItem>, InferOutputDeps<TItem>> {
  const { name, description, maxRetries, strict, sequential } = options
  return {
    outputKind: 'tool',
    output: output as SchemaInput, // what a function makes and needs is in the type of the result
    name,
    description,
    maxRetries,
    strict,
    sequential,
  }
}

/** How an output that is written as JSON text is asked for. */
export interface StructuredTextOptions {
  /** What the provider is told of the schema. Default: its own name. */
  readonly name?: string
  /** What the provider is told of the schema. Default: its own description. */
  readonly description?: string
  /** Asks the provider to hold the model strictly to the schema; absent leaves it to the adapter. */
  readonly strict?: boolean
  /**
   * Text for the instructions, in which `{schema}` is replaced; `false` sends none. Default: the model profile's, which
   * for native output is none unless the model needs it.
   */
  readonly template?: string | false
}

/** Asks for JSON text that the provider holds to the schema; several alternatives are tagged by their name. */
export function nativeOutput<const TItem extends StructuredOutput<never>>(
  outputs: TItem,
  options: StructuredTextOptions = {},
): StructuredTextOutput<InferOutput<TItem>, InferOutputDeps<TItem>> {
  return structured('native', outputs, options)
}

/** Asks for JSON text by describing the schema in the instructions; works with every model. */
export function promptedOutput<const TItem extends StructuredOutput<never>>(
  outputs: TItem,
  options: StructuredTextOptions = {},
): StructuredTextOutput<InferOutput<TItem>, InferOutputDeps<TItem>> {
  return structured('prompted', outputs, options)
}

/** `textOutput` with the type of its deps settled, as `withDeps` gives it. */
export type TextOutputFactory<TDeps> = <TOutput>(
  execute: OutputFunctionBody<string, TOutput, TDeps>,
) => TextOutput<TOutput, TDeps>

/** Applies a function to the model's plain text; its result is the output. Deps are typed as in {@link outputFunction}. */
export function textOutput<TOutput, TDeps = unknown>(
  execute: OutputFunctionBody<string, TOutput, TDeps>,
): TextOutput<TOutput, TDeps> {
  if (typeof execute !== 'function') {
    throw new UserError('TextOutput must take a function taking a single `str` argument')
  }
  return { outputKind: 'text-function', name: execute.name, execute }
}

function structured<TItem extends StructuredOutput<never>>(
  outputKind: 'native' | 'prompted',
  given: TItem,
  options: StructuredTextOptions,
): StructuredTextOutput<InferOutput<TItem>, InferOutputDeps<TItem>> {
  const { name, description, strict, template } = options
  // What functions among them need of the deps is in the type of the result.
  const outputs = (isList(given) ? given : [given]) as readonly SchemaInput[]
  return { outputKind, outputs, name, description, strict, template }
}

function isList<TItem>(value: TItem | readonly TItem[]): value is readonly TItem[] {
  return Array.isArray(value)
}
