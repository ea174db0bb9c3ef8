import type { DirectFamily } from './direct-model.ts'
import { isNear } from './near.ts'

/** How the models of one prefix are made and named. */
export type Provider = DirectProvider | PackageProvider

interface ProviderFields {
  /** What stands before the colon. */
  readonly prefix: string
  /** Its name in histories. */
  readonly system: string
  /** Where the key is looked for; absent when there are other ways to sign in, or when we do not know. */
  readonly keyVariable?: string
  /** Where else a key is looked for; with one `settingVariables` need not be set. */
  readonly otherKeyVariable?: string
  /** What is read from the environment to find the API, unless the model is told where that is: names of one variable each. */
  readonly settingVariables?: readonly (readonly [name: string, ...others: string[]])[]
}

/** One whose API an adapter here speaks. */
export interface DirectProvider extends ProviderFields {
  readonly family: DirectFamily
  /** Where the API is, when that is not where the family usually has it. */
  readonly baseUrl?: string
  /** Sent when no key is given: servers on one's own machine want none. */
  readonly defaultKey?: string
}

/** One that is reached through its package of the AI SDK. */
export interface PackageProvider extends ProviderFields {
  readonly packageName: string
  /** Which model factory of the package's provider is called; by default the provider itself. */
  readonly api?: 'responses' | 'chat'
}

const openai = { system: 'openai', keyVariable: 'OPENAI_API_KEY' } as const
const google = {
  family: 'google',
  system: 'google',
  keyVariable: 'GOOGLE_API_KEY',
  otherKeyVariable: 'GEMINI_API_KEY',
} as const
const vertex = {
  family: 'google-cloud',
  system: 'google-cloud',
  otherKeyVariable: 'GOOGLE_VERTEX_API_KEY',
  settingVariables: [
    ['GOOGLE_CLOUD_PROJECT', 'GOOGLE_VERTEX_PROJECT'],
    ['GOOGLE_CLOUD_LOCATION', 'GOOGLE_VERTEX_LOCATION'],
  ],
} as const

const direct: Readonly<Record<string, Omit<DirectProvider, 'prefix'>>> = {
  openai: { ...openai, family: 'openai-responses' },
  'openai-responses': { ...openai, family: 'openai-responses' },
  'openai-chat': { ...openai, family: 'openai-chat' },
  anthropic: { family: 'anthropic', system: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY' },
  google,
  'google-gla': google,
  'google-vertex': vertex,
  'google-cloud': vertex,
  ollama: chat('ollama', 'http://localhost:11434/v1', 'OLLAMA_API_KEY', 'ollama'),
  lmstudio: chat('lmstudio', 'http://localhost:1234/v1', 'LMSTUDIO_API_KEY', 'lm-studio'),
  openrouter: chat('openrouter', 'https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'),
  groq: chat('groq', 'https://api.groq.com/openai/v1', 'GROQ_API_KEY'),
  deepseek: chat('deepseek', 'https://api.deepseek.com', 'DEEPSEEK_API_KEY'),
  together: chat('together', 'https://api.together.xyz/v1', 'TOGETHER_API_KEY'),
  fireworks: chat('fireworks', 'https://api.fireworks.ai/inference/v1', 'FIREWORKS_API_KEY'),
  cerebras: chat('cerebras', 'https://api.cerebras.ai/v1', 'CEREBRAS_API_KEY'),
}

/**
 * A server that speaks like OpenAI's chat completions. Those listed stream their thinking, which packages hold back or
 * leave out; what else is special about them is in `openai-chat/dialect.ts`.
 */
function chat(
  system: string,
  baseUrl: string,
  keyVariable: string,
  defaultKey?: string,
): Omit<DirectProvider, 'prefix'> {
  const fields = { family: 'openai-chat', system, baseUrl, keyVariable } as const
  return defaultKey === undefined ? fields : { ...fields, defaultKey }
}

const sdkOpenai = { ...openai, packageName: '@ai-sdk/openai' }

/** What is known of packages of the AI SDK. */
const packages: Readonly<Record<string, Omit<PackageProvider, 'prefix'>>> = {
  openai: { ...sdkOpenai, api: 'responses' },
  'openai-chat': { ...sdkOpenai, api: 'chat' },
  anthropic: {
    packageName: '@ai-sdk/anthropic',
    system: 'anthropic',
    keyVariable: 'ANTHROPIC_API_KEY',
  },
  google: {
    packageName: '@ai-sdk/google',
    system: 'google',
    keyVariable: 'GOOGLE_GENERATIVE_AI_API_KEY',
  },
  'google-vertex': {
    packageName: '@ai-sdk/google-vertex',
    system: 'google-cloud',
    otherKeyVariable: 'GOOGLE_VERTEX_API_KEY',
    settingVariables: [['GOOGLE_VERTEX_PROJECT'], ['GOOGLE_VERTEX_LOCATION']],
  },
}

/** Stands before the name of a provider that is to be reached through its package of the AI SDK, whatever else there is. */
const viaAiSdk = 'ai-sdk/'

/** The provider of a prefix: one we know, or the AI SDK package of that name. */
export function providerOf(prefix: string): Provider {
  if (prefix.startsWith(viaAiSdk)) return packageOf(prefix.slice(viaAiSdk.length), prefix)
  const known = Object.hasOwn(direct, prefix) ? direct[prefix] : undefined
  return known === undefined ? packageOf(prefix, prefix) : { prefix, ...known }
}

function packageOf(name: string, prefix: string): PackageProvider {
  const known = Object.hasOwn(packages, name) ? packages[name] : undefined
  return { prefix, ...(known ?? { packageName: `@ai-sdk/${name}`, system: name }) }
}

/** The known prefix that was probably meant; `undefined` when the given one is known, or like none. */
export function likelyPrefix(prefix: string): string | undefined {
  if (Object.hasOwn(direct, prefix)) return undefined
  return Object.keys(direct).find((each) => isNear(each, prefix))
}
