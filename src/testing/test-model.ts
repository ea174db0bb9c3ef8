import { UserError } from '../errors/index.ts'
import {
  type ModelMessage,
  type ModelResponseInput,
  type ResponsePartInput,
  type ToolCallPartInput,
  type ToolReturnPart,
  toolReturnText,
} from '../messages/index.ts'
import type { Model, ModelCall, ModelProfile, ModelRequestParameters } from '../models/index.ts'
import type { ResponseDelta } from '../streaming/index.ts'
import type { ToolDefinition } from '../tools/index.ts'
import { estimateUsage } from './estimate-usage.ts'
import { testingProfile } from './profile.ts'
import { sampleData } from './sample-data.ts'

/** What the model does, where its own choice will not do. */
export interface TestModelOptions {
  /** Names of the tools to call, in this order. Default `'all'`: those offered, in their order. */
  readonly callTools?: 'all' | readonly string[]
  /** The final text. Default: what the tools returned, as JSON. */
  readonly customOutputText?: string
  /** The final output where the model gives one. Default: data made from its schema. */
  readonly customOutputArgs?: unknown
  /** Varies made-up data, and chooses among several output tools. A whole number, default 0. */
  readonly seed?: number
  /** Default: `test`. */
  readonly modelName?: string
  /** Single keys replace those of the default: tools and JSON output of every kind, no images. */
  readonly profile?: Partial<ModelProfile>
}

/**
 * A model that tries everything out, always in the same way. To a conversation without responses it answers with a call
 * of each tool, arguments made from its schema; to retry prompts of tools with the same calls again; otherwise with
 * the output: JSON of all tool results (`{"add":0}`) where text will do, else data made from the output's schema.
 * Usage is estimated.
 */
export class TestModel implements Model {
  readonly modelName: string
  readonly system = 'test'
  readonly profile: ModelProfile
  readonly isRemote = false
  readonly #options: TestModelOptions
  readonly #seed: number
  #lastParameters: ModelRequestParameters | null = null

  constructor(options: TestModelOptions = {}) {
    if (options.customOutputText !== undefined && options.customOutputArgs !== undefined)
      throw new UserError('TestModel takes `customOutputText` or `customOutputArgs`, not both')
    this.#options = options
    this.#seed = options.seed ?? 0
    this.modelName = options.modelName ?? 'test'
    this.profile = { ...testingProfile, ...options.profile }
  }

  /** Of the latest request: the tools and outputs the model was offered. `null` before the first. */
  get lastModelRequestParameters(): ModelRequestParameters | null {
    return this.#lastParameters
  }

  /** @throws UserError when the options ask for a tool or an output that the request does not offer */
  async request({ messages, parameters }: ModelCall): Promise<ModelResponseInput> {
    this.#lastParameters = parameters
    const parts = this.#answer(messages, parameters)
    const usage = estimateUsage(messages, parts)
    return { parts, usage, modelName: this.modelName, providerName: this.system }
  }

  /** Text comes word by word, anything else as a whole. */
  async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    const { parts, ...facts } = await this.request(call)
    for (const part of parts) {
      if (part.partKind !== 'text') yield { kind: 'part', part }
      else for (const content of piecesOfText(part.content)) yield { kind: 'text', content }
    }
    yield { kind: 'response', ...facts }
  }

  #answer(
    messages: readonly ModelMessage[],
    parameters: ModelRequestParameters,
  ): readonly ResponsePartInput[] {
    const tools = this.#toolsToCall(parameters)
    const isFirst = messages.every(({ kind }) => kind === 'request')
    const retried = retriedNames(messages.at(-1))
    const due = isFirst ? tools : tools.filter(({ name }) => retried.has(name))
    return due.length > 0
      ? due.map((tool) => this.#call(tool))
      : [this.#output(messages, parameters)]
  }

  #toolsToCall({ functionTools }: ModelRequestParameters): readonly ToolDefinition[] {
    const { callTools = 'all' } = this.#options
    if (callTools === 'all') return functionTools
    return callTools.map((name) => {
      const tool = functionTools.find((offered) => offered.name === name)
      if (tool === undefined) throw notOffered(name, functionTools)
      return tool
    })
  }

  #output(
    messages: readonly ModelMessage[],
    parameters: ModelRequestParameters,
  ): ResponsePartInput {
    const { customOutputText, customOutputArgs } = this.#options
    const { allowTextOutput, outputTools, outputObject } = parameters
    if (customOutputText !== undefined) {
      if (!allowTextOutput)
        throw cannotAnswer('`customOutputText` is set, and this run takes no text')
      return text(customOutputText)
    }
    if (outputObject !== null)
      return text(
        JSON.stringify(customOutputArgs ?? sampleData(outputObject.jsonSchema, this.#seed)),
      )
    if (allowTextOutput && customOutputArgs === undefined) return text(resultsText(messages))
    const tool = outputTools[this.#seed % Math.max(outputTools.length, 1)]
    if (tool === undefined) throw cannotAnswer('This run takes no output that TestModel can make')
    return this.#call(tool, customOutputArgs)
  }

  #call(tool: ToolDefinition, output?: unknown): ToolCallPartInput {
    const made = output === undefined ? sampleData(tool.parametersJsonSchema, this.#seed) : output
    const key = output === undefined ? undefined : tool.outerTypedDictKey
    const args = key === undefined ? made : { [key]: made }
    return {
      partKind: 'tool-call',
      toolName: tool.name,
      // Text, where custom arguments are no object: the run refuses it as it would a real model's.
      args: isRecord(args) ? args : JSON.stringify(args),
      toolCallId: `pyd_ai_tool_call_id__${tool.name}`,
    }
  }
}

/** Words with the blank behind them; a single word in two halves. */
function piecesOfText(content: string): readonly string[] {
  if (content === '') return [content]
  const words = content.match(/\S*\s*/g)?.filter((word) => word !== '') ?? []
  if (words.length > 1 || content.length < 2) return words
  const half = Math.floor(content.length / 2)
  return [content.slice(0, half), content.slice(half)]
}

function retriedNames(last: ModelMessage | undefined): ReadonlySet<string | null> {
  const parts = last?.kind === 'request' ? last.parts : []
  return new Set(parts.flatMap((part) => (part.partKind === 'retry-prompt' ? [part.toolName] : [])))
}

/** All that tools returned in the conversation, as one JSON object; the last word of each tool counts. */
function resultsText(messages: readonly ModelMessage[]): string {
  const results = new Map<string, string>()
  for (const message of messages) {
    if (message.kind === 'response') continue
    for (const part of message.parts) {
      if (part.partKind === 'tool-return') results.set(part.toolName, resultJson(part))
    }
  }
  const entries = Array.from(results, ([name, json]) => `${JSON.stringify(name)}:${json}`)
  return entries.length === 0 ? 'success (no tool calls)' : `{${entries.join(',')}}`
}

function resultJson(part: ToolReturnPart): string {
  const { content } = part
  if (typeof content === 'string') return JSON.stringify(content)
  return toolReturnText({ content, outcome: 'success' }) || 'null'
}

function text(content: string): ResponsePartInput {
  return { partKind: 'text', content }
}

function notOffered(name: string, offered: readonly ToolDefinition[]): UserError {
  const names = offered.map((tool) => `'${tool.name}'`).join(', ')
  return new UserError(
    `TestModel is to call '${name}', and the agent offers ${names || 'no tools'}`,
  )
}

function cannotAnswer(why: string): UserError {
  return new UserError(why, { hint: 'Answer with a `FunctionModel` instead' })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
