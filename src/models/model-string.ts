import { UserError } from '../errors/index.ts'

/** A model by name: `openai:gpt-5.2`. */
export interface ModelString {
  readonly prefix: string
  readonly modelName: string
}

/** Which provider a bare model name belongs to, for the suggestion in an error. */
const guesses: readonly (readonly [RegExp, string])[] = [
  [/^(gpt|o\d|chatgpt|codex)/, 'openai'],
  [/^claude/, 'anthropic'],
  [/^(gemini|gemma)/, 'google'],
  [/^(mistral|mixtral|magistral|codestral|devstral|ministral)/, 'mistral'],
  [/^grok/, 'xai'],
  [/^deepseek/, 'deepseek'],
  [/^command/, 'cohere'],
]

const examples: Readonly<Record<string, string>> = {
  openai: 'gpt-5.2',
  'openai-chat': 'gpt-5.2',
  anthropic: 'claude-sonnet-4-5',
  google: 'gemini-3-flash-preview',
}

/**
 * Splits at the first colon; the name of the model may have more of them.
 *
 * @throws {UserError} when either side is missing, with the string that was probably meant
 */
export function parseModelString(text: string): ModelString {
  const colon = text.indexOf(':')
  const prefix = colon < 0 ? '' : text.slice(0, colon)
  const modelName = colon < 0 ? '' : text.slice(colon + 1)
  if (/^(ai-sdk\/)?[a-z0-9][a-z0-9-]*$/.test(prefix) && modelName.trim() !== '')
    return { prefix, modelName }
  throw new UserError(`'${text}' names no model: the form is '<provider>:<model>'`, {
    hint: suggestion(text, prefix, modelName),
  })
}

function suggestion(text: string, prefix: string, modelName: string): string {
  const bare = (prefix === '' || modelName === '' ? text.replaceAll(':', '') : modelName).trim()
  if (prefix !== '' && modelName.trim() === '') {
    return `Did you mean '${prefix}:${examples[prefix] ?? '<model>'}'?`
  }
  if (prefix !== '' && modelName !== '' && prefix !== prefix.trim().toLowerCase()) {
    return `Did you mean '${prefix.trim().toLowerCase()}:${bare}'?`
  }
  const swapped = /^([a-z-]+)\/(.+)$/.exec(bare)
  if (swapped !== null) return `Did you mean '${swapped[1]}:${swapped[2]}'?`
  const provider = guesses.find(([pattern]) => pattern.test(bare))?.[1]
  if (provider !== undefined) return `Did you mean '${provider}:${bare}'?`
  return "Write for instance 'openai:gpt-5.2' or 'anthropic:claude-sonnet-4-5'"
}
