/**
 * Thrown by tools, output functions and output validators to ask the model to try again; the message is what the
 * model reads. Counts against the retry budget.
 */
export class ModelRetry extends Error {
  override name = 'ModelRetry' as const
}
