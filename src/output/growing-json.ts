import { parseArguments, parseJson, PartialJson } from '../schema/index.ts'
import type { ToolCallPart } from '../messages/index.ts'
import type { OpenValue } from './open-value.ts'
import { stripCodeFence } from './prompt-template.ts'
import { UnfencedText } from './unfenced-text.ts'

/** The JSON of a tool call's arguments, or in a response's text. It reads only what is new, unless all is replaced. */
export class GrowingJson {
  readonly #from: 'arguments' | 'text'
  #text = ''
  #reader = new PartialJson()
  #unfenced: UnfencedText | undefined
  #last: OpenValue | undefined

  constructor(from: 'arguments' | 'text') {
    this.#from = from
    this.#startOver()
  }

  /** The value of what has come up to now, the same as before if it is; `undefined` when there is none, or no JSON. */
  read(raw: ToolCallPart['args'], isComplete: boolean): OpenValue | undefined {
    const open = this.#read(raw, isComplete)
    if (open === undefined || this.#last === undefined || !isSame(open, this.#last)) {
      this.#last = open
    }
    return this.#last
  }

  #read(raw: ToolCallPart['args'], isComplete: boolean): OpenValue | undefined {
    if (isComplete) return this.#readWhole(raw)
    if (typeof raw !== 'string') return raw === null ? undefined : this.#readObject(raw)
    if (!raw.startsWith(this.#text)) this.#startOver()
    const added = raw.slice(this.#text.length)
    this.#text = raw
    this.#reader.add(this.#unfenced === undefined ? added : this.#unfenced.add(added))
    const { state, value, settledValue, openPath, openText } = this.#reader
    if (state === 'broken') return undefined
    return { value, settledValue, openPath, isText: openText !== undefined }
  }

  /** As the run reads it in the end. */
  #readWhole(raw: ToolCallPart['args']): OpenValue | undefined {
    const isText = this.#from === 'text' && typeof raw === 'string'
    const parsed = isText ? parseJson(stripCodeFence(raw)) : parseArguments(raw)
    return parsed.ok ? settled(parsed.value) : undefined
  }

  /** Keys may be added to it. */
  #readObject(raw: object): OpenValue | undefined {
    const parsed = parseArguments(raw)
    return parsed.ok ? { ...settled(parsed.value), openPath: [] } : undefined
  }

  #startOver(): void {
    this.#text = ''
    this.#reader = new PartialJson({ allowsRest: this.#from === 'text' })
    this.#unfenced = this.#from === 'text' ? new UnfencedText() : undefined
  }
}

function settled(value: unknown): OpenValue {
  return { value, settledValue: value, openPath: undefined, isText: false }
}

function isSame(one: OpenValue, other: OpenValue): boolean {
  return (
    one.value === other.value &&
    one.isText === other.isText &&
    JSON.stringify(one.openPath) === JSON.stringify(other.openPath)
  )
}
