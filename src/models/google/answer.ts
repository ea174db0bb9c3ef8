import { ModelAPIError, UnexpectedModelBehavior } from '../../errors/index.ts'
import type { ModelResponseInput } from '../../messages/index.ts'
import type { ResponseDelta } from '../../streaming/index.ts'
import { isRawObject, type RawObject } from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import { readServerSentEvents } from '../read-sse.ts'
import { refusal, streamError } from './errors.ts'
import { readGoogleContent } from './read-response.ts'
import { GoogleStreamReader } from './read-stream.ts'

interface AnswerContext extends ReadContext {
  readonly modelName: string
}

/** A whole answer. */
export async function readAnswer(
  response: Response,
  context: AnswerContext,
): Promise<ModelResponseInput> {
  if (!response.ok) throw await refusal(response, context.modelName, context.providerName)
  const body: unknown = JSON.parse(await response.text())
  const read = readGoogleContent(body, context)
  const providerDetails = { ...read.providerDetails, ...headerDetails(response) }
  return { ...read, modelName: read.modelName ?? context.modelName, providerDetails }
}

/** An answer as it comes. Whoever stops reading closes the connection. */
export async function* streamAnswer(
  response: Response,
  context: AnswerContext,
): AsyncGenerator<ResponseDelta> {
  const { modelName, providerName } = context
  if (!response.ok) throw await refusal(response, modelName, providerName)
  if (!isEventStream(response)) throw await strangeAnswer(response, context)
  const reader = new GoogleStreamReader(context)
  let count = 0
  for await (const { data } of readServerSentEvents(response)) {
    const chunk = readChunk(data, context)
    if (count === 0) yield { kind: 'response', modelName, providerDetails: headerDetails(response) }
    count += 1
    for (const piece of reader.read(chunk)) yield piece
  }
  if (count === 0) throw unreadable(modelName, 'a stream without events')
  if (!reader.isComplete) {
    const message = 'The stream ended before the answer did'
    throw new ModelAPIError(modelName, message, { provider: providerName, isRetryable: true })
  }
  yield* reader.end()
}

function readChunk(data: string, { modelName, providerName }: AnswerContext): RawObject {
  const chunk: unknown = JSON.parse(data)
  if (!isRawObject(chunk)) throw unreadable(modelName, data)
  if (isRawObject(chunk['error'])) throw streamError(chunk, modelName, providerName)
  return chunk
}

/** Tests and proxies may leave the type out. */
function isEventStream({ headers }: Response): boolean {
  const type = headers.get('content-type') ?? ''
  return type === '' || type.includes('event-stream')
}

/** No stream at all: a page of a proxy, or an error that stands alone. */
async function strangeAnswer(response: Response, context: AnswerContext): Promise<Error> {
  const text = await response.text()
  if (text.trimStart().startsWith('{')) readChunk(text, context)
  return unreadable(context.modelName, text)
}

function unreadable(modelName: string, what: string): UnexpectedModelBehavior {
  const shown = what.length > 200 ? `${what.slice(0, 200)}…` : what
  return new UnexpectedModelBehavior(`Unreadable response of '${modelName}': ${shown}`)
}

/** The tier that was granted, when Google tells. */
function headerDetails({ headers }: Response): Readonly<Record<string, unknown>> {
  const tier = headers.get('x-gemini-service-tier')
  return tier === null ? {} : { service_tier: tier.toLowerCase() }
}
