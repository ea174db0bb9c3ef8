import { z } from 'zod'

/** What the input half of a vector holds: FORMAT.md sections 1 to 4. Wire JSON and user data stay as they are. */

const object = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'not an object',
)
const retries = z.union([
  z.number(),
  z.object({ tools: z.number().optional(), output: z.number().optional() }),
])

const action = z.object({
  return: z.unknown().optional(),
  echo_args: z.literal(true).optional(),
  return_content: z.unknown().optional(),
  tool_return: z
    .object({
      return_value: z.unknown(),
      content: z.unknown().optional(),
      metadata: z.unknown().optional(),
    })
    .optional(),
  model_retry: z.string().optional(),
  tool_failed: z.string().optional(),
  raise: z.string().optional(),
  call_deferred: object.nullable().optional(),
  approval_required: object.nullable().optional(),
  sleep_ms: z.number().optional(),
})
const behaviour = z.array(action.extend({ when_approved: action.optional() }))

const tool = z.object({
  name: z.string(),
  description: z.string().nullish(),
  parameters: object,
  behaviour: behaviour.optional(),
  strict: z.boolean().nullish(),
  sequential: z.boolean().optional(),
  requires_approval: z.boolean().optional(),
  external: z.boolean().optional(),
  max_retries: z.number().nullish(),
  timeout: z.number().nullish(),
  metadata: object.nullish(),
})

const outputType = z.object({ type_name: z.string(), schema: object })
const functionOfType = z.object({
  name: z.string(),
  description: z.string().nullish(),
  argument: z.string(),
  behaviour,
})
const typeOrFunction = outputType.extend({ function: functionOfType.optional() })
const structuredText = z.object({
  outputs: z.array(outputType),
  name: z.string().nullish(),
  description: z.string().nullish(),
  template: z.union([z.string(), z.literal(false)]).nullish(),
})

const output = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text') }),
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('deferred') }),
  z.object({ kind: z.literal('image') }),
  typeOrFunction.extend({ kind: z.literal('auto') }),
  typeOrFunction.extend({
    kind: z.literal('tool'),
    name: z.string().nullish(),
    description: z.string().nullish(),
    max_retries: z.number().nullish(),
    strict: z.boolean().nullish(),
    sequential: z.boolean().nullish(),
  }),
  structuredText.extend({ kind: z.literal('native'), strict: z.boolean().nullish() }),
  structuredText.extend({ kind: z.literal('prompted') }),
  z.object({ kind: z.literal('text_function'), name: z.string(), behaviour }),
])

const textFunction = z.object({ ref: z.string(), returns: z.array(z.string().nullable()) })
const instruction = z.union([z.string(), textFunction])
const validation = z.object({
  accept: z.literal(true).optional(),
  model_retry: z.string().optional(),
  replace: z.unknown().optional(),
  raise: z.string().optional(),
})

const agent = z.object({
  instructions: z.array(instruction).optional(),
  system_prompts: z.array(z.string()).optional(),
  dynamic_system_prompts: z
    .array(textFunction.extend({ dynamic: z.boolean().optional() }))
    .optional(),
  tools: z.array(tool).optional(),
  output: z.array(output).optional(),
  output_validators: z.array(z.array(validation)).optional(),
  retries: retries.optional(),
  end_strategy: z.enum(['early', 'graceful', 'exhaustive']).optional(),
  model_settings: object.optional(),
  tool_timeout: z.number().nullish(),
})

const limit = z.number().nullable().optional()
const run = z.object({
  prompt: z.union([z.string(), z.array(z.unknown())]).nullish(),
  message_history: z.array(z.unknown()).nullish(),
  deferred_tool_results: z
    .object({
      calls: z
        .record(z.string(), z.object({ value: z.unknown().optional(), result: object.optional() }))
        .optional(),
      approvals: z.record(z.string(), z.union([z.boolean(), object])).optional(),
      metadata: z.record(z.string(), object).optional(),
    })
    .optional(),
  usage_limits: z
    .object({
      request_limit: limit,
      tool_calls_limit: limit,
      input_tokens_limit: limit,
      output_tokens_limit: limit,
      total_tokens_limit: limit,
      per_request_input_tokens_limit: limit,
      cost_limit: z.union([z.string(), z.number()]).nullish(),
    })
    .optional(),
  usage: object.optional(),
  instructions: z.union([instruction.transform((one) => [one]), z.array(instruction)]).optional(),
  model_settings: object.optional(),
  retries: retries.optional(),
  run_id: z.string().optional(),
  conversation_id: z.string().optional(),
  stream: z.boolean().optional(),
  record_events: z.boolean().optional(),
})

const modelError = z.object({
  type: z.enum(['ModelHTTPError', 'ModelAPIError', 'UnexpectedModelBehavior', 'GenericError']),
  message: z.string().default(''),
  status_code: z.number().optional(),
  body: z.unknown().optional(),
})

const delta = z.object({
  part_id: z.union([z.string(), z.number()]).nullish(),
  text: z.string().optional(),
  thinking: z.string().nullish(),
  signature: z.string().nullish(),
  provider_name: z.string().nullish(),
  tool_call: z
    .object({
      tool_name: z.string().nullish(),
      args: z.union([z.string(), object]).nullish(),
      tool_call_id: z.string().nullish(),
    })
    .optional(),
  part: object.optional(),
  error: modelError.optional(),
})

const model = z.object({
  profile: z
    .strictObject({
      supports_tools: z.boolean(),
      supports_json_schema_output: z.boolean(),
      supports_json_object_output: z.boolean(),
      supports_image_output: z.boolean(),
      supports_inline_system_prompts: z.boolean(),
      default_structured_output_mode: z.enum(['tool', 'native', 'prompted']),
      prompted_output_template: z.string(),
      native_output_requires_schema_in_instructions: z.boolean(),
    })
    .partial()
    .optional(),
  responses: z.array(
    z.union([
      z.object({ error: modelError }),
      z.looseObject({ stream: z.array(delta) }),
      z.looseObject({ parts: z.array(z.unknown()) }),
    ]),
  ),
})

const head = z.object({ format: z.literal(1), name: z.string(), expect: object })

/** A load-and-dump vector. */
const wireVector = head.extend({ wire: z.object({ messages: z.array(z.unknown()) }) })
const runVector = head.extend({ agent: agent.default({}), run, model })

export type WireVector = z.infer<typeof wireVector>
export type RunVector = z.infer<typeof runVector>
export type VectorAgent = z.infer<typeof agent>
export type VectorRun = z.infer<typeof run>
export type VectorModel = z.infer<typeof model>
export type VectorTool = z.infer<typeof tool>
export type VectorOutput = z.infer<typeof output>
export type OutputFunctionSpec = z.infer<typeof functionOfType>
export type DeltaSpec = z.infer<typeof delta>
export type ModelErrorSpec = z.infer<typeof modelError>
export type InstructionSpec = z.infer<typeof instruction>
export type ValidationSpec = z.infer<typeof validation>
export type Action = z.infer<typeof action>
export type Behaviour = z.infer<typeof behaviour>[number]

/** @throws when the file is no vector of format 1 */
export function readVector(file: unknown): WireVector | RunVector {
  const isWire = typeof file === 'object' && file !== null && 'wire' in file
  return isWire ? wireVector.parse(file) : runVector.parse(file)
}

/** Entries in turn, one a call; the last one repeats. */
export function inTurn<T>(entries: readonly T[]): () => T {
  let calls = 0
  return () => {
    const entry = entries[Math.min(calls, entries.length - 1)]
    if (entry === undefined) throw new Error('a per-call list of the vector is empty')
    calls += 1
    return entry
  }
}
