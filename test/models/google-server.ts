import { GoogleModel, type GoogleModelOptions } from '../../src/models/google/model.ts'
import { profileOf } from '../../src/models/google/profile.ts'
import { requestBody } from '../../src/models/google/request-body.ts'
import { traitsOf } from '../../src/models/google/traits.ts'
import { modelCall } from './calls.ts'
import { LoopbackServer, whole } from './loopback-server.ts'

/** A Gemini API on loopback. It says hello unless told otherwise. */
export class GoogleServer extends LoopbackServer {
  override answer = whole(content(['Hello'], 'STOP'))

  model(modelName = 'gemini-2.5-flash', options: GoogleModelOptions = {}): GoogleModel {
    const baseUrl = `${this.url}/v1beta`
    return new GoogleModel(modelName, { baseUrl, apiKey: 'key', ...options })
  }
}

/** A whole answer, or one piece of a streamed one: texts or raw parts. */
export function content(
  parts: readonly (string | object)[],
  finishReason?: string,
  fields: object = {},
) {
  const raw = parts.map((part) => (typeof part === 'string' ? { text: part } : part))
  const candidate = { content: { role: 'model', parts: raw }, finishReason, ...fields }
  return {
    candidates: [candidate],
    modelVersion: 'gemini-2.5-flash-001',
    responseId: 'r1',
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2 },
  }
}

/** What a model is sent. */
export function sentBody(
  changes: Parameters<typeof modelCall>[0],
  modelName = 'gemini-2.5-flash',
  isVertex = false,
): Readonly<Record<string, unknown>> {
  return requestBody(modelCall(changes), {
    modelName,
    system: isVertex ? 'google-cloud' : 'google',
    isVertex,
    profile: profileOf(modelName),
    traits: traitsOf(modelName),
  })
}
