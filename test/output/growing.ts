import { type ResponsePart, TextPart, ToolCallPart } from '../../src/messages/index.ts'
import {
  outputPlan,
  type OutputSpec,
  type OutputValidator,
  PartialOutput,
} from '../../src/output/index.ts'
import { testContext } from '../helpers/context.ts'

export function partialOutput(
  spec: OutputSpec | undefined,
  validators: readonly OutputValidator<unknown, unknown>[] = [],
): PartialOutput {
  const context = (part: ToolCallPart | undefined) =>
    testContext({ partialOutput: true, toolName: part?.toolName ?? null })
  return new PartialOutput(outputPlan(spec), { validators, context })
}

export function call(args: ToolCallPart['args'], toolName = 'final_result', toolCallId = toolName) {
  return ToolCallPart({ toolName, toolCallId, args })
}

/** What is given as a response grows through these states. */
export async function givenBy(
  partial: PartialOutput,
  states: readonly (readonly ResponsePart[])[],
): Promise<unknown[]> {
  const given: unknown[] = []
  for (const parts of states) {
    const update = await partial.update(parts)
    if (update !== undefined) given.push(update.value)
  }
  return given
}

/** What is given as the arguments of `final_result` grow by these pieces. */
export function fromCall(spec: OutputSpec, ...pieces: readonly string[]): Promise<unknown[]> {
  return givenBy(
    partialOutput(spec),
    pieces.map((_, i) => [call(pieces.slice(0, i + 1).join(''))]),
  )
}

/** What is given as the text of a response grows by these pieces. */
export function fromText(
  spec: OutputSpec | undefined,
  ...pieces: readonly string[]
): Promise<unknown[]> {
  return givenBy(
    partialOutput(spec),
    pieces.map((_, i) => [TextPart(pieces.slice(0, i + 1).join(''))]),
  )
}
