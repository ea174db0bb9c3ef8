/** Thrown by a tool that needs a person's approval before it does its work; the call becomes a deferred request. */
export class ApprovalRequired extends Error {
  override name = 'ApprovalRequired' as const
  /** Handed to whoever decides, and back to the tool as `ctx.toolCallMetadata`. JSON. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined

  constructor(options: { metadata?: Readonly<Record<string, unknown>> } = {}) {
    super('This tool call needs approval.')
    this.metadata = options.metadata
  }
}
