/** A call that waits for a verdict: a person's approval, or an answer from outside. Plain data. */
export interface AwaitedCall {
  readonly toolCallId: string
  /** Position among the calls of its response. */
  readonly index: number
  readonly toolName: string
  /** As the model wrote them: a JSON text or an object; `null` when there are none. */
  readonly args: string | Readonly<Record<string, unknown>> | null
  readonly awaits: 'approval' | 'answer'
  /** What the tool attached when it asked. */
  readonly metadata: Readonly<Record<string, unknown>> | null
  /** When the wait is over, in milliseconds since the epoch; `null`: never. */
  readonly deadline: number | null
  /**
   * The calls that led to the nested run which asks, outermost first; empty for the run itself. A call is told by its id,
   * one that shares it with others of its response by `id#place`.
   */
  readonly path: readonly string[]
  /** Name of the agent that asks; `null` without one. */
  readonly agentName: string | null
}
