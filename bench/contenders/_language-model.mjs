// The scripted model as AI SDK's interface (LanguageModelV4) has it, a plain object. The mock of `ai/test` will not do:
// it remembers every prompt, and the memory would be charged to the framework.
import { tally, used } from '../lib/job.mjs'

export function languageModel(script) {
  return {
    specificationVersion: 'v4',
    provider: 'bench',
    modelId: 'scripted',
    supportedUrls: {},
    async doGenerate({ prompt }) {
      const response = respond(script, prompt)
      return { ...response, usage: usage(), warnings: [] }
    },
    async doStream({ prompt }) {
      const parts = script.deltas.length > 0 ? spoken(script) : told(respond(script, prompt))
      return { stream: streamOf(parts) }
    },
  }
}

/** Hands one part over at a time; `ReadableStream.from` would add its own promises to each. */
function streamOf(parts) {
  return new ReadableStream({
    pull(controller) {
      const { value, done } = parts.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}

function respond(script, prompt) {
  if (tally.isChecking) tally.resultsSeen = countResults(prompt)
  const { role, content } = prompt.at(-1)
  const { text, toolCalls } = script.respond(
    role === 'tool' ? content.at(-1).toolCallId : undefined,
  )
  if (text !== undefined) return { content: [{ type: 'text', text }], finishReason: reason('stop') }
  const calls = toolCalls.map(({ id, name, args }) => ({
    type: 'tool-call',
    toolCallId: id,
    toolName: name,
    input: args,
  }))
  return { content: calls, finishReason: reason('tool-calls') }
}

function* told({ content, finishReason }) {
  yield { type: 'stream-start', warnings: [] }
  for (const part of content) {
    if (part.type === 'text') yield* textParts([part.text])
    else yield part
  }
  yield { type: 'finish', finishReason, usage: usage() }
}

function* spoken({ deltas }) {
  tally.modelCalls += 1
  yield { type: 'stream-start', warnings: [] }
  yield* textParts(deltas)
  yield { type: 'finish', finishReason: reason('stop'), usage: usage() }
}

function* textParts(deltas) {
  yield { type: 'text-start', id: 't' }
  for (const delta of deltas) yield { type: 'text-delta', id: 't', delta }
  yield { type: 'text-end', id: 't' }
}

function reason(unified) {
  return { unified, raw: undefined }
}

function usage() {
  const { input, output } = used
  return {
    inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: output, text: output, reasoning: 0 },
  }
}

function countResults(prompt) {
  return prompt
    .filter(({ role }) => role === 'tool')
    .reduce((sum, { content }) => sum + content.length, 0)
}
