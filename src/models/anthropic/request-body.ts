import { UserError } from '../../errors/index.ts'
import type { ModelMessage } from '../../messages/index.ts'
import type { Model, ModelCall } from '../model.ts'
import { leadingPrompts } from '../leading-prompts.ts'
import { present, presentOrNull, type RawObject, rawNumber, rawText } from '../raw.ts'
import { isAble } from './abilities.ts'
import { cacheControl, limitCachePoints, mark, markLastCacheable } from './caching.ts'
import { strictSchema } from './json-schema.ts'
import { wireMessages } from './messages.ts'
import { nativeRequest } from './native-tools.ts'
import { type OwnSettings, ownSettings } from './settings.ts'
import { effort, thinkingConfig } from './thinking.ts'
import { wireTools } from './tools.ts'

/** The model that is asked. */
export type Asked = Pick<Model, 'modelName' | 'system' | 'profile'>

/**
 * The body of a request to the Messages API.
 *
 * @throws {UserError} when the history or the settings hold what the model does not take
 */
export function requestBody(call: ModelCall, asked: Asked, stream: boolean): RawObject {
  const { settings } = call
  const { modelName: model, system: provider } = asked
  const own = ownSettings(settings)
  const thinking = thinkingConfig(settings, model)
  return {
    ...present({
      model,
      max_tokens: settings.maxTokens ?? defaultMaxTokens(thinking),
      ...conversation(call, asked, own),
      stream,
      thinking,
      output_config: outputConfig(call, model, own),
      stop_sequences: settings.stopSequences,
      ...sampling(call, model),
      metadata: own.anthropicMetadata,
      context_management: contextManagement(call, own),
      container: container(call, provider, own),
      service_tier: own.anthropicServiceTier,
      speed: isAble(model, 'fastSpeed') ? own.anthropicSpeed : undefined,
    }),
    ...settings.providerOptions?.[provider],
    ...settings.extraBody,
  }
}

/** The API wants a number; what is thought counts, so there has to be more. */
function defaultMaxTokens(thinking: RawObject | undefined): number {
  const budget = rawNumber(thinking?.['budget_tokens']) ?? 0
  return budget < 4096 ? 4096 : budget + 4096
}

/** System prompt, messages and tools, with the cache points among them. */
function conversation(call: ModelCall, asked: Asked, own: OwnSettings): RawObject {
  const { anthropicCache, anthropicCacheMessages } = own
  if (anthropicCache && anthropicCacheMessages) {
    throw new UserError('`anthropicCache` and `anthropicCacheMessages` exclude each other')
  }
  const native = nativeRequest(call, asked.modelName)
  const { tools, toolChoice } = wireTools(call, native, asked)
  const messages = wireMessages(call.messages, {
    system: asked.system,
    takesSystemMessages: asked.profile.supportsInlineSystemPrompts,
    toolNames: new Set(tools.flatMap(({ name }) => rawText(name) ?? [])),
    hasAdvisor: native.tools.some(({ name }) => name === 'advisor'),
  })
  for (const { role, content } of messages) {
    const isSaid = role === 'user' && content.some(({ type }) => type !== 'tool_result')
    if (isSaid) content.push(...native.uploads)
  }
  const system = systemPrompt(call, own)
  const last = messages.at(-1)
  if (anthropicCacheMessages && last) markLastCacheable(last.content, anthropicCacheMessages)
  const automatic = cacheControl(anthropicCache)
  const fixed = typeof system === 'string' ? tools : [...(system ?? []), ...tools]
  limitCachePoints(messages, fixed, automatic !== undefined)
  return {
    system,
    messages,
    tools: filled(tools),
    tool_choice: toolChoice,
    mcp_servers: filled(native.mcpServers),
    cache_control: automatic,
  }
}

/** One text, or blocks where a cache point may stand between them. */
function systemPrompt(
  { messages, parameters: { instructionParts } }: ModelCall,
  { anthropicCacheInstructions: cache }: OwnSettings,
): string | readonly RawObject[] | undefined {
  const prompt = leadingPrompts(messages).join('\n\n')
  const prompts = prompt === '' ? [] : [prompt]
  if (instructionParts.length === 0 && !cache) return prompts[0]
  const instructions = instructionParts.map(({ content }) => content)
  const blocks: RawObject[] = [...prompts, ...instructions].map((text) => ({ type: 'text', text }))
  if (cache) {
    const firstDynamic = instructionParts.findIndex(({ dynamic }) => dynamic)
    const steady = firstDynamic < 0 ? instructionParts.length : firstDynamic
    const end = prompts.length + steady - 1
    if (end >= 0) mark(blocks, end, cache)
  }
  return filled(blocks)
}

/** Models that choose by themselves refuse the whole request. */
function sampling({ settings }: ModelCall, modelName: string): RawObject {
  if (isAble(modelName, 'fixedSampling')) return {}
  return { temperature: settings.temperature, top_p: settings.topP, top_k: settings.topK }
}

function outputConfig({ settings, parameters }: ModelCall, modelName: string, own: OwnSettings) {
  const { outputMode, outputObject } = parameters
  return presentOrNull({
    format:
      outputMode === 'native' && outputObject !== null
        ? { type: 'json_schema', schema: strictSchema(outputObject.jsonSchema) }
        : undefined,
    effort: effort(settings, modelName),
    task_budget: own.anthropicTaskBudget,
  })
}

/** A history with a summary in it is only understood when compaction is on. */
function contextManagement({ messages }: ModelCall, own: OwnSettings): RawObject | undefined {
  const { anthropicContextManagement } = own
  if (anthropicContextManagement !== undefined) return anthropicContextManagement
  const isCompacted = messages.some(
    ({ kind, parts }) =>
      kind === 'response' && parts.some(({ partKind }) => partKind === 'compaction'),
  )
  return isCompacted ? { edits: [{ type: 'compact_20260112' }] } : undefined
}

/** The one asked for, else the last one that the conversation worked in. */
function container(
  { messages }: ModelCall,
  system: string,
  { anthropicContainer }: OwnSettings,
): string | RawObject | undefined {
  if (anthropicContainer === false) return undefined
  if (anthropicContainer === undefined) return lastContainer(messages, system)
  if (typeof anthropicContainer === 'string') return anthropicContainer
  // An object that has nothing but an id is refused.
  const { id, ...others } = anthropicContainer
  return Object.keys(others).length > 0 ? anthropicContainer : rawText(id)
}

function lastContainer(messages: readonly ModelMessage[], system: string): string | undefined {
  for (const message of messages.toReversed()) {
    if (message.kind === 'request' || message.providerName !== system) continue
    const id = rawText(message.providerDetails?.['container_id'])
    if (id !== undefined) return id
  }
  return undefined
}

function filled<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}
