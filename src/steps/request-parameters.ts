import { UserError } from '../errors/index.ts'
import type { ModelRequestParameters } from '../models/index.ts'
import { checkedOutputMode, outputObject, schemaInstructions } from '../output/index.ts'
import type { InstructionPart } from '../toolsets/index.ts'
import { joinInstructions, sortInstructions } from './instructions.ts'
import type { RunSetup, StepPorts } from './ports.ts'
import type { StepTools } from './step-tools.ts'

/** What the request says besides messages and settings. @throws {UserError} when the model cannot do it */
export function requestParameters(
  { setup, memo }: StepPorts,
  tools: StepTools,
  instructions: readonly InstructionPart[],
): ModelRequestParameters {
  const { parameters: last } = memo
  const isSame =
    last !== undefined &&
    last.instructions === instructions &&
    last.functionTools === tools.functionTools &&
    last.outputTools === tools.outputTools
  if (isSame) return last.made
  const made = makeParameters(setup, tools, instructions)
  const { functionTools, outputTools } = tools
  memo.parameters = { functionTools, outputTools, instructions, made }
  return made
}

/** What the last request said, and what it was made from. */
export interface ParametersMemo {
  readonly functionTools: StepTools['functionTools']
  readonly outputTools: StepTools['outputTools']
  readonly instructions: readonly InstructionPart[]
  readonly made: ModelRequestParameters
}

function makeParameters(
  { model: { profile }, output }: RunSetup,
  { functionTools, outputTools }: StepTools,
  instructions: readonly InstructionPart[],
): ModelRequestParameters {
  const mode = checkedOutputMode(output, profile)
  if (output.allowsImage && !profile.supportsImageOutput) {
    throw new UserError('Image output is not supported by this model.')
  }
  const object = outputObject(output, mode)
  const schemaText = schemaInstructions(output.marker?.template, object, mode, profile)
  const parts =
    schemaText === undefined
      ? instructions
      : sortInstructions([...instructions, { content: schemaText, dynamic: false }])
  return {
    functionTools,
    outputTools,
    outputMode: mode,
    outputObject: object,
    allowTextOutput: output.isTextOffered || mode === 'native' || mode === 'prompted',
    allowImageOutput: output.allowsImage,
    instructionParts: parts,
    instructions: joinInstructions(parts),
  }
}
