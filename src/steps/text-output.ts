import { ModelRetry } from '../errors/index.ts'
import { causeOf } from './output-retries.ts'
import type { BinaryContent, ErrorDetails } from '../messages/index.ts'
import { Chosen, type ObjectOutput, type OutputPlan, stripCodeFence } from '../output/index.ts'
import { parseJson, type ValidationResult } from '../schema/index.ts'
import type { RunContext } from '../tools/index.ts'
import type { StepPorts } from './ports.ts'
import { StepContext } from './step-context.ts'

/** What became of a response's own content. */
export type TextResult =
  | { readonly kind: 'output'; readonly value: unknown }
  | {
      readonly kind: 'retry'
      /** What the model is told. */
      readonly content: string | readonly ErrorDetails[]
      readonly cause: unknown
    }

/** Makes the output from text. */
export async function processText(
  ports: StepPorts,
  outcome: NonNullable<OutputPlan['text']>,
  text: string,
): Promise<TextResult> {
  const ctx = new StepContext(ports)
  if (outcome.kind === 'plain') return withRetries(() => validated(ports, text, ctx))
  if (outcome.kind === 'function') {
    return withRetries(async () => validated(ports, await outcome.execute(text, ctx), ctx))
  }
  const read = await readJson(outcome.output, text)
  if (!read.ok) return { kind: 'retry', content: read.issues, cause: causeOf(read.issues) }
  return withRetries(() => finish(ports, outcome.output, read.value, ctx))
}

export function processImage(ports: StepPorts, image: BinaryContent): Promise<TextResult> {
  return withRetries(() => validated(ports, image, new StepContext(ports)))
}

export function processNull(ports: StepPorts): Promise<TextResult> {
  return withRetries(() => validated(ports, null, new StepContext(ports)))
}

/** The value that JSON text holds. */
async function readJson(output: ObjectOutput, text: string): Promise<ValidationResult<unknown>> {
  const parsed = parseJson(stripCodeFence(text))
  if (!parsed.ok) return parsed
  return output.validate(parsed.value)
}

/** The output function, if there is one, and then the validators, in order. */
export async function finish(
  ports: StepPorts,
  output: ObjectOutput,
  value: unknown,
  ctx: RunContext,
  validatorContext: RunContext = ctx,
): Promise<unknown> {
  if (value instanceof Chosen)
    return finish(ports, value.output, value.value, ctx, validatorContext)
  const made = output.execute === undefined ? value : await output.execute(value, ctx)
  return validated(ports, made, validatorContext)
}

async function validated({ setup }: StepPorts, value: unknown, ctx: RunContext): Promise<unknown> {
  let output = value
  for (const validate of setup.validators) output = await validate(output, ctx)
  return output
}

async function withRetries(work: () => Promise<unknown>): Promise<TextResult> {
  try {
    return { kind: 'output', value: await work() }
  } catch (error) {
    if (error instanceof ModelRetry) return { kind: 'retry', content: error.message, cause: error }
    throw error
  }
}
