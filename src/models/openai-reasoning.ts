/** How an OpenAI model thinks. */
export interface Reasoning {
  /** Thinks when nothing is said about it. */
  readonly isDefault: boolean
  /** Takes the effort `none`. */
  readonly canBeOff: boolean
}

const always: Reasoning = { isDefault: true, canBeOff: false }
const byDefault: Reasoning = { isDefault: true, canBeOff: true }
const onRequest: Reasoning = { isDefault: false, canBeOff: true }

/**
 * By the beginning of the name, the first one that fits; models that fit none do not think.
 *
 * @see https://platform.openai.com/docs/guides/reasoning
 */
const families: readonly (readonly [RegExp, Reasoning | undefined])[] = [
  [/^gpt-6-astra/, always],
  [/^gpt-5\.\d-(chat|pro)/, always],
  [/^gpt-5\.1-codex/, always],
  [/^gpt-5\.[56]/, byDefault],
  [/^gpt-5\.[1-4]/, onRequest],
  [/^gpt-5-chat/, undefined],
  [/^gpt-5/, always],
  [/^o\d/, always],
]

/** `undefined` for a model that does not think, or that nobody knows. */
export function reasoningOf(modelName: string): Reasoning | undefined {
  return families.find(([name]) => name.test(modelName))?.[1]
}

/** Whether the lowest effort is called `low`, not `minimal`. */
export function lacksMinimalEffort(modelName: string): boolean {
  return /^gpt-(5\.6|6-astra)/.test(modelName)
}
