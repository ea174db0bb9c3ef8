/**
 * How requests get to Google: with the package `@google/genai`, which knows the addresses of both APIs and signs in.
 *
 * Bodies and answers do not go through the package: it rewrites the one, drops the keys of the other that it does not
 * know, forgets the headers of refusals, and reads a cut-off stream as a whole one. It takes a `fetch`, so that is where
 * we come in: it prepares a request about nothing, ours is sent to that address with those headers, and the package
 * is told that the answer is empty.
 */
import type { GoogleGenAI } from '@google/genai'
import { MissingKeyError } from '../../errors/index.ts'
import { environment } from '../environment.ts'
import { missingPackage } from '../load-package.ts'
import type { RawObject } from '../raw.ts'
import type { GoogleModelOptions } from './options.ts'

/** What we use of the package. */
export type GoogleClient = Pick<GoogleGenAI, 'models'>

/**
 * @throws {MissingPackageError} when the package is not installed
 * @throws {MissingKeyError} when the Gemini API is to be asked without a key
 */
export async function googleClient(
  options: GoogleModelOptions,
  what: string,
): Promise<GoogleClient> {
  const { GoogleGenAI, ResourceScope } = await import('@google/genai').catch(
    missingPackage('@google/genai', what),
  )
  const { baseUrl, headers = {}, isVertex = false } = options
  const place = baseUrl === undefined ? {} : { baseUrl, apiVersion: '' }
  return new GoogleGenAI({
    vertexai: isVertex,
    ...(isVertex ? cloudAccess(options) : { apiKey: keyOf(options, what) }),
    httpOptions: {
      headers: { ...headers },
      ...place,
      ...(baseUrl !== undefined && { baseUrlResourceScope: ResourceScope.COLLECTION }),
    },
  })
}

function keyOf({ apiKey }: GoogleModelOptions, what: string): string {
  const key = apiKey || environment('GOOGLE_API_KEY', 'GEMINI_API_KEY')
  if (key === undefined) throw new MissingKeyError('GOOGLE_API_KEY', what)
  return key
}

function cloudAccess(options: GoogleModelOptions) {
  const apiKey = options.apiKey || environment('GOOGLE_VERTEX_API_KEY')
  if (apiKey !== undefined) return { apiKey }
  const project = options.project ?? environment('GOOGLE_CLOUD_PROJECT', 'GOOGLE_VERTEX_PROJECT')
  const location =
    options.location ?? environment('GOOGLE_CLOUD_LOCATION', 'GOOGLE_VERTEX_LOCATION')
  return {
    ...(project !== undefined && { project }),
    ...(location !== undefined && { location }),
  }
}

/** One request. */
interface GoogleRequest {
  /** As the package is to find it: a name, or a path such as `publishers/google/models/gemini-2.5-pro`. */
  readonly model: string
  readonly body: RawObject
  readonly isStreamed: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: typeof globalThis.fetch
  readonly signal: AbortSignal
}

/**
 * The answer to a request, whatever its status.
 *
 * @throws what the package throws when it cannot sign in, and what `fetch` throws
 */
export async function send(client: GoogleClient, request: GoogleRequest): Promise<Response> {
  const { model, body, isStreamed, headers, signal, fetch: ask } = request
  const answer = Promise.withResolvers<Response>()
  const fetch: typeof globalThis.fetch = async (address, init) => {
    // Called by itself: a browser’s own `fetch` is no method of a request.
    answer.resolve(await ask(address, { ...init, body: JSON.stringify(body), signal }))
    return new Response('{}', { headers: { 'content-type': 'application/json' } })
  }
  const config = { automaticContinuation: false, httpOptions: { fetch, headers: { ...headers } } }
  const parameters = { model, contents: 'nothing', config }
  const asked: Promise<unknown> = isStreamed
    ? client.models.generateContentStream(parameters)
    : client.models.generateContent(parameters)
  asked.catch(answer.reject)
  // Signing in does not know of the signal.
  const stop = (): void => answer.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await answer.promise
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
