import { isDeepStrictEqual } from 'node:util'
import { ask, basePath } from './replay.ts'
import type { RequestCase } from './recording.ts'
import type { ReplayServer } from './replay-server.ts'

/** What arrives for the history of a request case, and whether it equals what the reference sends. */
export async function sendRequestCase(
  requestCase: RequestCase,
  server: ReplayServer,
): Promise<{ readonly isEqual: boolean; readonly body: unknown }> {
  const { provider, provider_name, request } = requestCase
  const prefixes: Readonly<Record<string, string>> = { 'openai-responses': 'openai' }
  const prefix =
    provider_name === 'google-cloud' ? 'google-vertex' : (prefixes[provider] ?? provider)
  server.answerNext({ status: 400, body: '{}' })
  const before = server.arrivals.length
  const baseUrl = server.url + basePath(request.path)
  const outcome = await ask(`${prefix}:${requestCase.model_name}`, requestCase, baseUrl)
  const arrival = server.arrivals[before]
  if (arrival === undefined) return { isEqual: false, body: outcome }
  const body: unknown = JSON.parse(arrival.body)
  return { isEqual: isDeepStrictEqual(comparable(body), comparable(request.body)), body }
}

/** `stream: false` and its absence say the same. */
function comparable(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body
  return Object.fromEntries(
    Object.entries(body).filter(([key, value]) => key !== 'stream' || value !== false),
  )
}
