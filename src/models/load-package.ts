import { MissingPackageError } from '../errors/index.ts'
import { rawObject, rawText } from './raw.ts'

/**
 * Imports an optional package when it is first needed.
 *
 * @param importIt the import, written out where it is used so that bundlers see it: `() => import('openai')`
 * @param what what needs the package, as errors name it: `The model 'openai:gpt-5.2'`
 * @throws {MissingPackageError} when it is not installed
 */
export async function loadPackage<TModule>(
  packageName: string,
  importIt: () => Promise<TModule>,
  what: string,
): Promise<TModule> {
  try {
    return await importIt()
  } catch (error) {
    if (isMissing(error, packageName)) throw new MissingPackageError(packageName, what, error)
    throw error
  }
}

/** The package itself, not one that it needs and that is broken. */
export function isMissing(error: unknown, packageName: string): boolean {
  const { code, message } = rawObject(error)
  const isNotFound =
    code === 'ERR_MODULE_NOT_FOUND' || /Cannot find|Failed to (load|resolve)/.test(String(message))
  return isNotFound && (rawText(message) ?? '').includes(`'${packageName}'`)
}
