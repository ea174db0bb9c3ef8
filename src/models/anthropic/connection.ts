import type { Anthropic } from '@anthropic-ai/sdk'
import { longestTimerMs } from '../clock.ts'
import type { DirectModelOptions } from '../direct-model.ts'
import { missingPackage } from '../load-package.ts'
import type { RawObject } from '../raw.ts'
import type { ModelSettings } from '../settings.ts'
import { betasOf } from './betas.ts'
import { ownSettings } from './settings.ts'

/**
 * A client of the package `@anthropic-ai/sdk` that does what it is told once: who wraps the model decides about
 * retries, and failures are thrown, not logged.
 *
 * @param what what needs the package, as errors name it: `The model 'anthropic:claude-sonnet-4-5'`
 * @throws {MissingPackageError} when the package is not installed
 */
export async function anthropicClient(
  options: DirectModelOptions,
  what: string,
): Promise<Anthropic> {
  const { Anthropic } = await import('@anthropic-ai/sdk').catch(
    missingPackage('@anthropic-ai/sdk', what),
  )
  const { baseUrl, apiKey, headers, fetch } = options
  return new Anthropic({
    maxRetries: 0,
    logLevel: 'off',
    // Whoever runs agents in a page gives the key of a proxy, or knows what they do.
    dangerouslyAllowBrowser: true,
    ...(baseUrl !== undefined && { baseURL: baseUrl }),
    ...(apiKey !== undefined && { apiKey }),
    defaultHeaders: { ...ownHeaders(apiKey), ...headers },
    ...(fetch !== undefined && { fetch }),
  })
}

/**
 * The version of the API that requests and readers here are written for; the package goes with the newest. Gateways, too,
 * look for the key where this version has it.
 *
 * @see https://platform.claude.com/docs/en/api/versioning
 */
function ownHeaders(apiKey: string | undefined): Readonly<Record<string, string | null>> {
  const version = { 'anthropic-version': '2023-06-01' }
  return apiKey === undefined ? version : { ...version, 'x-api-key': apiKey, authorization: null }
}

/** Where messages are sent. A `baseUrl` has the version in it. */
export function messagesPath({ baseUrl }: DirectModelOptions): string {
  return baseUrl === undefined ? '/v1/messages' : '/messages'
}

/** What the package is told about one request. */
export interface SendOptions {
  readonly body: RawObject
  readonly query: { readonly beta: true }
  readonly signal: AbortSignal
  readonly headers: Headers
  readonly timeout?: number
}

/** With the features switched on that the body needs, beside those that somebody wants. */
export function sendOptions(
  settings: ModelSettings,
  body: RawObject,
  model: DirectModelOptions,
  signal: AbortSignal,
): SendOptions {
  const { extraHeaders, timeoutMs } = settings
  const headers = new Headers({ ...extraHeaders })
  const betas = betasOf(body, [
    ...(ownSettings(settings).anthropicBetas ?? []),
    headers.get(betaHeader) ?? '',
    new Headers({ ...model.headers }).get(betaHeader) ?? '',
  ])
  if (betas.length > 0) headers.set(betaHeader, betas.join(','))
  return {
    body,
    query: { beta: true },
    signal,
    headers,
    // The signal knows when the time is over; that of the package would end before the answer is read.
    ...(timeoutMs !== undefined && { timeout: longestTimerMs }),
  }
}

const betaHeader = 'anthropic-beta'
