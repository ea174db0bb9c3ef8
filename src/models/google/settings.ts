import { UserError } from '../../errors/index.ts'
import type { ModelCall } from '../model.ts'
import type { ImageGenerationTool } from '../native-tool.ts'
import { present, type RawObject, rawText } from '../raw.ts'
import type { ModelSettings } from '../settings.ts'
import { googleSchema } from './json-schema.ts'
import type { GoogleTarget } from './target.ts'
import { thinkingConfig } from './thinking.ts'

/** Settings that only Google's models read; values go into the body in the words of its API. */
export interface GoogleSettings extends ModelSettings {
  /** Objects of `category` and `threshold`. */
  readonly googleSafetySettings?: readonly Readonly<Record<string, unknown>>[]
  /** Takes the place of the setting `thinking`. */
  readonly googleThinkingConfig?: Readonly<Record<string, unknown>>
  /** Split the bill. Vertex only. */
  readonly googleLabels?: Readonly<Record<string, string>>
  /** Such as `MEDIA_RESOLUTION_LOW`, for all media; a single one says it in its `vendorMetadata`. */
  readonly googleVideoResolution?: string
  /**
   * Name of what was cached before. System prompts, instructions and tools are part of it, so requests go without those
   * of the run.
   */
  readonly googleCachedContent?: string
  /** Adds `logprobs` to the details of the response. Vertex only, and not while streaming. */
  readonly googleLogprobs?: boolean
  /** How many alternatives `logprobs` has for each token. */
  readonly googleTopLogprobs?: number
  /** Templates that prompt and answer are screened by, in place of safety settings. Vertex only. */
  readonly googleModelArmorConfig?: Readonly<Record<string, unknown>>
  /** What it may cost and how long it may take. On Vertex, throughput that was reserved is used first in any case. */
  readonly serviceTier?: 'auto' | 'default' | 'flex' | 'priority'
  /** Takes the place of `serviceTier` on Vertex. */
  readonly googleCloudServiceTier?: GoogleCloudServiceTier
}

/** `pt` is reserved ("provisioned") throughput; what comes second takes over when it is used up. */
export type GoogleCloudServiceTier =
  | 'pt_then_on_demand'
  | 'pt_only'
  | 'pt_then_flex'
  | 'pt_then_priority'
  | 'on_demand'
  | 'flex_only'
  | 'priority_only'

/** How the answer is generated, and in which form. */
export function generationConfig(call: ModelCall, target: GoogleTarget): RawObject {
  const { settings } = call
  const wantsLogprobs = settings['googleLogprobs'] === true
  return present({
    temperature: settings.temperature,
    topP: settings.topP,
    topK: settings.topK,
    maxOutputTokens: settings.maxTokens,
    stopSequences: settings.stopSequences,
    presencePenalty: settings.presencePenalty,
    frequencyPenalty: settings.frequencyPenalty,
    seed: settings.seed,
    mediaResolution: settings['googleVideoResolution'],
    responseLogprobs: wantsLogprobs ? true : undefined,
    logprobs: wantsLogprobs ? settings['googleTopLogprobs'] : undefined,
    thinkingConfig: thinkingConfig(settings, target.traits),
    ...outputFields(call, target),
    imageConfig: imageConfig(settings, target),
  })
}

function outputFields({ parameters, settings }: ModelCall, target: GoogleTarget): RawObject {
  const { outputMode, outputObject, functionTools, outputTools, allowTextOutput } = parameters
  const { profile, traits, modelName } = target
  const text = allowTextOutput || !profile.supportsImageOutput ? ['TEXT'] : []
  const responseModalities = [...text, ...(profile.supportsImageOutput ? ['IMAGE'] : [])]
  if (outputMode === 'native' && outputObject !== null) {
    if (functionTools.length > 0 && !traits.combinesTools) {
      throw new UserError(`The model '${modelName}' takes no tools together with native output`, {
        hint: 'Use tool output, or a model of Gemini 3 or later',
      })
    }
    const { jsonSchema, name, description } = outputObject
    const titled = present({ title: name || null, description: description || null })
    const responseJsonSchema = { ...googleSchema(jsonSchema), ...titled }
    return { responseModalities, responseMimeType: 'application/json', responseJsonSchema }
  }
  const tools = [...functionTools, ...outputTools, ...(settings.nativeTools ?? [])]
  const isPlain = tools.length === 0 || settings['googleCachedContent'] !== undefined
  const writesJson = outputMode === 'prompted' && isPlain && profile.supportsJsonObjectOutput
  return { responseModalities, ...(writesJson && { responseMimeType: 'application/json' }) }
}

const imageSizes: readonly (string | undefined)[] = [undefined, '512', '1K', '2K', '4K']

function imageConfig(settings: ModelSettings, target: GoogleTarget): RawObject | undefined {
  const tool = settings.nativeTools?.find(({ kind }) => kind === 'image_generation')
  if (tool?.kind !== 'image_generation' || !target.profile.supportsImageOutput) return undefined
  if (!imageSizes.includes(tool.size)) {
    throw new UserError(`Google makes no images of the size '${tool.size}'`, {
      hint: `There are ${imageSizes.filter(Boolean).join(', ')}`,
    })
  }
  const options = target.isVertex ? imageOutputOptions(tool) : undefined
  return present({
    aspectRatio: tool.aspectRatio,
    imageSize: tool.size,
    imageOutputOptions: options,
  })
}

/** Only JPEG is compressed. */
function imageOutputOptions(tool: ImageGenerationTool): RawObject | undefined {
  const { outputFormat, outputCompression } = tool
  const format = outputFormat ?? (outputCompression === undefined ? undefined : 'jpeg')
  if (format === undefined) return undefined
  return present({ mimeType: `image/${format}`, compressionQuality: outputCompression })
}

/** The tier as a field of the body; on Vertex it is said in headers. */
export function serviceTier(settings: ModelSettings, isVertex: boolean): string | undefined {
  if (isVertex) return undefined
  const tier = rawText(settings['serviceTier'])
  return tier === 'default' ? 'standard' : tier === 'auto' ? undefined : tier
}

const ownThroughput = 'x-vertex-ai-llm-request-type'
const sharedThroughput = 'x-vertex-ai-llm-shared-request-type'

/** @see https://cloud.google.com/vertex-ai/generative-ai/docs/provisioned-throughput/use-provisioned-throughput */
const tierHeaders: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pt_only: { [ownThroughput]: 'dedicated' },
  on_demand: { [ownThroughput]: 'shared' },
  pt_then_flex: { [sharedThroughput]: 'flex' },
  pt_then_priority: { [sharedThroughput]: 'priority' },
  flex_only: { [ownThroughput]: 'shared', [sharedThroughput]: 'flex' },
  priority_only: { [ownThroughput]: 'shared', [sharedThroughput]: 'priority' },
}

/** The tier as headers, for Vertex. */
export function tierHeadersOf(
  settings: ModelSettings,
  isVertex: boolean,
): Readonly<Record<string, string>> {
  if (!isVertex) return {}
  const general = rawText(settings['serviceTier'])
  const tier = rawText(settings['googleCloudServiceTier']) ?? `pt_then_${general}`
  return tierHeaders[tier] ?? {}
}
