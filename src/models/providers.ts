import { isNear } from './near.ts'

/** How the models of one prefix are made and named. */
export interface Provider {
  /** What stands before the colon. */
  readonly prefix: string
  readonly packageName: string
  /** Its name in histories. */
  readonly system: string
  /** Which model factory of the package's provider is called; by default the provider itself. */
  readonly api?: 'responses' | 'chat'
  /** Where the key is looked for; absent when the package knows other ways to sign in, or when we do not know. */
  readonly keyVariable?: string
  /** Where else the package looks for a key; with one it needs no `settingVariables`. */
  readonly otherKeyVariable?: string
  /** What the package reads from the environment to find the API, unless it is told where that is. */
  readonly settingVariables?: readonly string[]
}

const openai = { packageName: '@ai-sdk/openai', system: 'openai', keyVariable: 'OPENAI_API_KEY' }

const google = {
  packageName: '@ai-sdk/google',
  system: 'google',
  keyVariable: 'GOOGLE_GENERATIVE_AI_API_KEY',
}

const vertex = {
  packageName: '@ai-sdk/google-vertex',
  system: 'google-cloud',
  otherKeyVariable: 'GOOGLE_VERTEX_API_KEY',
  settingVariables: ['GOOGLE_VERTEX_PROJECT', 'GOOGLE_VERTEX_LOCATION'],
}

const known: Readonly<Record<string, Omit<Provider, 'prefix'>>> = {
  openai: { ...openai, api: 'responses' },
  'openai-responses': { ...openai, api: 'responses' },
  'openai-chat': { ...openai, api: 'chat' },
  anthropic: {
    packageName: '@ai-sdk/anthropic',
    system: 'anthropic',
    keyVariable: 'ANTHROPIC_API_KEY',
  },
  google,
  'google-gla': google,
  'google-vertex': vertex,
  'google-cloud': vertex,
}

/** The provider of a prefix: one we know, or the AI SDK package of that name. */
export function providerOf(prefix: string): Provider {
  const provider = Object.hasOwn(known, prefix) ? known[prefix] : undefined
  return { prefix, ...(provider ?? { packageName: `@ai-sdk/${prefix}`, system: prefix }) }
}

/** The known prefix that was probably meant; `undefined` when the given one is known, or like none. */
export function likelyPrefix(prefix: string): string | undefined {
  if (Object.hasOwn(known, prefix)) return undefined
  return Object.keys(known).find((each) => isNear(each, prefix))
}
