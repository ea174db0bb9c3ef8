/** What only this family asks about a model. */
export interface GoogleTraits {
  /** Writes images, and knows no function tools. */
  readonly makesImages: boolean
  /** Takes its own tools, function tools and a schema for its answer in one request, and tells of its own tools' calls. */
  readonly combinesTools: boolean
  /** Knows the mode in which calls are held to their schema (`VALIDATED`). */
  readonly validatesCalls: boolean
  /** How much thinking is asked for: in tokens, in levels, or not at all. */
  readonly thinking: 'budget' | 'level' | 'none'
  /** Cannot be told not to think. */
  readonly alwaysThinks: boolean
  readonly lowestLevel: 'MINIMAL' | 'LOW'
  /** Media that may stand in the result of a call; any other follows it. */
  readonly mediaInResults: readonly string[]
}

/** @see https://ai.google.dev/gemini-api/docs/function-calling#multimodal */
const mediaInResults = [
  'image/png',
  'image/jpeg',
  'image/webp',
  'application/pdf',
  'text/plain',
] as const

/** @see https://ai.google.dev/gemini-api/docs/thinking */
const withoutMinimalThinking = /^gemini-(3\.7-flash|3-pro-preview|3\.1-pro-preview)/

/** Told by the name. Names without a version, such as `gemini-flash-latest`, are taken for models that can little. */
export function traitsOf(modelName: string): GoogleTraits {
  const version = Number(/gemini-(\d+(?:\.\d+)?)/.exec(modelName)?.[1] ?? 0)
  const makesImages = modelName.includes('image')
  const isThird = version >= 3
  const thinks = version >= 2.5
  return {
    makesImages,
    combinesTools: isThird,
    validatesCalls: thinks && !makesImages,
    thinking: isThird ? 'level' : thinks ? 'budget' : 'none',
    alwaysThinks: thinks && modelName.includes('pro') && !modelName.includes('flash'),
    lowestLevel: withoutMinimalThinking.test(modelName) ? 'LOW' : 'MINIMAL',
    mediaInResults: isThird ? mediaInResults : [],
  }
}
