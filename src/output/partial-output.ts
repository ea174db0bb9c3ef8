/**
 * The output of a response that still grows.
 *
 * Owns what it has read of the response. Is told the parts as they are; tells the output as far as it has come, checked
 * as far as it can be.
 *
 *   P1. What is given fits the schema in all that is whole. What is missing, or still open, is forgiven.
 *   P2. A value is given once; only one that differs follows.
 *   P3. Nothing makes an output here: an output that a function makes has no partial ones.
 *   P4. An update reads what came since the last one; checking costs as much as the value is large.
 */
import { ModelRetry } from '../errors/index.ts'
import type { ResponsePart, ToolCallPart } from '../messages/index.ts'
import type { RunContext } from '../tools/index.ts'
import type { DeepPartial } from './deep-partial.ts'
import { GrowingJson } from './growing-json.ts'
import type { ObjectOutput } from './object-output.ts'
import type { OpenValue } from './open-value.ts'
import { outputText } from './output-text.ts'
import { partialObject } from './partial-object.ts'
import type { OutputPlan } from './plan.ts'
import { isSameValue } from './same-value.ts'
import type { OutputValidator } from './validator.ts'

export interface PartialOutputOptions {
  /** Run in order on every value; one that throws `ModelRetry` holds it back. Default: none. */
  readonly validators?: readonly OutputValidator<unknown, unknown>[]
  /** What validators are told, which should have `partialOutput` set; of the call that gives the output, if one does. */
  readonly context: (call: ToolCallPart | undefined) => RunContext
}

interface Given {
  readonly value: unknown
}

/** Something that may be the output. */
interface Candidate extends Given {
  readonly call?: ToolCallPart
}

/** Follows one response. */
export class PartialOutput<TOutput = unknown> {
  readonly #plan: OutputPlan
  readonly #options: PartialOutputOptions
  readonly #text = new GrowingJson('text')
  readonly #arguments = new Map<string, GrowingJson>()
  readonly #checked = new WeakMap<OpenValue, Given | undefined>()
  #candidate: Candidate | undefined
  #given: Given | undefined

  constructor(plan: OutputPlan, options: PartialOutputOptions) {
    this.#plan = plan
    this.#options = options
  }

  /**
   * The output after the response has grown; `undefined` when there is none, or none other than before. Call it again
   * only when the promise has settled.
   *
   * @param parts all parts of the response up to now
   * @param isComplete nothing more comes, so nothing is forgiven. Default `false`
   * @throws what a validator throws, unless it is a `ModelRetry`
   */
  async update(
    parts: readonly ResponsePart[],
    isComplete = false,
  ): Promise<{ readonly value: DeepPartial<TOutput> } | undefined> {
    const candidate = await this.#find(parts, isComplete)
    if (candidate === undefined) return undefined
    if (this.#candidate !== undefined && isSameValue(this.#candidate.value, candidate.value)) {
      return undefined // P2
    }
    this.#candidate = candidate
    const checked = await this.#validated(candidate)
    if (checked === undefined) return undefined
    if (this.#given !== undefined && isSameValue(this.#given.value, checked.value)) return undefined
    this.#given = checked
    return { value: checked.value as DeepPartial<TOutput> } // the plan was made from what infers `TOutput`
  }

  /** An output call before anything else, as the run takes them; with other calls, there is no output. */
  async #find(parts: readonly ResponsePart[], isComplete: boolean): Promise<Candidate | undefined> {
    const calls = parts.filter((part) => part.partKind === 'tool-call')
    for (const call of calls) {
      const found = await this.#fromCall(call, isComplete)
      if (found !== undefined) return { ...found, call }
    }
    return calls.length > 0 ? undefined : this.#fromContent(parts, isComplete)
  }

  async #fromCall(call: ToolCallPart, isComplete: boolean): Promise<Candidate | undefined> {
    const { toolName, toolCallId, args } = call
    const tool = this.#plan.tools.find(({ definition }) => definition.name === toolName)
    if (tool === undefined) return undefined
    const growing = this.#arguments.get(toolCallId) ?? new GrowingJson('arguments')
    this.#arguments.set(toolCallId, growing)
    const open = growing.read(args, isComplete)
    return open && this.#check(tool.output, open)
  }

  async #fromContent(
    parts: readonly ResponsePart[],
    isComplete: boolean,
  ): Promise<Candidate | undefined> {
    const { allowsImage, text: outcome } = this.#plan
    const image = parts.find(
      (part) => part.partKind === 'file' && part.content.mediaType.startsWith('image/'),
    )
    if (allowsImage && image?.partKind === 'file') return { value: image.content }
    const text = outputText({ parts })
    if (outcome === undefined || outcome.kind === 'function' || text === '') return undefined // P3
    if (outcome.kind === 'plain') return { value: text }
    const open = this.#text.read(text, isComplete)
    return open && this.#check(outcome.output, open)
  }

  /** What has not grown is not checked again. */
  async #check(output: ObjectOutput, open: OpenValue): Promise<Given | undefined> {
    if (!this.#checked.has(open)) this.#checked.set(open, await partialObject(output, open))
    return this.#checked.get(open)
  }

  async #validated({ value, call }: Candidate): Promise<Given | undefined> {
    const { validators = [], context } = this.#options
    if (validators.length === 0) return { value }
    const ctx = context(call)
    let output = value
    try {
      for (const validate of validators) output = await validate(output, ctx)
    } catch (error) {
      if (error instanceof ModelRetry) return undefined
      throw error
    }
    return { value: output }
  }
}
