/** Thrown by a tool whose result will come from outside, later; the call becomes a deferred request. */
export class CallDeferred extends Error {
  override name = 'CallDeferred' as const
  /** Handed to whoever answers. JSON. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined

  constructor(options: { metadata?: Readonly<Record<string, unknown>> } = {}) {
    super('This tool call is answered from outside.')
    this.metadata = options.metadata
  }
}
