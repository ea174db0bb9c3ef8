import type {
  FinishReason,
  ModelResponse,
  ResponsePartInput,
  ToolPartKind,
} from '../messages/index.ts'
import type { RequestUsageInput } from '../usage/index.ts'

/**
 * What a model says while it streams, piece by piece. A piece with a `key` extends the part that an earlier piece with
 * an equal key began; one without extends the latest part if that is of its kind. Otherwise a new part begins.
 */
export type ResponseDelta = TextPiece | ThinkingPiece | ToolCallPiece | WholePart | ResponseFacts

/** What pieces have in common. */
export interface ResponsePiece {
  /** The provider's own mark of the part, such as an item id or a block index. Never leaves the process. */
  readonly key?: string | number
  /** Taken when the part begins. */
  readonly id?: string | null
  readonly providerName?: string | null
  /** Single keys replace those that are there. */
  readonly providerDetails?: Readonly<Record<string, unknown>> | null
}

/** Text is appended. */
export interface TextPiece extends ResponsePiece {
  readonly kind: 'text'
  readonly content: string
}

/** Text is appended, a signature replaces the one before. */
export interface ThinkingPiece extends ResponsePiece {
  readonly kind: 'thinking'
  readonly content?: string
  readonly signature?: string | null
  /** Like `providerDetails`, but not told in events: for what grows with every piece and would be told anew each time. */
  readonly quietDetails?: Readonly<Record<string, unknown>>
}

/**
 * A call in pieces: names and argument texts are appended, argument objects merged, key by key. The part begins when it
 * has a name. Without a `key`, a piece with a name begins a new call.
 */
export interface ToolCallPiece extends ResponsePiece {
  readonly kind: 'tool-call'
  readonly toolName?: string
  readonly args?: string | Readonly<Record<string, unknown>> | null
  readonly toolCallId?: string
  readonly toolKind?: ToolPartKind | null
}

/** A part that comes whole, or that takes the place of the one with this key. Pieces of its kind may extend it. */
export interface WholePart {
  readonly kind: 'part'
  readonly key?: string | number
  readonly part: ResponsePartInput
}

/** Facts of the whole response; each replaces what was known before, `providerDetails` key by key. */
export interface ResponseFacts extends Partial<
  Pick<
    ModelResponse,
    | 'modelName'
    | 'timestamp'
    | 'providerName'
    | 'providerUrl'
    | 'providerDetails'
    | 'providerResponseId'
    | 'state'
  >
> {
  readonly kind: 'response'
  /** Used by this response up to now. */
  readonly usage?: RequestUsageInput
  readonly finishReason?: FinishReason | null
}
