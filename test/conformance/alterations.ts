import type { Json } from './recording.ts'

/** One way to make the `expect` of a vector wrong: the first value it can alter. */
export interface Alteration {
  readonly what: string
  /** Where, as JSON pointers below `/expect`. */
  readonly at: RegExp
  readonly change: (value: unknown) => unknown
}

const otherText = (value: unknown): unknown =>
  typeof value === 'string' && !/^<.*>$/.test(value) ? `${value} (altered)` : undefined
const otherNumber = (value: unknown): unknown => (typeof value === 'number' ? value + 1 : undefined)
const otherFlag = (value: unknown): unknown => (typeof value === 'boolean' ? !value : undefined)
const withoutLast = (value: unknown): unknown =>
  Array.isArray(value) && value.length > 0 ? value.slice(0, -1) : undefined
const swapped = (value: unknown): unknown =>
  Array.isArray(value) && value.length > 1 ? [...value.slice(1), value[0]] : undefined

export const alterations: readonly Alteration[] = [
  {
    what: 'the text of a response',
    at: /^\/messages\/\d+\/parts\/\d+\/content$/,
    change: otherText,
  },
  { what: 'the last message', at: /^\/messages$/, change: withoutLast },
  { what: 'the last captured message', at: /^\/captured_messages$/, change: withoutLast },
  { what: 'the last part of a message', at: /^\/messages\/2\/parts$/, change: withoutLast },
  { what: 'a message state', at: /^\/captured_messages\/\d+\/state$/, change: otherText },
  {
    what: 'the usage of a response',
    at: /^\/messages\/1\/usage\/input_tokens$/,
    change: otherNumber,
  },
  { what: 'the usage of the run', at: /^\/usage\/requests$/, change: otherNumber },
  { what: 'the counted tool calls', at: /^\/usage\/tool_calls$/, change: otherNumber },
  { what: 'an error type', at: /^\/error\/type$/, change: otherText },
  { what: 'an error message', at: /^\/error\/message(_core)?$/, change: otherText },
  { what: 'a retry text as sent', at: /^\/rendered\/\d+\/text$/, change: otherText },
  { what: 'the output', at: /^\/output(\/\w+)*$/, change: otherText },
  { what: 'the output kind', at: /^\/output_kind$/, change: otherText },
  { what: 'the last node', at: /^\/nodes$/, change: withoutLast },
  { what: 'the name of a node', at: /^\/nodes\/\d+\/node$/, change: otherText },
  { what: 'where new messages start', at: /^\/new_message_index$/, change: otherNumber },
  { what: 'the last request', at: /^\/requests$/, change: withoutLast },
  { what: 'the messages of a request', at: /^\/requests\/\d+\/messages$/, change: withoutLast },
  {
    what: 'a tool definition',
    at: /^\/requests\/0\/parameters\/function_tools\/0\/description$/,
    change: otherText,
  },
  { what: 'a schema', at: /parameters_json_schema\/type$/, change: otherText },
  { what: 'the output mode', at: /^\/requests\/0\/parameters\/output_mode$/, change: otherText },
  { what: 'the instructions', at: /^\/requests\/0\/parameters\/instructions$/, change: otherText },
  { what: 'whether text is allowed', at: /parameters\/allow_text_output$/, change: otherFlag },
  { what: 'a tool execution', at: /^\/tool_executions$/, change: withoutLast },
  { what: 'the retries a tool sees', at: /^\/tool_executions\/\d+\/retry$/, change: otherNumber },
  { what: 'the timeline', at: /^\/tool_timeline$/, change: swapped },
  { what: 'the last event', at: /^\/events\/0\/events$/, change: withoutLast },
  { what: 'whether arguments were valid', at: /args_valid$/, change: otherFlag },
  {
    what: 'what a validator sees',
    at: /^\/output_validator_calls\/0\/retry$/,
    change: otherNumber,
  },
  {
    what: 'what an output function sees',
    at: /^\/output_function_calls\/0\/function$/,
    change: otherText,
  },
  { what: 'a dumped field', at: /^\/dumped\/0\/parts\/0\/content$/, change: otherText },
  { what: 'whether dumping is stable', at: /^\/stable$/, change: otherFlag },
]

/** A copy of the vector that must fail, or `undefined` when there is nothing to alter. */
export function altered(vector: Json, alteration: Alteration): Json | undefined {
  const loose = [vector['fuzzy'], vector['json_text']].flat()
  let isDone = false
  const walk = (value: unknown, pointer: string): unknown => {
    const isStrict = !loose.some((place) => place === `/expect${pointer}`)
    const changed =
      !isDone && isStrict && alteration.at.test(pointer) ? alteration.change(value) : undefined
    if (changed !== undefined) {
      isDone = true
      return changed
    }
    if (Array.isArray(value)) return value.map((item, i) => walk(item, `${pointer}/${i}`))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, walk(item, `${pointer}/${key}`)]),
    )
  }
  const expect = walk(vector['expect'], '')
  return isDone ? { ...vector, expect } : undefined
}
