import { MissingPackageError } from '../errors/index.ts'
import { rawObject, rawText } from './raw.ts'

/**
 * What the import of an optional package is caught with. It stands right behind the import, `import('openai').catch(…)`:
 * that is how bundlers know that the package may be missing, and leave the import as it is.
 *
 * @param what what needs the package, as errors name it: `The model 'openai:gpt-5.2'`
 * @throws {MissingPackageError} when it is not installed
 * @throws the error of any other failure
 */
export function missingPackage(packageName: string, what: string): (error: unknown) => never {
  return (error) => {
    throw isMissing(error, packageName) ? new MissingPackageError(packageName, what, error) : error
  }
}

/** How Node.js, bundlers, browsers and workers say that there is no such module. */
const notFound = /Cannot find|Could not resolve|Failed to (load|resolve)|No such module/

/** The package itself, not one that it needs and that is broken. */
export function isMissing(error: unknown, packageName: string): boolean {
  const { code, message } = rawObject(error)
  const text = rawText(message) ?? ''
  const isNotFound = code === 'ERR_MODULE_NOT_FOUND' || notFound.test(text)
  return isNotFound && [`'${packageName}'`, `"${packageName}"`].some((name) => text.includes(name))
}
