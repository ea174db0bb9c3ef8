import { isDeepStrictEqual } from 'node:util'
import type { Outcome } from './outcome.ts'
import { ask, basePath, type Via } from './replay.ts'
import type { RequestCase } from './recording.ts'
import type { ReplayServer } from './replay-server.ts'

/** Sends the history of a request case; it passes when the body that arrives equals the recorded one as JSON. */
export async function judgeRequestCase(
  requestCase: RequestCase,
  server: ReplayServer,
  via: Via = '',
): Promise<Outcome> {
  const { provider, provider_name, request } = requestCase
  const prefixes: Readonly<Record<string, string>> = { 'openai-responses': 'openai' }
  const prefix =
    provider_name === 'google-cloud' ? 'google-vertex' : (prefixes[provider] ?? provider)
  server.answerNext({ status: 400, body: '{}' })
  const before = server.arrivals.length
  const name = `${via}${prefix}:${requestCase.model_name}`
  const baseUrl = server.url + basePath(request.path)
  const answer = await ask(name, requestCase, baseUrl).catch(String)
  const arrival = server.arrivals[before]
  if (arrival === undefined) {
    return { kind: 'failed', failures: [`nothing was sent: ${JSON.stringify(answer)}`] }
  }
  const body: unknown = JSON.parse(arrival.body)
  if (isDeepStrictEqual(body, request.body)) return { kind: 'passed' }
  const failures = [`expected ${JSON.stringify(request.body)}`, `actual   ${JSON.stringify(body)}`]
  return { kind: 'failed', failures }
}
