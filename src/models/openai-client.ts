import type { OpenAI } from 'openai'
import { MissingKeyError, UserError } from '../errors/index.ts'
import { longestTimerMs } from './clock.ts'
import type { DirectModelOptions } from './direct-model.ts'
import { environment } from './environment.ts'
import { missingPackage } from './load-package.ts'
import type { ModelSettings } from './settings.ts'

/**
 * A client of the package `openai` that does what it is told once: who wraps the model decides about retries, and
 * failures are thrown, not logged.
 *
 * @param what what needs the package, as errors name it: `The model 'openai:gpt-5.2'`
 * @throws {MissingPackageError} when the package is not installed
 * @throws {MissingKeyError} when no key is given and none of OpenAI's is in the environment
 * @throws {UserError} when no key is given for another provider
 */
export async function openaiClient(options: DirectModelOptions, what: string): Promise<OpenAI> {
  const { OpenAI } = await import('openai').catch(missingPackage('openai', what))
  const { baseUrl, headers, fetch, system = 'openai' } = options
  const apiKey = keyOf(options, what)
  return new OpenAI({
    maxRetries: 0,
    logLevel: 'off',
    // Whoever runs agents in a page gives the key of a proxy, or knows what they do.
    dangerouslyAllowBrowser: true,
    ...(baseUrl !== undefined && { baseURL: baseUrl }),
    // What the environment says of an account at OpenAI is no business of others.
    ...(system !== 'openai' && { organization: null, project: null }),
    apiKey,
    ...(headers !== undefined && { defaultHeaders: { ...headers } }),
    ...(fetch !== undefined && { fetch }),
  })
}

/** A key of OpenAI's from the environment goes to OpenAI, or to a proxy in its name. */
function keyOf({ apiKey, system = 'openai' }: DirectModelOptions, what: string): string {
  const key = apiKey ?? (system === 'openai' ? environment('OPENAI_API_KEY') : undefined)
  if (key !== undefined) return key
  if (system === 'openai') throw new MissingKeyError('OPENAI_API_KEY', what)
  throw new UserError(`${what} needs an API key`, {
    hint: 'Pass it as `apiKey`; where none is wanted, any text will do',
  })
}

/** What the package is told about one request besides its body. */
export function openaiRequestOptions(
  { extraHeaders, timeoutMs }: ModelSettings,
  signal: AbortSignal,
): {
  readonly signal: AbortSignal
  readonly headers?: Record<string, string>
  readonly timeout?: number
} {
  return {
    signal,
    ...(extraHeaders !== undefined && { headers: { ...extraHeaders } }),
    // The signal knows when the time is over; that of the package would end before the answer is read.
    ...(timeoutMs !== undefined && { timeout: longestTimerMs }),
  }
}
