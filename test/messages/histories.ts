import fc from 'fast-check'
import {
  completeResponse,
  type ModelMessage,
  type ModelRequest,
  type ModelResponse,
  type RequestPart,
  type ResponsePart,
  TextPart,
  ToolCallPart,
  ToolReturnPart,
  UserPromptPart,
} from '../../src/messages/index.ts'

const asked = '2026-01-01T00:00:00Z'
const answered = '2026-01-01T00:00:01Z'

export const text = TextPart('x')

/** A call with this id. */
export const answers = (id: string): ToolCallPart => ToolCallPart({ toolName: 't', toolCallId: id })

export const result = (id: string): ToolReturnPart =>
  ToolReturnPart({ toolName: 't', content: 1, toolCallId: id, timestamp: asked })

export function request(...parts: readonly RequestPart[]): ModelRequest {
  return {
    parts,
    timestamp: asked,
    instructions: null,
    kind: 'request',
    runId: null,
    conversationId: null,
    metadata: null,
    state: 'complete',
  }
}

export const said = (words: string): ModelRequest => request(UserPromptPart(words, asked))

export function response(...parts: readonly ResponsePart[]): ModelResponse {
  return completeResponse({ parts }, answered)
}

/** Ids of calls that no later result answers; an id that is called anew needs a result before that. */
export function callsWithoutResult(history: readonly ModelMessage[]): readonly string[] {
  const open: string[] = []
  for (const message of history) {
    for (const part of message.parts) {
      if (part.partKind === 'tool-call') open.push(part.toolCallId)
      const isResult =
        part.partKind === 'tool-return' ||
        (part.partKind === 'retry-prompt' && part.toolName !== null)
      const index = isResult ? open.indexOf(part.toolCallId) : -1
      if (index !== -1) open.splice(index, 1)
    }
  }
  return open
}

const ids = fc.constantFrom('a', 'b', 'c')
const retry = (id: string, toolName: string | null): RequestPart => ({
  content: 'no',
  toolName,
  toolCallId: id,
  timestamp: asked,
  partKind: 'retry-prompt',
})
const requestParts: fc.Arbitrary<RequestPart> = fc.oneof(
  ids.map(result),
  ids.map((id) => retry(id, 't')),
  ids.map((id) => retry(id, null)),
  fc.constant(UserPromptPart('x', asked)),
)
const responseParts: fc.Arbitrary<ResponsePart> = fc.oneof(ids.map(answers), fc.constant(text))
const requests = fc
  .record({
    parts: fc.array(requestParts, { maxLength: 3 }),
    instructions: fc.constantFrom(null, '', 'A', 'B'),
    timestamp: fc.constantFrom(null, asked),
  })
  .map(({ parts, ...fields }) => ({ ...request(...parts), ...fields }))
const responses = fc
  .record({
    parts: fc.array(responseParts, { maxLength: 3 }),
    modelName: fc.constantFrom(null, 'm'),
  })
  .map(({ parts, modelName }) => ({ ...response(...parts), modelName }))

/** Any order of requests and responses over a handful of call ids, most of them broken. */
export const histories: fc.Arbitrary<readonly ModelMessage[]> = fc.array(
  fc.oneof(requests, responses),
  { maxLength: 12 },
)
