import { UserError } from '../errors/index.ts'
import type { ModelProfile, OutputMode, OutputObject } from '../models/index.ts'
import type { SchemaInput } from '../schema/index.ts'
import type { ToolDefinition } from '../tools/index.ts'
import { freeName, objectOutput, type ObjectOutput, unionOutput } from './object-output.ts'
import type {
  OutputFunction,
  OutputItem,
  OutputSpec,
  StructuredTextOutput,
  TextOutput,
  ToolOutput,
} from './spec.ts'

const DEFAULT_NAME = 'final_result'
const DEFAULT_DESCRIPTION = 'The final response which ends this conversation'

/** An output tool: what the model is told, and what its arguments become. */
export interface OutputTool {
  readonly definition: ToolDefinition
  readonly output: ObjectOutput
  /** `undefined` means the agent's output retries. */
  readonly maxRetries: number | undefined
}

/** What text becomes: itself, the result of a function, or a value from the JSON it holds. */
export type TextOutcome =
  | { readonly kind: 'plain' }
  | { readonly kind: 'function'; readonly execute: TextOutput<unknown>['execute'] }
  | { readonly kind: 'json'; readonly output: ObjectOutput }

/** How the output of an agent is asked for and read. Made once for a declaration, used by all runs. */
export interface OutputPlan {
  /** `auto` leaves it to the model's profile. */
  readonly mode: OutputMode | 'auto'
  readonly text: TextOutcome | undefined
  /** Whether the model is told that plain text is welcome. */
  readonly isTextOffered: boolean
  readonly tools: readonly OutputTool[]
  /** The schema for native and prompted output. */
  readonly structured: ObjectOutput | undefined
  readonly marker: StructuredTextOutput<unknown> | undefined
  readonly allowsImage: boolean
  readonly allowsDeferred: boolean
  readonly allowsNull: boolean
}

/** @throws {UserError} when the alternatives cannot go together. */
export function outputPlan(spec: OutputSpec | undefined): OutputPlan {
  const items =
    spec === undefined ? [{ outputKind: 'text' as const }] : isList(spec) ? spec : [spec]
  const sorted = sortItems(items)
  const { texts, objects, tools, markers } = sorted
  refuseImpossible(sorted, items)
  const [marker] = markers
  if (marker !== undefined) return { ...structuredPlan(marker), ...allowances(sorted) }
  const outputs = [...tools, ...objects.map(autoTool)]
  const withNull =
    sorted.allowsNull && outputs.length > 0 ? [...outputs, autoTool(nullSchema)] : outputs
  const structured =
    objects.length > 0 && tools.length === 0
      ? union((sorted.allowsNull ? [...objects, nullSchema] : objects).map(objectOutput))
      : undefined
  return {
    mode: modeOf(sorted),
    text: texts[0] === undefined ? jsonText(structured) : textOutcome(texts[0]),
    isTextOffered: texts.length > 0,
    tools: outputTools(withNull),
    structured,
    marker: undefined,
    ...allowances(sorted),
  }
}

const nullSchema = { type: 'null' }

/** The mode in force with a model. */
export function outputModeOf(plan: OutputPlan, profile: ModelProfile): OutputMode {
  return plan.mode === 'auto' ? profile.defaultStructuredOutputMode : plan.mode
}

/** The mode in force with a model. @throws {UserError} when the model cannot do it */
export function checkedOutputMode(plan: OutputPlan, profile: ModelProfile): OutputMode {
  const mode = outputModeOf(plan, profile)
  if (mode === 'native' && !profile.supportsJsonSchemaOutput) {
    throw new UserError('Native structured output is not supported by this model.')
  }
  if (mode === 'tool' && !profile.supportsTools) {
    throw new UserError('Tool output is not supported by this model.')
  }
  if (mode === 'image' && !profile.supportsImageOutput) {
    throw new UserError('Image output is not supported by this model.')
  }
  return mode
}

/** What the request says of native or prompted output; `null` in other modes. */
export function outputObject(plan: OutputPlan, mode: OutputMode): OutputObject | null {
  if ((mode !== 'native' && mode !== 'prompted') || plan.structured === undefined) return null
  const { structured, marker } = plan
  return {
    name: marker?.name ?? structured.name,
    description: marker?.description ?? structured.description,
    jsonSchema: structured.jsonSchema,
    strict: marker?.strict ?? null,
  }
}

interface SortedItems {
  readonly texts: readonly (TextItem | TextOutput<unknown>)[]
  readonly objects: readonly (SchemaInput | OutputFunction<unknown>)[]
  readonly tools: readonly ToolOutput<unknown>[]
  readonly markers: readonly StructuredTextOutput<unknown>[]
  readonly allowsImage: boolean
  readonly allowsDeferred: boolean
  readonly allowsNull: boolean
}

type TextItem = { readonly outputKind: 'text' }

function sortItems(items: readonly OutputItem[]): SortedItems {
  const texts: (TextItem | TextOutput<unknown>)[] = []
  const objects: (SchemaInput | OutputFunction<unknown>)[] = []
  const tools: ToolOutput<unknown>[] = []
  const markers: StructuredTextOutput<unknown>[] = []
  const plain = new Set<string>()
  for (const item of items) {
    if (item === null) plain.add('null')
    else if (!isMarker(item)) objects.push(item)
    else if (item.outputKind === 'function') objects.push(item)
    else if (item.outputKind === 'tool') tools.push(item)
    else if (item.outputKind === 'native' || item.outputKind === 'prompted') markers.push(item)
    else if (item.outputKind === 'text' || item.outputKind === 'text-function') texts.push(item)
    else plain.add(item.outputKind)
  }
  const [allowsImage, allowsDeferred, allowsNull] = ['image', 'deferred', 'null'].map((k) =>
    plain.has(k),
  )
  return {
    texts,
    objects,
    tools,
    markers,
    allowsImage: allowsImage === true,
    allowsDeferred: allowsDeferred === true,
    allowsNull: allowsNull === true,
  }
}

type MarkerItem = Extract<OutputItem, { readonly outputKind: string }>

function isMarker(item: OutputItem): item is MarkerItem {
  return item !== null && typeof item === 'object' && 'outputKind' in item
}

function refuseImpossible(sorted: SortedItems, items: readonly OutputItem[]): void {
  const { texts, objects, tools, markers, allowsImage, allowsDeferred } = sorted
  const real = texts.length + objects.length + tools.length + markers.length + (allowsImage ? 1 : 0)
  if (real === 0) {
    const only = allowsDeferred ? 'DeferredToolRequests' : 'None'
    throw new UserError(`At least one output type must be provided other than \`${only}\`.`)
  }
  const [marker] = markers
  if (marker !== undefined && real > 1) {
    const name = marker.outputKind === 'native' ? 'NativeOutput' : 'PromptedOutput'
    throw new UserError(`\`${name}\` must be the only output type.`)
  }
  if (texts.length > 1) throw new UserError('Only one `str` or `TextOutput` is allowed.')
  if (items.length === 0) throw new UserError('The list of output types is empty')
}

function allowances({ allowsImage, allowsDeferred, allowsNull }: SortedItems) {
  return { allowsImage, allowsDeferred, allowsNull }
}

function modeOf({ texts, objects, tools, allowsImage }: SortedItems): OutputPlan['mode'] {
  if (tools.length > 0) return 'tool'
  if (objects.length > 0) return texts.length > 0 ? 'tool' : 'auto'
  return allowsImage ? 'image' : 'text'
}

function structuredPlan(marker: StructuredTextOutput<unknown>) {
  const structured = union(marker.outputs.map(objectOutput))
  return {
    mode: marker.outputKind,
    text: jsonText(structured),
    isTextOffered: true,
    tools: [],
    structured,
    marker,
  }
}

function union(outputs: readonly ObjectOutput[]): ObjectOutput | undefined {
  return outputs.length > 1 ? unionOutput(outputs) : outputs[0]
}

function jsonText(output: ObjectOutput | undefined): TextOutcome | undefined {
  return output && { kind: 'json', output }
}

function textOutcome(item: TextItem | TextOutput<unknown>): TextOutcome {
  return 'execute' in item ? { kind: 'function', execute: item.execute } : { kind: 'plain' }
}

function autoTool(output: SchemaInput | OutputFunction<unknown>): ToolOutput<unknown> {
  const absent = undefined
  return {
    outputKind: 'tool',
    output,
    name: absent,
    description: absent,
    maxRetries: absent,
    strict: absent,
    sequential: absent,
  }
}

function outputTools(items: readonly ToolOutput<unknown>[]): readonly OutputTool[] {
  const taken = new Set<string>()
  return items.map((item) => {
    const output = objectOutput(item.output)
    const name = freeName(item.name ?? toolName(output, items.length > 1), taken)
    taken.add(name)
    const definition: ToolDefinition = {
      name,
      description:
        item.description ?? output.description ?? stockDescription(output, items.length > 1),
      parametersJsonSchema: output.jsonSchema,
      kind: 'output',
      ...(output.wrapperKey !== undefined && { outerTypedDictKey: output.wrapperKey }),
      ...(item.strict !== undefined && { strict: item.strict }),
      ...(item.sequential !== undefined && { sequential: item.sequential }),
    }
    return { definition, output, maxRetries: item.maxRetries }
  })
}

function toolName({ typeName }: ObjectOutput, isOneOfMany: boolean): string {
  return isOneOfMany
    ? `${DEFAULT_NAME}_${typeName.replaceAll(/[^a-zA-Z0-9_-]/g, '')}`
    : DEFAULT_NAME
}

function stockDescription({ typeName }: ObjectOutput, isOneOfMany: boolean): string {
  return isOneOfMany ? `${typeName}: ${DEFAULT_DESCRIPTION}` : DEFAULT_DESCRIPTION
}

function isList(spec: OutputSpec): spec is readonly OutputItem[] {
  return Array.isArray(spec)
}
