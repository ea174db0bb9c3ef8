/**
 * Makes a response out of its pieces, and the events that tell of them.
 *
 * Owns the parts as they grow. Is told pieces, in the order in which they came; tells events, and at any time the
 * response as far as it has come.
 *
 *   F1. What events carry does not change afterwards.
 *   F2. A part of text, thinking or a call ends before the next one begins, and at the end.
 *   F3. `final_result` is told once, after the first part that may be the output.
 *   F4. A piece costs the same at the end of a response as at its beginning.
 */
import { UnexpectedModelBehavior } from '../errors/index.ts'
import {
  completeResponse,
  generateToolCallId,
  type ModelResponseInput,
  type ResponsePart,
  TextPart,
  ThinkingPart,
  ToolCallPart,
} from '../messages/index.ts'
import type { FinalResultEvent, ResponseEvent } from './events.ts'
import { joinArgs } from './join-args.ts'
import type {
  ResponseDelta,
  ResponseFacts,
  TextPiece,
  ThinkingPiece,
  ToolCallPiece,
  WholePart,
} from './response-delta.ts'

/** What the caller of the model would take as output. */
export interface AwaitedOutput {
  readonly allowTextOutput: boolean
  readonly allowImageOutput: boolean
  readonly outputTools: readonly { readonly name: string }[]
  readonly functionTools: readonly { readonly name: string; readonly kind: string }[]
}

export interface FoldOptions {
  /** Told of each event at once. */
  readonly emit: (event: ResponseEvent) => void
  /** ISO time for parts that need one. */
  readonly timestamp: string
  /** Without it no `final_result` is told. */
  readonly awaited?: AwaitedOutput
  /** What came of the response before it paused: what comes now goes behind it. Default: nothing. */
  readonly before?: readonly ResponsePart[]
}

type Growing<TPart> = { -readonly [K in keyof TPart]: TPart[K] }
type GrowingPart = ResponsePart extends infer TPart ? Growing<TPart> : never
type GrowingCall = Extract<GrowingPart, { toolName: string; args: unknown }>

/** A call that has no name yet; it takes its place among the parts, unseen. */
interface Nameless {
  readonly partKind: 'nameless'
  piece: ToolCallPiece
}

export class ResponseFold {
  readonly #options: FoldOptions
  readonly #parts: (GrowingPart | Nameless)[] = []
  readonly #places = new Map<string | number, number>()
  #facts: Omit<ResponseFacts, 'kind'> = {}
  /** Place of the part that began last. */
  #current = none
  #hasFinalResult: boolean
  /** Parts of the response that came before. */
  readonly #offset: number

  constructor(options: FoldOptions) {
    const { awaited, before = [] } = options
    this.#options = options
    this.#offset = before.length
    this.#hasFinalResult = before.some((part) => awaited && finalResultOf(part, awaited)) // F3
  }

  /**
   * @throws {UnexpectedModelBehavior} for a piece of a kind that does not exist, and when argument text and argument
   *   objects are mixed in one call
   */
  add(delta: ResponseDelta): void {
    switch (delta.kind) {
      case 'text':
        return this.#addText(delta)
      case 'thinking':
        return this.#addThinking(delta)
      case 'tool-call':
        return this.#addCall(delta)
      case 'part':
        return this.#addPart(delta)
      case 'response':
        return this.#addFacts(delta)
      default:
        throw unknownKind(delta)
    }
  }

  /** The last part ends. */
  end(): void {
    this.#endPart(null)
    this.#current = ended
  }

  /** Whether there is anything yet. */
  get isEmpty(): boolean {
    return this.#parts.length === 0
  }

  /** What is known of the response besides its parts. */
  get facts(): Omit<ResponseFacts, 'kind'> {
    return this.#facts
  }

  /** The parts up to now. A copy: it does not grow. */
  get parts(): readonly ResponsePart[] {
    return this.#parts.flatMap((part) => (part.partKind === 'nameless' ? [] : [{ ...part }]))
  }

  /** The response up to now. A copy: it does not grow. */
  get response(): ModelResponseInput & { readonly parts: readonly ResponsePart[] } {
    return { ...this.#facts, parts: this.parts }
  }

  /** Events that tell of the response as far as it has come, to somebody who has missed the others. */
  retell(): readonly ResponseEvent[] {
    const events: ResponseEvent[] = []
    const emit = (event: ResponseEvent): void => void events.push(event)
    const { before = [], ...options } = this.#options
    const again = new ResponseFold({ ...options, before: [], emit })
    for (const [index, part] of [...before, ...this.#parts].entries()) {
      if (part.partKind !== 'nameless') again.#begin(index, undefined, { ...part })
    }
    const open = this.#parts[this.#current]
    const place = this.#shown(this.#current)
    if (open !== undefined && open.partKind !== 'nameless' && place !== again.#current) {
      again.#begin(place, undefined, { ...open }) // F2: what ends next is the part that was announced again
    }
    if (this.#current === ended) again.end()
    return events
  }

  #addText(piece: TextPiece): void {
    const index = this.#placeOf(piece.key)
    const part = this.#parts[index]
    if (part?.partKind !== 'text')
      return this.#begin(this.#parts.length, piece.key, TextPart(piece.content, piece))
    part.content += piece.content
    addProvider(part, piece)
    this.#emitDelta(index, {
      partDeltaKind: 'text',
      contentDelta: piece.content,
      providerName: piece.providerName ?? null,
      providerDetails: piece.providerDetails ?? null,
    })
  }

  #addThinking(piece: ThinkingPiece): void {
    const { content, signature, quietDetails } = piece
    const index = this.#placeOf(piece.key)
    const part = this.#parts[index]
    if (part?.partKind !== 'thinking') {
      const providerDetails = quietDetails
        ? { ...quietDetails, ...piece.providerDetails }
        : (piece.providerDetails ?? null)
      return this.#begin(
        this.#parts.length,
        piece.key,
        ThinkingPart(content ?? '', { ...piece, providerDetails, signature: signature ?? null }),
      )
    }
    if (content !== undefined) part.content += content
    if (signature != null) part.signature = signature
    if (quietDetails !== undefined) addProvider(part, { ...piece, providerDetails: quietDetails })
    addProvider(part, piece)
    this.#emitDelta(index, {
      partDeltaKind: 'thinking',
      contentDelta: content ?? null,
      signatureDelta: signature ?? null,
      providerName: piece.providerName ?? null,
      providerDetails: piece.providerDetails ?? null,
    })
  }

  #addCall(piece: ToolCallPiece): void {
    const beginsAnew = piece.key === undefined && piece.toolName !== undefined
    const index = this.#placeOf(piece.key)
    const part = beginsAnew ? undefined : this.#parts[index]
    if (part === undefined || !isCall(part)) return this.#beginCall(this.#parts.length, piece)
    if (part.partKind === 'nameless') return this.#beginCall(index, joined(part.piece, piece))
    if (piece.toolName !== undefined) part.toolName += piece.toolName
    if (piece.args != null) part.args = grownArgs(part.args, piece.args)
    if (piece.toolCallId !== undefined) part.toolCallId = piece.toolCallId
    addProvider(part, piece)
    this.#emitDelta(index, {
      partDeltaKind: 'tool_call',
      toolNameDelta: piece.toolName ?? null,
      argsDelta: piece.args ?? null,
      toolCallId: part.toolCallId,
      providerName: piece.providerName ?? null,
      providerDetails: piece.providerDetails ?? null,
    })
  }

  #beginCall(index: number, piece: ToolCallPiece): void {
    const { toolName, toolCallId = generateToolCallId() } = piece
    if (toolName !== undefined && toolName !== '') {
      return this.#begin(index, piece.key, ToolCallPart({ ...piece, toolName, toolCallId }))
    }
    this.#parts[index] = { partKind: 'nameless', piece: { ...piece, toolCallId } }
    if (piece.key !== undefined) this.#places.set(piece.key, index)
  }

  #addPart({ key, part }: WholePart): void {
    const place = key === undefined ? undefined : this.#places.get(key)
    const [whole] = completeResponse({ parts: [part] }, this.#options.timestamp).parts
    if (whole !== undefined) this.#begin(place ?? this.#parts.length, key, whole)
  }

  #addFacts({ kind: _, ...facts }: ResponseFacts): void {
    const { providerDetails: known } = this.#facts
    const { providerDetails } = facts
    this.#facts = { ...this.#facts, ...facts }
    if (known != null && providerDetails !== undefined) {
      this.#facts = { ...this.#facts, providerDetails: { ...known, ...providerDetails } }
    }
  }

  /** Of the part that a piece may extend. */
  #placeOf(key: Piece['key']): number {
    return key === undefined ? this.#parts.length - 1 : (this.#places.get(key) ?? none)
  }

  #begin(index: number, key: Piece['key'], part: ResponsePart): void {
    this.#endPart(part.partKind)
    const previous = (this.#parts[this.#current] ?? this.#options.before?.at(-1))?.partKind ?? null
    this.#parts[index] = { ...part } // F1
    if (key !== undefined) this.#places.set(key, index)
    this.#current = index
    this.#options.emit({
      eventKind: 'part_start',
      index: this.#shown(index),
      part,
      previousPartKind: previous === 'nameless' ? null : previous,
    })
    this.#tellFinalResult(part)
  }

  #endPart(next: ResponsePart['partKind'] | null): void {
    const part = this.#parts[this.#current]
    if (part === undefined || !endedKinds.has(part.partKind)) return // F2
    if (part.partKind === 'nameless') return
    const index = this.#shown(this.#current)
    this.#options.emit({ eventKind: 'part_end', index, part: { ...part }, nextPartKind: next })
  }

  #emitDelta(index: number, delta: Extract<ResponseEvent, { delta: unknown }>['delta']): void {
    this.#options.emit({ eventKind: 'part_delta', index: this.#shown(index), delta })
  }

  #tellFinalResult(part: ResponsePart): void {
    const { awaited } = this.#options
    if (this.#hasFinalResult || awaited === undefined) return // F3
    const event = finalResultOf(part, awaited)
    if (event === undefined) return
    this.#hasFinalResult = true
    this.#options.emit(event)
  }

  #shown(index: number): number {
    return index + this.#offset
  }
}

/** Models are written by others, and not always in TypeScript. */
function unknownKind(delta: never): UnexpectedModelBehavior {
  const { kind }: { readonly kind?: unknown } = delta
  return new UnexpectedModelBehavior(
    `The model streamed a piece of unknown kind '${String(kind)}'`,
    {
      hint: "Pieces are of kind 'text', 'thinking', 'tool-call', 'part' or 'response'",
    },
  )
}

/** In the place of the part that began last. */
const ended = -2

/** No place of a part. */
const none = -1

type Piece = Pick<WholePart, 'key'>

const endedKinds: ReadonlySet<string> = new Set([
  'text',
  'thinking',
  'tool-call',
  'builtin-tool-call',
])

function isCall(part: GrowingPart | Nameless): part is GrowingCall | Nameless {
  const { partKind } = part
  return partKind === 'tool-call' || partKind === 'builtin-tool-call' || partKind === 'nameless'
}

type Provided = Growing<Pick<TextPart, 'providerName' | 'providerDetails'>>

function addProvider(
  part: Provided,
  { providerName, providerDetails }: TextPiece | ThinkingPiece | ToolCallPiece,
): void {
  if (providerName != null) part.providerName = providerName
  if (providerDetails != null)
    part.providerDetails = { ...part.providerDetails, ...providerDetails }
}

function joined(first: ToolCallPiece, next: ToolCallPiece): ToolCallPiece {
  const toolName = `${first.toolName ?? ''}${next.toolName ?? ''}`
  const args = next.args == null ? first.args : grownArgs(first.args ?? null, next.args)
  return { ...first, ...next, toolName, ...(args !== undefined && { args }) }
}

type Args = ToolCallPart['args']

function grownArgs(known: Args, added: Args): Args {
  const args = joinArgs(known, added)
  if (args !== undefined) return args
  throw new UnexpectedModelBehavior(
    'The model sent the arguments of one tool call as text and as an object',
  )
}

/** What may be the output, of a part that has just begun. */
function finalResultOf(part: ResponsePart, awaited: AwaitedOutput): FinalResultEvent | undefined {
  const plain = { eventKind: 'final_result', toolName: null, toolCallId: null } as const
  switch (part.partKind) {
    case 'text':
      return awaited.allowTextOutput ? plain : undefined
    case 'file':
      return awaited.allowImageOutput && part.content.mediaType.startsWith('image/')
        ? plain
        : undefined
    case 'tool-call': {
      const { toolName, toolCallId } = part
      if (awaited.outputTools.some(({ name }) => name === toolName))
        return { ...plain, toolName, toolCallId }
      const tool = awaited.functionTools.find(({ name }) => name === toolName)
      return tool === undefined || tool.kind === 'function' ? undefined : plain
    }
    case 'thinking':
    case 'builtin-tool-call':
    case 'builtin-tool-return':
    case 'compaction':
    case 'speech':
      return undefined
  }
}
