/**
 * Tool calls as actors, for those who look. The ledger stays the only truth: the actor of a call is told what has happened
 * there, goes through the same chart, and decides nothing.
 */
import {
  type ActorRefFrom,
  type AnyActorRef,
  type AnyStateMachine,
  assign,
  createActor,
  setup,
} from 'xstate'
import {
  type CallMove,
  type GraphEvent,
  isSettled,
  type LedgerEntry,
  moveToolCall,
  type ToolCallEvent,
  type ToolCallEventType,
  toolCallMachine,
} from '../../machines/index.ts'
import type { AnySnapshot } from './shortcuts.ts'

/** What the actor of a call is told. */
interface CallEvent extends ToolCallEvent {
  /** The call, as it is now. */
  readonly call: LedgerEntry
}

/** The chart of a call, with the call itself as its context. */
function makeChart() {
  return setup({
    types: { context: {} as LedgerEntry, events: {} as CallEvent, input: {} as LedgerEntry },
    actions: { take: assign(({ event }) => event.call) },
  }).createMachine({
    id: toolCallMachine.id,
    initial: 'requested',
    context: ({ input }) => input,
    states: mapValues(toolCallMachine.config.states ?? {}, ({ on, type = 'atomic' }) => ({
      type,
      on: mapValues<unknown, Way>(on ?? {}, (target) => ({
        target: String(target),
        actions: 'take',
      })),
    })),
  })
}

type CallChart = ReturnType<typeof makeChart>

let made: CallChart | undefined

/** Made when somebody looks: most runs have nobody who does. */
function callChart(): CallChart {
  made ??= makeChart()
  return made
}

interface Way {
  readonly target: string
  readonly actions: 'take'
}

function mapValues<TValue, TMapped>(
  values: Readonly<Record<string, TValue>>,
  map: (value: TValue) => TMapped,
): Record<string, TMapped> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]))
}

type CallActor = ActorRefFrom<CallChart>

/** Actors by their ids. */
type Children = Readonly<Record<string, AnyActorRef>>

/** What has happened in the run. */
interface Change {
  readonly event: GraphEvent
  readonly ledger: readonly LedgerEntry[]
}

type Scope = Parameters<AnyStateMachine['transition']>[2]

/** The actors of the calls of one run, `call-<index>`. */
export class CallViews {
  readonly #run: AnyActorRef
  #views: readonly CallActor[] = []
  #told: readonly LedgerEntry[] = []

  /** @param run its actor */
  constructor(run: AnyActorRef) {
    this.#run = run
  }

  /** The actor that a run below a call is shown under: the call's, or outside of calls the run's. */
  above(index: number | undefined): AnyActorRef {
    return (index === undefined ? undefined : this.#views[index]) ?? this.#run
  }

  /** The snapshot with the actors of its calls. They are told once the run has taken the transition. */
  follow(snapshot: AnySnapshot, { ledger, event }: Change, scope: Scope): AnySnapshot {
    if (ledger === this.#told) return snapshot
    const news = event.type === 'tool-calls-moved' ? event : { moves: [] }
    const isNew = this.#views.length !== ledger.length
    if (isNew) this.#replace(ledger, 'opened' in news, scope)
    for (const entry of ledger) this.#tell(entry, news.moves, scope)
    this.#told = ledger
    if (!isNew) return snapshot
    const children = snapshot.children as Children
    return Object.assign(snapshot, { children: this.#among(children) })
  }

  #replace(ledger: readonly LedgerEntry[], isOpened: boolean, scope: Scope): void {
    for (const view of this.#views) scope.stopChild(view)
    this.#views = ledger.map((entry) => this.#view(entry, isOpened, scope))
    this.#told = isOpened ? [] : ledger
  }

  #view(entry: LedgerEntry, isOpened: boolean, { self, defer }: Scope): CallActor {
    const { state, index } = entry
    const status = isSettled(state) ? 'done' : 'active'
    const snapshot = isOpened
      ? undefined // it has been through everything from the beginning
      : { ...callChart().resolveState({ value: state, context: entry }), status }
    const options = { id: `call-${index}`, src: 'toolCall', parent: self, input: entry, snapshot }
    const view = makeView(callChart(), options)
    defer(() => view.start())
    return view
  }

  #tell(entry: LedgerEntry, moves: readonly CallMove[], { defer }: Scope): void {
    const view = this.#views[entry.index]
    let state = this.#told[entry.index]?.state ?? 'requested'
    const tell = (type: ToolCallEventType): void => {
      const next = moveToolCall(state, type)
      if (next === state) return // the chart does not handle it here
      state = next
      defer(() => view?.send({ type, call: entry }))
    }
    for (const { index, type } of moves) if (index === entry.index) tell(type)
    if (state === entry.state) return
    tell('call-interrupted') // the two moves that are nobody's report
    tell('call-verdict-given')
  }

  #among(children: Children): Children {
    const others = Object.entries(children).filter(([id]) => !/^call-\d+$/.test(id))
    const views = this.#views.map((view): [string, AnyActorRef] => [view.id, view])
    return Object.fromEntries<AnyActorRef>([...others, ...views])
  }
}

// XState's types leave `parent` out, which is how an actor is made that nobody has invoked or spawned.
const createUnchecked: unknown = createActor
const makeView = createUnchecked as (machine: CallChart, options: object) => CallActor
