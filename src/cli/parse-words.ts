import { parseJson } from '../codec/index.ts'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { UsageError } from './usage-error.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/** The words of a command line by what they are. @throws {UsageError} for an option that is unknown or has no value */
export function parseWords<const TOptions extends Options>(
  words: readonly string[],
  options: TOptions,
) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(sentenceOf(error))
  }
}

/** What `parseArgs` says, but shorter where it advises at length. */
function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const unknown = /^Unknown option '[^']*'/.exec(message)?.[0]
  return unknown === undefined ? message : `${unknown}; words that begin with - go behind --`
}

/** @throws {UsageError} for text that is no whole number from 1 */
export function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= 1) return value
  throw new UsageError(`\`--${option}\` takes a whole number from 1, not '${text}'`)
}

/** @throws {UsageError} for text that is no JSON */
export function jsonValue(option: string, text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw new UsageError(
      `\`--${option}\` takes JSON, not '${text}'; text goes in double quotes: '"${text}"'`,
    )
  }
}
