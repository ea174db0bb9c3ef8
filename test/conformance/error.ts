import { AgentError, ContentFilterError, ModelHTTPError } from '../../src/errors/index.ts'
import { copyOf, type Json } from './recording.ts'

/** What the caller of a run caught. */
export function errorToWire(error: unknown): Json {
  if (!(error instanceof Error)) return { type: 'not an Error', message: String(error) }
  return { type: error.name, message: error.message, ...core(error), ...facts(error) }
}

/** The message without the hint that ends it; one that ended in a full stop does so again. */
function core(error: Error): Json {
  if (!(error instanceof AgentError) || error.hint === undefined) return {}
  return { message_core: error.message.slice(0, -`. ${error.hint}`.length) }
}

function facts(error: Error): Json {
  if (error instanceof ContentFilterError) return { body: JSON.parse(error.body) }
  if (!(error instanceof ModelHTTPError)) return {}
  return { status_code: error.statusCode, body: copyOf(error.body) }
}
