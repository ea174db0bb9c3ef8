import { MissingPackageError, UserError } from '../errors/index.ts'
import { isAiSdkLanguageModel, type CallableLanguageModel } from './ai-sdk/protocol.ts'
import { isMissing } from './load-package.ts'
import { likelyPrefix, type PackageProvider } from './providers.ts'
import { isRawObject, rawObject } from './raw.ts'

/** What a provider package is made with. */
export interface ProviderSettings {
  readonly baseURL?: string
  readonly apiKey?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly fetch?: typeof globalThis.fetch
}

/**
 * Imports the provider's package and makes a model with it.
 *
 * @throws {MissingPackageError} when the package is not installed
 * @throws {UserError} when it is not installed and its name looks misspelt, or when it makes no language models
 */
export async function loadLanguageModel(
  provider: PackageProvider,
  modelName: string,
  settings: ProviderSettings,
): Promise<CallableLanguageModel> {
  const create = factoryOf(await importPackage(provider), provider)
  const made: unknown = create(settings)
  const factory = provider.api === undefined ? made : member(made, provider.api)
  const model = typeof factory === 'function' ? call(factory, modelName) : undefined
  if (isAiSdkLanguageModel(model)) return model
  throw new UserError(`The package '${provider.packageName}' makes no language models that fit`, {
    hint: `Update it: npm install ${provider.packageName}@latest`,
  })
}

async function importPackage({ packageName, prefix }: PackageProvider): Promise<unknown> {
  try {
    // The name is not known before the run, so bundlers leave the import alone.
    const module: unknown = await import(/* @vite-ignore */ packageName)
    return module
  } catch (error) {
    if (!isMissing(error, packageName)) throw error
    const meant = likelyPrefix(prefix)
    if (meant !== undefined) throw misspelt(prefix, meant, error)
    throw new MissingPackageError(packageName, `A model named '${prefix}:…'`, error)
  }
}

function misspelt(prefix: string, meant: string, cause: unknown): UserError {
  const hint = `Did you mean '${meant}:…'? If not, install the provider: npm install @ai-sdk/${prefix}`
  return new UserError(`There is no provider '${prefix}'`, { hint, cause })
}

type Create = (settings: ProviderSettings) => unknown

/** By convention `@ai-sdk/some-name` has `createSomeName`; the spelling of capitals differs. */
function factoryOf(module: unknown, { packageName }: PackageProvider): Create {
  const wanted = `create${packageName.slice('@ai-sdk/'.length).replaceAll('-', '')}`
  const exports = Object.entries(rawObject(module))
  const found = exports.find(([name]) => name.toLowerCase() === wanted)?.[1]
  if (isCreate(found)) return found
  throw new UserError(`The package '${packageName}' has no ${wanted}()`, {
    hint: 'Make the model with the package yourself and pass the object',
  })
}

function isCreate(value: unknown): value is Create {
  return typeof value === 'function'
}

function member(value: unknown, key: string): unknown {
  const holder = typeof value === 'function' || isRawObject(value) ? value : {}
  return Reflect.get(holder, key)
}

function call(factory: unknown, modelName: string): unknown {
  return typeof factory === 'function' ? Reflect.apply(factory, undefined, [modelName]) : undefined
}
