import { ModelHTTPError, ModelStreamError } from '../../errors/index.ts'
import type { ModelResponseInput, ResponsePartInput } from '../../messages/index.ts'
import { isRawObject, rawObject, rawText } from '../raw.ts'

/**
 * Groq does not hand out a call that does not fit the tool's schema: it fails, and shows with the error what the model
 * wrote. Read as an answer, the run can tell the model what is wrong, as with any other provider.
 *
 * @returns `undefined` for any other error
 * @see https://console.groq.com/docs/tool-use
 */
export function answerWithFailedCall(error: unknown): ModelResponseInput | undefined {
  if (!(error instanceof ModelHTTPError) && !(error instanceof ModelStreamError)) return undefined
  const { code, failed_generation: written } = rawObject(error.body)
  const text = rawText(written)
  if (code !== 'tool_use_failed' || text === undefined) return undefined
  const { modelName, provider: providerName } = error
  return { parts: partsOf(text), modelName, providerName, finishReason: 'error' }
}

function partsOf(text: string): ResponsePartInput[] {
  const call = callOf(text)
  if (call !== undefined) return [{ partKind: 'tool-call', ...call }]
  return text === '' ? [] : [{ partKind: 'text', content: text }]
}

function callOf(text: string) {
  try {
    const { name, arguments: args } = rawObject(JSON.parse(text))
    const toolName = rawText(name)
    return toolName !== undefined && isRawObject(args) ? { toolName, args } : undefined
  } catch {
    return undefined // it is what the model wrote, and need not be a call
  }
}
