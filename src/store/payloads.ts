import { JsonText, parseJson } from '../codec/index.ts'
import { StoreError, StoreSizeError, UserError } from '../errors/index.ts'
import { isStorable, storable } from './names.ts'

/** What a payload holds. `error`: what a run that rests at a failure failed with. */
export type PayloadKind = 'snapshot' | 'message' | 'event' | 'awaits' | 'title' | 'error'

/** Which payload a hook is given. */
export interface PayloadInfo {
  readonly runId: string
  readonly kind: PayloadKind
}

/** Text to text, such as encryption. A title is plain text, everything else JSON. */
export type PayloadHook = (text: string, info: PayloadInfo) => string | Promise<string>

/** What becomes of payloads on their way in and out. */
export interface PayloadOptions {
  /** What is given to the database instead of a payload: well-formed text without NUL characters. */
  readonly encode?: PayloadHook
  /** The reverse. What it throws reaches whoever reads. */
  readonly decode?: PayloadHook
  /** Of one message or event as it is stored, in bytes of UTF-8. Default 32 MiB. */
  readonly maxMessageBytes?: number
  /** Of one snapshot without its messages, or of the calls that wait. Default 16 MiB. */
  readonly maxSnapshotBytes?: number
}

const mebibyte = 1_048_576

/** Writes and reads everything in a store that is data of a user. */
export class Payloads {
  readonly #options: PayloadOptions

  constructor(options: PayloadOptions) {
    this.#options = options
  }

  /** Whether the database sees what is in them. */
  get areReadable(): boolean {
    return this.#options.encode === undefined
  }

  /** At once where nothing encodes it. @throws {StoreSizeError} */
  write(runId: string, kind: PayloadKind, value: unknown): string | Promise<string> {
    const text = value instanceof JsonText ? value.text : JSON.stringify(value ?? null)
    return this.#encoded(text, { runId, kind })
  }

  writeText(runId: string, kind: PayloadKind, text: string): string | Promise<string> {
    return this.#encoded(storable(text), { runId, kind })
  }

  /** @throws {StoreError} when what is stored is no JSON */
  async read(runId: string, kind: PayloadKind, text: string): Promise<unknown> {
    const json = await this.readText(runId, kind, text)
    try {
      return parseJson(json)
    } catch (cause) {
      throw new StoreError(`A ${kind} of the run '${runId}' cannot be read: it is not JSON`, {
        cause,
        hint: 'Is `decode` the reverse of the `encode` that wrote it?',
      })
    }
  }

  async readAll(
    runId: string,
    kind: PayloadKind,
    texts: readonly string[],
  ): Promise<readonly unknown[]> {
    return Promise.all(texts.map((text) => this.read(runId, kind, text)))
  }

  async readText(runId: string, kind: PayloadKind, text: string): Promise<string> {
    const { decode } = this.#options
    return decode === undefined ? text : decode(text, { runId, kind })
  }

  #encoded(text: string, info: PayloadInfo): string | Promise<string> {
    const { encode } = this.#options
    return encode === undefined ? this.#bounded(text, info) : this.#encodedBy(encode, text, info)
  }

  async #encodedBy(encode: PayloadHook, text: string, info: PayloadInfo): Promise<string> {
    const encoded = await encode(text, info)
    if (typeof encoded !== 'string' || !isStorable(encoded)) {
      throw new UserError('`encode` has to give text that a database takes', {
        hint: 'Give bytes as base64',
      })
    }
    return this.#bounded(encoded, info)
  }

  #bounded(text: string, { runId, kind }: PayloadInfo): string {
    const { maxMessageBytes = 32 * mebibyte, maxSnapshotBytes = 16 * mebibyte } = this.#options
    const maxBytes = kind === 'message' || kind === 'event' ? maxMessageBytes : maxSnapshotBytes
    if (text.length * 3 <= maxBytes) return text // no character takes more than three bytes a unit
    const bytes = new TextEncoder().encode(text).length
    if (bytes > maxBytes) throw new StoreSizeError(runId, kind, bytes, maxBytes)
    return text
  }
}
