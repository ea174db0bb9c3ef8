import {
  deferredToolRequests,
  image,
  jsonSchema,
  nativeOutput,
  type OutputFunction,
  outputFunction,
  type OutputItem,
  promptedOutput,
  type RunContext,
  type Schema,
  text,
  textOutput,
  toolOutput,
} from '../../src/index.ts'
import { perform } from './behaviour.ts'
import { defined } from './defined.ts'
import { copyOf, type Json, type Recording } from './recording.ts'
import { inTurn, type OutputFunctionSpec, type VectorOutput } from './vector.ts'

type OfKind<TKind extends VectorOutput['kind']> = Extract<VectorOutput, { kind: TKind }>

export function outputItem(item: VectorOutput, recording: Recording): OutputItem {
  switch (item.kind) {
    case 'text':
      return text
    case 'none':
      return null
    case 'deferred':
      return deferredToolRequests
    case 'image':
      return image
    case 'auto':
      return typeOrFunction(item, recording)
    case 'tool':
      return toolOutput(typeOrFunction(item, recording), toolOptions(item))
    case 'native':
      return nativeOutput(item.outputs.map(schemaOf), {
        ...structuredOptions(item),
        ...defined({ strict: item.strict ?? undefined }),
      })
    case 'prompted':
      return promptedOutput(item.outputs.map(schemaOf), structuredOptions(item))
    case 'text_function':
      return textFunction(item, recording)
  }
}

function toolOptions(item: OfKind<'tool'>) {
  return defined({
    name: item.name ?? undefined,
    description: item.description ?? undefined,
    maxRetries: item.max_retries ?? undefined,
    strict: item.strict ?? undefined,
    sequential: item.sequential ?? undefined,
  })
}

function structuredOptions(item: OfKind<'native' | 'prompted'>) {
  return defined({
    name: item.name ?? undefined,
    description: item.description ?? undefined,
    template: item.template ?? undefined,
  })
}

function schemaOf({ schema, type_name: name }: { schema: Json; type_name: string }): Schema {
  return jsonSchema(schema, { name })
}

function typeOrFunction(
  item: OfKind<'auto' | 'tool'>,
  recording: Recording,
): Schema | OutputFunction<unknown> {
  const { schema, type_name: name, function: spec } = item
  if (spec === undefined) return schemaOf(item)
  const isObject = schema['type'] === 'object' && 'properties' in schema
  const call = scriptedFunction(spec.name, spec.behaviour, recording)
  return outputFunction({
    name: spec.name,
    inputSchema: jsonSchema(isObject ? schema : parametersOf(spec, schema), { name }),
    execute: (input: unknown, ctx: RunContext) =>
      call(isObject ? input : argumentOf(spec, input), ctx),
    ...defined({ description: spec.description ?? undefined }),
  })
}

/** A parameter that is no object has a name of its own in what the model is asked for. */
function parametersOf({ argument }: OutputFunctionSpec, schema: Json): Json {
  const { $defs, ...type } = schema
  return {
    ...defined({ $defs }),
    additionalProperties: false,
    properties: { [argument]: type },
    required: [argument],
    type: 'object',
  }
}

function argumentOf({ argument }: OutputFunctionSpec, input: unknown): unknown {
  return typeof input === 'object' && input !== null
    ? Object.entries(input).find(([key]) => key === argument)?.[1]
    : undefined
}

function textFunction(item: OfKind<'text_function'>, recording: Recording): OutputItem {
  const call = scriptedFunction(item.name, item.behaviour, recording)
  const execute = (value: string, ctx: RunContext): Promise<unknown> => call(value, ctx)
  return textOutput(Object.defineProperty(execute, 'name', { value: item.name }))
}

function scriptedFunction(
  name: string,
  behaviour: OutputFunctionSpec['behaviour'],
  recording: Recording,
): (value: unknown, ctx: RunContext) => Promise<unknown> {
  const next = inTurn(behaviour)
  return (value, ctx) => {
    const { retry, maxRetries: max_retries } = ctx
    recording.outputFunctionCalls.push({ function: name, value: copyOf(value), retry, max_retries })
    return perform(next(), value, ctx)
  }
}
