export { Chosen, type ObjectOutput } from './object-output.ts'
export type { DeepPartial } from './deep-partial.ts'
export { outputText } from './output-text.ts'
export { PartialOutput } from './partial-output.ts'
export {
  checkedOutputMode,
  outputModeOf,
  outputObject,
  outputPlan,
  type OutputPlan,
  type OutputTool,
} from './plan.ts'
export { schemaInstructions, stripCodeFence } from './prompt-template.ts'
export {
  deferredToolRequests,
  image,
  type InferOutput,
  type InferOutputDeps,
  nativeOutput,
  type OutputFunction,
  outputFunction,
  type OutputFunctionBody,
  type OutputFunctionFactory,
  type OutputFunctionOptions,
  type OutputItem,
  type OutputSpec,
  promptedOutput,
  type StructuredOutput,
  type StructuredTextOptions,
  type StructuredTextOutput,
  text,
  type TextOutput,
  textOutput,
  type TextOutputFactory,
  type ToolOutput,
  toolOutput,
} from './spec.ts'
export type { OutputValidator } from './validator.ts'
export { isSameValue } from './same-value.ts'
