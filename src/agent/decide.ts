import { IllegalEventError, ModelRetry, UserError } from '../errors/index.ts'
import { outputFunction, type OutputItem, toolOutput } from '../output/index.ts'
import type { AgentRunResult } from '../run/index.ts'
import {
  type ChartActor,
  chartEvent,
  type ChartEvent,
  ChartMoves,
  type ChartMovesOptions,
  type ChartOptions,
  type EventOf,
  type Move,
  type SnapshotOf,
  stateDescriptions,
} from '../toolsets/index.ts'
import type { PromptInput, RunOptions } from './options.ts'

/** Options of `decide`: what is offered, and those of the run that asks. */
export interface DecideOptions<TDeps, TActor extends ChartActor>
  extends Omit<RunOptions<TDeps, undefined>, 'output'>, ChartOptions<TActor> {
  /** Default: the state the chart is in, with the descriptions of its states, and what `context` picks. */
  readonly prompt?: PromptInput
}

/** The options of `decide`: required when the agent has deps that were not bound. */
export type DecideArguments<TDeps, TActor extends ChartActor> = unknown extends TDeps
  ? [options?: DecideOptions<TDeps, TActor>]
  : [options: DecideOptions<TDeps, TActor> & { readonly deps: TDeps }]

/** One choice, made and sent. */
export interface Decision<TActor extends ChartActor> {
  /** As it was sent. */
  readonly event: EventOf<TActor>
  /** Where the chart is now: after the event, and after what `waitFor` waits for. */
  readonly snapshot: SnapshotOf<TActor>
  /** The run that chose. */
  readonly result: AgentRunResult<EventOf<TActor>>
}

/** What is asked to decide. */
interface Decider {
  run(prompt: PromptInput, options: RunOptions<unknown>): Promise<AgentRunResult>
}

/** The options once their types have done their work. */
export interface PlainDecideOptions
  extends Omit<RunOptions<unknown>, 'output'>, Omit<ChartMovesOptions, 'prefix'> {
  readonly prompt?: PromptInput
}

/** The decision of one actor, before its types say what it is. */
export interface PlainDecision {
  readonly event: ChartEvent
  readonly snapshot: unknown
  readonly result: AgentRunResult
}

/**
 * The model only chooses, among what is accepted when it is asked; the event is sent when the run is over, so that
 * nothing in the run can send two, or one that is revoked.
 */
export async function decide(
  agent: Decider,
  actor: ChartActor,
  { events, only, exclude, context, waitFor, prompt, ...run }: PlainDecideOptions,
): Promise<PlainDecision> {
  const moves = new ChartMoves(actor, {
    ...(events && { events }),
    ...(only && { only }),
    ...(exclude && { exclude }),
    ...(context && { context }),
    ...(waitFor !== undefined && { waitFor }),
  })
  const legal = moves.legal()
  if (legal.length === 0) throw new IllegalEventError(moves.machineId, moves.snapshot.value)
  const result = await agent.run(prompt === undefined ? describe(moves) : prompt, {
    ...run,
    output: legal.map((move) => choice(moves, move, legal)),
  })
  const { output: event } = result
  if (!isEvent(event)) throw new UserError('The run did not end with an event')
  if (moves.refusal(event) !== undefined) throw tooLate(moves, event)
  return { event, snapshot: await moves.send(event, run.signal), result }
}

/** A move as an output; a guard that refuses it is something to try again, while there is anything to try. */
function choice(
  moves: ChartMoves,
  { type, name, description = type }: Move,
  offered: readonly Move[],
): OutputItem {
  const inputSchema = moves.schemaOf(type) ?? noPayload
  const execute = (input: unknown): ChartEvent => {
    const event = chartEvent(type, input)
    const refusal = moves.refusal(event)
    if (refusal === undefined) return event
    const left = new Set(moves.legal().map((move) => move.type))
    if (offered.some((move) => left.has(move.type))) throw new ModelRetry(refusal)
    throw tooLate(moves, event)
  }
  return toolOutput(outputFunction({ name, inputSchema, execute }), { name, description })
}

function tooLate({ machineId, snapshot }: ChartMoves, event: ChartEvent): IllegalEventError {
  return new IllegalEventError(machineId, snapshot.value, event)
}

const noPayload = { type: 'object', properties: {}, additionalProperties: false }

function describe(moves: ChartMoves): string {
  const { state, context } = moves.report()
  const lines = [
    `'${moves.machineId}' is in state ${JSON.stringify(state)}.`,
    ...stateDescriptions(moves.snapshot),
    ...(context === undefined ? [] : [JSON.stringify(context)]),
    'Choose what happens next.',
  ]
  return lines.join('\n')
}

function isEvent(value: unknown): value is ChartEvent {
  const isObject = typeof value === 'object' && value !== null
  return isObject && 'type' in value && typeof value.type === 'string'
}
