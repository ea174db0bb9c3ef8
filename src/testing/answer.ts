import type { ModelResponseInput } from '../messages/index.ts'

/** What a scripted answer may be: a response with as few fields as matter, or a string for a response of one text. */
export type Answer = ModelResponseInput | string

/** The answer as a response that names its model. */
export function answerToResponse(answer: Answer, modelName: string): ModelResponseInput {
  if (typeof answer === 'string') return textResponse(answer, modelName)
  return { ...answer, modelName: answer.modelName ?? modelName }
}

function textResponse(content: string, modelName: string): ModelResponseInput {
  return { parts: [{ partKind: 'text', content }], modelName }
}
