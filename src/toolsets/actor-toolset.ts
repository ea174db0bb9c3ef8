/**
 * A toolset made from a user's actor: its tools are the events that the chart accepts at the moment.
 *
 * It owns nothing: the actor is the user's, who starts and stops it; others may send it events at any time.
 *
 *   T1. The tools of a step are the events that the state lets in when the model is asked.
 *   T2. A call asks the chart once more, with the event as it is; what it refuses is not sent.
 *   T3. Calls of one response run one after the other.
 */
import type { JsonObject, SchemaInput, StandardSchemaV1 } from '../schema/index.ts'
import { type OnCrash, type RunContext, tool, type ToolOptions } from '../tools/index.ts'
import { chartEvent, ChartMoves, type PlainEventOptions } from './chart-moves.ts'
import type { ChartActor, EventOf, SnapshotOf } from './chart-snapshot.ts'
import { steady } from './steady.ts'
import { labelled, type Toolset, type ToolsetTool } from './toolset.ts'

/** How one event is offered. */
export interface ChartEventOptions<TEvent> extends Pick<
  ToolOptions<unknown, SchemaInput, unknown>,
  'maxRetries' | 'timeoutMs' | 'waitTimeoutMs' | 'strict' | 'metadata' | 'onCrash'
> {
  /** What the model reads. Default: the `description` of the transition in the chart, else that of the schema. */
  readonly description?: string
  /**
   * Makes the payload, without `type`, from what the model writes; plain JSON Schema is taken at its word. Default: the
   * schema under `schemas.events` of the machine's `setup`, else none: the event is sent with its type alone.
   */
  readonly inputSchema?: StandardSchemaV1<unknown, Omit<TEvent, 'type'>> | JsonObject
  /** Added to what the model reads when a guard refuses the event for its payload. */
  readonly refusal?: string
  /** The event waits for a person: always, or when the function says so. Then the chart is asked once more. */
  readonly needsApproval?:
    | boolean
    | { asks(event: TEvent, ctx: RunContext): boolean | Promise<boolean> }['asks'] // loose as methods are
}

/** Which events of an actor are offered, and what the model reads of it. */
export interface ChartOptions<TActor extends ChartActor> {
  /** What is known of events beside the chart. An event that the chart has only by a wildcard is offered when it stands here. */
  readonly events?: {
    readonly [TType in EventOf<TActor>['type'] & string]?: ChartEventOptions<
      Extract<EventOf<TActor>, { readonly type: TType }>
    >
  }
  /**
   * Offers these alone; `order.*` means all that begin so. The safest way: an event that the chart learns later is not
   * offered by itself.
   */
  readonly only?: readonly ((EventOf<TActor>['type'] & string) | `${string}.*`)[]
  /** Never offers these. */
  readonly exclude?: readonly ((EventOf<TActor>['type'] & string) | `${string}.*`)[]
  /** The part of the chart's context that the model reads. Default: none. */
  context?(context: SnapshotOf<TActor>['context']): unknown
  /**
   * What is waited for after an event: that no actor runs which a state has invoked (`'idle'`), a state with this tag, or
   * that the function says yes. Also ends when the chart is done, and with the run's signal. Default: nothing.
   */
  readonly waitFor?:
    | 'idle'
    | { readonly tag: string }
    | { holds(snapshot: SnapshotOf<TActor>): boolean }['holds']
}

/** Options of `actorToolset`. */
export interface ActorToolsetOptions<TActor extends ChartActor> extends ChartOptions<TActor> {
  /** Default in errors: the machine's. */
  readonly id?: string
  /** Stands before each name, with `_` between. */
  readonly prefix?: string
  /** For events that set none themselves. Default: the agent's tool retries. */
  readonly maxRetries?: number
  /** For events that set none themselves, in milliseconds; bounds `waitFor`. Default: the agent's `toolTimeoutMs`. */
  readonly timeoutMs?: number
  /** For events that set none themselves. Default `'unknown'`. */
  readonly onCrash?: OnCrash
}

/**
 * The events that the chart of `actor` accepts, as tools: calling one sends the event. What the state forbids is not
 * offered; a guard that looks at the payload is asked with the real event, and what it refuses the model may try anew.
 * The model reads the state the chart is in then and what is accepted next.
 *
 * The actor is not part of a run's snapshot: give the toolset of its successor to a run that is resumed.
 *
 * @throws {UserError} for an actor of no chart, names that the chart does not have, and events of one name
 */
export function actorToolset<TActor extends ChartActor>(
  actor: TActor,
  options: ActorToolsetOptions<TActor> = {},
): Toolset {
  const moves = new ChartMoves(actor, options)
  const tools = new Map(
    Array.from(moves.types, ([name, type]) => [name, eventTool(moves, name, type, options)]),
  )
  const described = new Map<string, ToolsetTool>()
  let last: readonly ToolsetTool[] | undefined

  function offer(name: string, description: string | undefined): ToolsetTool | undefined {
    const made = tools.get(name)
    if (made === undefined || description === undefined) return made
    const key = `${name} ${description}`
    const known = described.get(key)
    if (known !== undefined) return known
    const offered = { ...made, definition: Object.freeze({ ...made.definition, description }) }
    described.set(key, offered)
    return offered
  }

  const { id } = options
  return {
    id,
    label: labelled('actorToolset', id ?? moves.machineId),
    toolNames: [...moves.types.keys()],
    tools: () => {
      const offered = moves
        .legal()
        .flatMap(({ name, description }) => offer(name, description) ?? [])
      return (last = steady(last, offered))
    },
  }
}

/** What holds for the tool of any event, once types have done their work. */
interface PlainOptions extends Pick<
  ToolOptions<unknown, SchemaInput, unknown>,
  'maxRetries' | 'timeoutMs' | 'onCrash'
> {
  readonly events?: Readonly<Record<string, PlainOptionsOfEvent | undefined>>
}

interface PlainOptionsOfEvent
  extends PlainEventOptions, Omit<ChartEventOptions<unknown>, 'inputSchema'> {}

function eventTool(
  moves: ChartMoves,
  name: string,
  type: string,
  { events, maxRetries, timeoutMs, onCrash }: PlainOptions,
): ToolsetTool {
  const { refusal: _, needsApproval, inputSchema: __, ...own } = events?.[type] ?? {}
  const inputSchema = moves.schemaOf(type)
  return tool<unknown, SchemaInput>({
    ...(maxRetries !== undefined && { maxRetries }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(onCrash !== undefined && { onCrash }),
    ...own,
    name,
    sequential: true, // T3
    ...(inputSchema !== undefined && { inputSchema }),
    ...(needsApproval !== undefined && {
      needsApproval:
        typeof needsApproval === 'function'
          ? (input, ctx) => needsApproval(chartEvent(type, input), ctx)
          : needsApproval,
    }),
    execute: async (input, { signal }) =>
      moves.report(await moves.send(chartEvent(type, input), signal)), // T2
  })
}
