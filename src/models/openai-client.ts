import type { OpenAI } from 'openai'
import type { DirectModelOptions } from './direct-model.ts'
import { loadPackage } from './load-package.ts'
import type { ModelCall } from './model.ts'

/**
 * A client of the package `openai` that does what it is told once: who wraps the model decides about retries, and
 * failures are thrown, not logged.
 *
 * @param what what needs the package, as errors name it: `The model 'openai:gpt-5.2'`
 * @throws {MissingPackageError} when the package is not installed
 */
export async function openaiClient(options: DirectModelOptions, what: string): Promise<OpenAI> {
  const { OpenAI } = await loadPackage('openai', () => import('openai'), what)
  const { baseUrl, apiKey, headers, fetch, system } = options
  return new OpenAI({
    maxRetries: 0,
    logLevel: 'off',
    // Whoever runs agents in a page gives the key of a proxy, or knows what they do.
    dangerouslyAllowBrowser: true,
    ...(baseUrl !== undefined && { baseURL: baseUrl }),
    // What the environment says of an account at OpenAI is no business of others.
    ...((system ?? 'openai') !== 'openai' && { organization: null, project: null }),
    ...(apiKey !== undefined && { apiKey }),
    ...(headers !== undefined && { defaultHeaders: { ...headers } }),
    ...(fetch !== undefined && { fetch }),
  })
}

/** What the package is told about one request besides its body. */
export function openaiRequestOptions({ signal, settings }: ModelCall): {
  readonly signal: AbortSignal
  readonly headers?: Record<string, string>
  readonly timeout?: number
} {
  const { extraHeaders, timeoutMs } = settings
  return {
    signal,
    ...(extraHeaders !== undefined && { headers: { ...extraHeaders } }),
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
  }
}
