import { nodeFactory, type NodeFactory, type NodeIdentity } from './node-factory.ts'

/** What a run ends with. */
export interface FinalResult<TOutput = unknown> {
  readonly output: TOutput
  /** The output tool that made it; `null` when it came from text, an image or deferred calls. */
  readonly toolName: string | null
  readonly toolCallId: string | null
}

/** The run is over. */
export interface End<TOutput = unknown> extends NodeIdentity {
  readonly kind: 'end'
  readonly data: FinalResult<TOutput>
}

/** To tell a run that is over: `End.is(node)`. What a step gives to end a run. */
export const End: NodeFactory<End, [data: FinalResult]> = nodeFactory('end', (data) => ({
  kind: 'end',
  data,
}))
