/** JSON of an object, snake_case as on the wire. */
export type Json = Readonly<Record<string, unknown>>

/** What scripted code and the iteration saw, in order; each list is a section of FORMAT.md section 5. */
export interface Recording {
  readonly nodes: Json[]
  readonly requests: Json[]
  readonly toolExecutions: Json[]
  readonly toolTimeline: string[]
  readonly outputFunctionCalls: Json[]
  readonly outputValidatorCalls: Json[]
  readonly events: { readonly node: string; readonly events: Json[] }[]
  /** Where the script and the run do not fit together; any one fails the vector. */
  readonly complaints: string[]
}

export function Recording(): Recording {
  return {
    nodes: [],
    requests: [],
    toolExecutions: [],
    toolTimeline: [],
    outputFunctionCalls: [],
    outputValidatorCalls: [],
    events: [],
    complaints: [],
  }
}

/** The value as plain JSON, as it is now. */
export function copyOf(value: unknown): unknown {
  const text: string | undefined = JSON.stringify(value)
  return text === undefined ? null : JSON.parse(text)
}
