import { generateToolCallId, type ResponsePartInput } from '../../messages/index.ts'
import type { ResponseDelta } from '../../streaming/index.ts'
import type { RequestUsageInput } from '../../usage/index.ts'
import { filledText, type RawObject, rawObject, rawObjects, rawText } from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import { foundFiles, readUrlContext } from './read-grounding.ts'
import { readOutcome } from './read-outcome.ts'
import { googlePartReader, lacksFiles, listsToolUse, partsOf } from './read-part.ts'
import { mergedUsage, readGoogleUsage } from './read-usage.ts'

type NativeReturn = Extract<ResponsePartInput, { partKind: 'builtin-tool-return' }>

/**
 * Makes deltas of the pieces of one streamed answer. Owns what later pieces refer to: usage so far, searches whose
 * findings are still to come.
 *
 *   G1. A piece is a whole answer in small, so text and thinking extend the part before them.
 *   G2. Web searches are not told: their metadata comes behind the text that rests on them.
 *   G3. A file search that Google lists is shown once, in its place, when its findings are there.
 */
export class GoogleStreamReader {
  readonly #providerName: string
  readonly #searchesFiles: boolean
  readonly #readPart: (part: RawObject) => readonly ResponsePartInput[]
  #usage: RequestUsageInput = {}
  #isFirst = true
  #isBlocked = false
  #isComplete = false
  #listsToolUse = false
  /** The call of a file search that was told as code, until its findings come. */
  #searchId: string | undefined
  #unfilled: NativeReturn[] = []

  constructor({ providerName, settings }: ReadContext) {
    this.#providerName = providerName
    this.#searchesFiles = settings.nativeTools?.some(({ kind }) => kind === 'file_search') ?? false
    this.#readPart = googlePartReader(providerName)
  }

  /** Whether the answer has come to an end; a stream that ends without one broke off. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  *read(chunk: RawObject): Generator<ResponseDelta> {
    yield this.#facts(chunk)
    const [candidate] = rawObjects(chunk['candidates'])
    if (candidate === undefined) return
    if (!this.#listsToolUse) {
      for (const part of readUrlContext(candidate, this.#providerName)) yield { kind: 'part', part }
    }
    const parts = partsOf(candidate)
    this.#listsToolUse ||= listsToolUse(parts)
    for (const part of parts) yield* this.#part(part)
    yield* this.#findings(candidate)
  }

  /** What waits for findings that never came. */
  *end(): Generator<ResponseDelta> {
    for (const part of this.#unfilled) yield filled(part, null)
  }

  #facts(chunk: RawObject): ResponseDelta {
    if (chunk['usageMetadata'] != null) {
      this.#usage = mergedUsage(this.#usage, readGoogleUsage(chunk['usageMetadata']))
    }
    const usage = { kind: 'response', usage: this.#usage } as const
    if (this.#isBlocked) return usage
    const outcome = readOutcome(chunk)
    this.#isComplete ||= outcome.finishReason !== undefined
    this.#isBlocked = outcome.providerDetails?.['block_reason'] !== undefined
    const modelName = this.#isFirst ? rawText(chunk['modelVersion']) : undefined
    this.#isFirst = false
    const named = modelName === undefined ? {} : { modelName }
    return { ...usage, providerName: this.#providerName, ...named, ...outcome }
  }

  *#part(raw: RawObject): Generator<ResponseDelta> {
    // Pictures that the model thinks with are drafts of the last one.
    if (raw['thought'] === true && raw['inlineData'] !== undefined) return
    for (const read of this.#readPart(raw)) {
      const part = this.#searchCall(read)
      if (part.partKind === 'text' || part.partKind === 'thinking') {
        const { partKind: kind, content, providerName = null, providerDetails = null } = part
        yield { kind, content, providerName, providerDetails }
      } else if (part.partKind === 'builtin-tool-return' && lacksFiles(part)) {
        this.#unfilled.push(part)
        yield { kind: 'tool-call', ...placeOf(part) } // G3: a call without a name holds the place unseen
      } else yield { kind: 'part', part }
    }
  }

  /** Older models tell of a file search as code. */
  #searchCall(part: ResponsePartInput): ResponsePartInput {
    if (!this.#searchesFiles || part.partKind !== 'builtin-tool-call') return part
    const code = rawText(rawObject(part.args)['code']) ?? ''
    const query = /file_search\.query\(query=(["'])((?:\\.|(?!\1).)*?)\1\)/.exec(code)?.[2]
    if (!filledText(query)) return part
    this.#searchId = part.toolCallId ?? generateToolCallId()
    const args = { query: query?.replaceAll(/\\([\\"'])/g, '$1') }
    return { ...part, toolName: 'file_search', toolCallId: this.#searchId, args }
  }

  *#findings(candidate: RawObject): Generator<ResponseDelta> {
    const content = foundFiles(candidate)
    if (content === null) return
    if (this.#listsToolUse) {
      for (const part of this.#unfilled) yield filled(part, content)
      this.#unfilled = []
    } else if (this.#searchId !== undefined) {
      const part: NativeReturn = {
        partKind: 'builtin-tool-return',
        toolName: 'file_search',
        content,
        toolCallId: this.#searchId,
        providerName: this.#providerName,
      }
      this.#searchId = undefined
      yield { kind: 'part', part }
    }
  }
}

function placeOf({ toolCallId = '' }: NativeReturn): { readonly key: string } {
  return { key: `search ${toolCallId}` }
}

function filled(part: NativeReturn, content: unknown): ResponseDelta {
  return { kind: 'part', ...placeOf(part), part: { ...part, content } }
}
