import { UnexpectedModelBehavior } from './unexpected-model-behavior.ts'

/** The model hit its token limit in the middle of a tool call's arguments. */
export class IncompleteToolCall extends UnexpectedModelBehavior {
  override name = 'IncompleteToolCall' as const
}
