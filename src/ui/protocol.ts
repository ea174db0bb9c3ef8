/**
 * What the inspector's server and its page say to each other. Plain JSON, sanitized and bounded by the server.
 *
 * The server tells everything as a stream of {@link ServerMessage}s (server-sent events). A page that joins late is told
 * the same messages from the beginning, in a shorter form; a run exported as a file carries them within itself.
 * The page commands by {@link Command}s, one POST each.
 */

/** A run, live or from the store, or a foreign system of actors: one row of the page's list. */
export interface SessionSummary {
  readonly id: string
  readonly kind: 'run' | 'stored' | 'system'
  /** What to call it: the first words of its prompt, or the name of the root actor. */
  readonly title: string
  readonly agentName: string | null
  readonly runId: string | null
  readonly conversationId: string | null
  readonly status: 'running' | 'ready' | 'waiting' | 'failed' | 'done' | 'stopped' | 'stuck'
  /** ISO 8601. */
  readonly startedAt: string
  readonly updatedAt: string
  /** The session and the visit that it was forked from. */
  readonly forkedFrom: { readonly session: string; readonly visit: number } | null
  /** What its page may do; the server refuses the rest. */
  readonly can: readonly Command['type'][]
}

/** An actor of a session: the run's chart, a call, a nested run, or somebody's own machine. */
export interface ActorInfo {
  readonly actorId: string
  readonly parentId: string | null
  /** Its id within its parent, `call-0` for instance. */
  readonly name: string
  readonly kind: 'agent' | 'call' | 'machine' | 'other'
  /** Whose chart it runs; `null`: it has none. */
  readonly machineId: string | null
}

/** One microstep or event of an actor. */
export interface Transition {
  readonly actorId: string
  /** Milliseconds since the epoch. */
  readonly atMs: number
  readonly event: { readonly type: string; readonly [key: string]: unknown }
  /** The actor that sent the event; `null`: somebody outside. */
  readonly from: string | null
  /** The ways it took through the chart, in order; empty when nobody told. */
  readonly taken: readonly TakenWay[]
  /** State value after it, as XState writes it; `null` for an actor without a chart. */
  readonly value: unknown
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  /** Small and bounded; what has not changed is left out. */
  readonly context?: Readonly<Record<string, unknown>>
  readonly output?: unknown
  readonly error?: ErrorInfo
}

/** A transition of a chart; states are told by their path below the root, joined by dots, the root itself by `''`. */
export interface TakenWay {
  readonly source: string
  /** As XState calls it: `''` for one without an event, `xstate.done.actor.request-model`. */
  readonly event: string
  readonly targets: readonly string[]
}

export interface ErrorInfo {
  readonly name: string
  readonly message: string
}

/** A stretch of time: a request to a model, or a tool call. */
export interface Span {
  readonly spanId: string
  readonly kind: 'model' | 'tool'
  readonly name: string
  readonly visit: number
  readonly startMs: number
  /** `null` while it lasts. */
  readonly endMs: number | null
  readonly toolCallId: string | null
  readonly state: 'running' | 'ok' | 'failed' | 'waiting'
}

/** Where a run is. */
export interface RunState {
  readonly drive: 'auto' | 'step'
  readonly visit: number
  /** The pending node, JSON. */
  readonly node: { readonly kind: string; readonly [key: string]: unknown }
  readonly usage: Readonly<Record<string, unknown>>
  /** Of requests that were not told before: each is told once, and a page keeps it by its visit. */
  readonly stepUsage: readonly {
    readonly visit: number
    readonly usage: Readonly<Record<string, unknown>>
    /** A decimal number; `null` where no price is known. */
    readonly cost: string | null
  }[]
  readonly cost: string | null
  readonly failure: ErrorInfo | null
  /** Calls that wait, those of nested runs with their path. */
  readonly waitingFor: readonly {
    readonly toolCallId: string
    readonly index: number
    readonly toolName: string
    readonly args: unknown
    readonly awaits: 'approval' | 'answer'
    readonly metadata: unknown
    readonly deadline: number | null
    readonly path: readonly string[]
    readonly agentName: string | null
  }[]
  readonly ledger: readonly {
    readonly index: number
    readonly toolCallId: string
    readonly toolName: string
    readonly state: string
    readonly attempt: number
  }[]
  readonly output: unknown
}

/** A node that has been or is pending, for stepping back and forking. */
export interface VisitInfo {
  readonly visit: number
  readonly kind: string
  /** Messages of the log when it was entered. */
  readonly messageCount: number
}

export type ServerMessage =
  | {
      readonly type: 'hello'
      readonly protocol: 1
      /** Agents that runs can be started of. */
      readonly agents: readonly string[]
      readonly hasStore: boolean
      /** `file`: exported, nothing can be commanded. */
      readonly mode: 'live' | 'file'
    }
  | { readonly type: 'session'; readonly session: SessionSummary }
  | { readonly type: 'session-gone'; readonly session: string }
  /** The chart of a machine, in the form that `graphJson` gives; told once, before it is named. */
  | { readonly type: 'machine'; readonly machineId: string; readonly graph: unknown }
  | { readonly type: 'actor'; readonly session: string; readonly actor: ActorInfo }
  | { readonly type: 'transition'; readonly session: string; readonly transition: Transition }
  | { readonly type: 'run'; readonly session: string; readonly run: RunState }
  | { readonly type: 'visit'; readonly session: string; readonly visit: VisitInfo }
  | { readonly type: 'span'; readonly session: string; readonly span: Span }
  /** Messages (wire format) at `from`; what stood there and behind it counts no more. */
  | {
      readonly type: 'messages'
      readonly session: string
      readonly from: number
      readonly messages: readonly unknown[]
    }
  /** An agent event (`part_delta`, `function_tool_call`, …) as it happens, in camelCase. */
  | {
      readonly type: 'event'
      readonly session: string
      readonly atMs: number
      readonly event: { readonly eventKind: string; readonly [key: string]: unknown }
    }

interface Addressed {
  readonly session: string
}

interface CallAddressed extends Addressed {
  readonly toolCallId: string
  readonly index?: number
  readonly path?: readonly string[]
}

export type Command =
  | {
      readonly type: 'start'
      readonly agent: string | null
      readonly prompt: string
      readonly drive: 'auto' | 'step'
    }
  /** Runs the pending node, or an edited one. */
  | (Addressed & { readonly type: 'next'; readonly node?: unknown })
  | (Addressed & { readonly type: 'drive'; readonly drive: 'auto' | 'step' })
  | (Addressed & { readonly type: 'cancel'; readonly reason?: string })
  | (Addressed & { readonly type: 'enqueue'; readonly text: string })
  | (CallAddressed & {
      readonly type: 'approve'
      readonly overrideArgs?: Readonly<Record<string, unknown>>
    })
  | (CallAddressed & { readonly type: 'deny'; readonly message?: string })
  | (CallAddressed & { readonly type: 'answer'; readonly result: unknown })
  /** A new run from before a visit of this one, its node edited or not. */
  | (Addressed & {
      readonly type: 'fork'
      readonly visit: number
      readonly node?: unknown
      readonly drive: 'auto' | 'step'
    })
  /** Shows a run of the store; its messages follow as a session. */
  | { readonly type: 'open'; readonly runId: string }
  /** Takes a run of the store up. */
  | { readonly type: 'resume'; readonly runId: string; readonly drive: 'auto' | 'step' }
  /** Runs of the store; the answer is a list of summaries. */
  | {
      readonly type: 'search'
      readonly text: string
      readonly status: string | null
      readonly limit: number
    }

/** What a command comes to. */
export type CommandResult =
  | { readonly ok: true; readonly session?: string; readonly sessions?: readonly SessionSummary[] }
  | { readonly ok: false; readonly error: ErrorInfo }
