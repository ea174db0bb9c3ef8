import type { AiSdkLanguageModel } from '../../src/models/index.ts'

export interface FakeSdkModel extends AiSdkLanguageModel {
  /** What `doGenerate` and `doStream` were called with, in order. */
  readonly asked: Record<string, unknown>[]
}

interface Facts {
  readonly specificationVersion?: 'v3' | 'v4'
  readonly provider?: string
  readonly result?: Readonly<Record<string, unknown>>
  /** What `doStream` gives, one after the other. Default: it streams nothing. */
  readonly parts?: Iterable<unknown> | AsyncIterable<unknown>
  /** Whether `doStream` fails, and how. */
  readonly failure?: unknown
  /** What `doStream` says was sent. */
  readonly body?: unknown
}

const usage = {
  inputTokens: { total: 10, noCache: 4, cacheRead: 5, cacheWrite: 1 },
  outputTokens: { total: 7, text: 4, reasoning: 3 },
}

/** A language model object that remembers its calls and answers `Hello`, or with a prepared result. */
export function sdkModel(facts: Facts = {}): FakeSdkModel {
  const asked: Record<string, unknown>[] = []
  return {
    specificationVersion: facts.specificationVersion ?? 'v4',
    provider: facts.provider ?? 'acme.chat',
    modelId: 'acme-1',
    asked,
    async doGenerate(options: Record<string, unknown>) {
      asked.push(options)
      return {
        content: [{ type: 'text', text: 'Hello' }],
        finishReason: { unified: 'stop', raw: 'end' },
        usage,
        warnings: [],
        ...facts.result,
      }
    },
    async doStream(options: Record<string, unknown>) {
      asked.push(options)
      if (facts.failure !== undefined) throw facts.failure
      const stream = ReadableStream.from(facts.parts ?? [])
      return { stream, request: { body: facts.body } }
    },
  }
}
