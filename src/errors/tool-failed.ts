/**
 * Thrown by a tool to tell the model that the call failed for good. The model sees the message as the call's result;
 * no retry budget is used.
 */
export class ToolFailed extends Error {
  override name = 'ToolFailed' as const
}
