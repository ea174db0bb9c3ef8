import { UnexpectedModelBehavior } from '../../errors/index.ts'
import type { ModelResponseInput, ResponsePartInput } from '../../messages/index.ts'
import { filledText, type RawObject, rawObject, rawObjects, rawText } from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import { foundFiles, readGrounding } from './read-grounding.ts'
import { googlePartReader, listsToolUse, partsOf, withFiles } from './read-part.ts'
import { readOutcome } from './read-outcome.ts'
import { readGoogleUsage } from './read-usage.ts'

/** Reads the body of an answer of `generateContent`, of the Gemini API or of Vertex. */
export function readGoogleContent(body: unknown, context: ReadContext): ModelResponseInput {
  const response = rawObject(body)
  const [candidate] = rawObjects(response['candidates'])
  const isBlocked = filledText(rawObject(response['promptFeedback'])['blockReason']) !== undefined
  const isAnswer = ['usageMetadata', 'responseId', 'modelVersion'].some((key) => key in response)
  if (candidate === undefined && !isBlocked && !isAnswer) {
    throw new UnexpectedModelBehavior(
      `Invalid response from ${context.providerName} generateContent endpoint: no candidate`,
    )
  }
  return {
    parts: candidate === undefined ? [] : readParts(candidate, context.providerName),
    usage: readGoogleUsage(response['usageMetadata']),
    modelName: rawText(response['modelVersion']) ?? null,
    providerName: context.providerName,
    ...readOutcome(response),
    providerResponseId: rawText(response['responseId']) ?? null,
  }
}

/** What Google's tools did comes first, unless the answer lists it itself. */
function readParts(candidate: RawObject, providerName: string): ResponsePartInput[] {
  const parts = partsOf(candidate)
  const grounding = listsToolUse(parts) ? [] : readGrounding(candidate, providerName)
  const files = foundFiles(candidate)
  const read = parts.flatMap(googlePartReader(providerName))
  return [...grounding, ...read.map((part) => withFiles(part, files))]
}
