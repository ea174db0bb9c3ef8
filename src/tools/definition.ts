import type { JsonObject } from '../schema/index.ts'

/**
 * How a call of the tool is treated: `function` runs, `output` ends the run, `external` is answered from outside,
 * `unapproved` waits for a person's approval.
 */
export type ToolKind = 'function' | 'output' | 'external' | 'unapproved'

/** A tool as the model is told about it. Plain data. */
export interface ToolDefinition {
  readonly name: string
  /** What the model reads; `null` when there is nothing to say. */
  readonly description: string | null
  /** JSON Schema of the arguments, always an object schema. */
  readonly parametersJsonSchema: JsonObject
  readonly kind: ToolKind
  /** The one key under which the arguments were wrapped because the declared type is no object. */
  readonly outerTypedDictKey?: string
  /** Asks the provider to hold the model strictly to the schema; absent leaves it to the adapter. */
  readonly strict?: boolean
  /** The call runs alone: after all calls before it, before all calls behind it. */
  readonly sequential?: boolean
  /** For the application's own use; never shown to the model. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** How long a call waits for approval or an answer, in milliseconds; absent means the run's default. */
  readonly waitTimeoutMs?: number
  /** How long one execution may take, in milliseconds; absent means the agent's default. */
  readonly timeoutMs?: number
}
