import type { AnyActorRef } from 'xstate'
import { UserError } from '../errors/index.ts'

/** An actor of a state machine: made by `createActor`, invoked or spawned. */
export type ChartActor = Pick<AnyActorRef, 'getSnapshot' | 'send' | 'subscribe'>

/** The events that an actor takes. */
export type EventOf<TActor extends ChartActor> = Parameters<TActor['send']>[0]

/** What `getSnapshot()` of an actor gives. */
export type SnapshotOf<TActor extends ChartActor> = ReturnType<TActor['getSnapshot']>

/** An event that is ready to be sent. */
export interface ChartEvent {
  readonly type: string
  readonly [key: string]: unknown
}

/** A state of the chart, as far as it is read here. */
interface ChartNode {
  readonly description?: string | undefined
  readonly states: Readonly<Record<string, ChartNode>>
  readonly transitions: ReadonlyMap<
    string,
    readonly { readonly description?: string | undefined }[]
  >
  readonly invoke: readonly { readonly id: string }[]
}

type StateValue = string | { readonly [key: string]: StateValue | undefined }

/** The snapshot of a machine's actor, as far as it is read here. */
export interface ChartSnapshot {
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  readonly value: StateValue
  readonly context: unknown
  readonly error: unknown
  readonly children: Readonly<Record<string, Pick<AnyActorRef, 'getSnapshot'> | undefined>>
  readonly machine: {
    readonly id: string
    readonly root: ChartNode
    /** Descriptors of all events, with wildcards and XState's own. */
    readonly events: readonly string[]
    readonly schemas?: unknown
  }
  can(event: ChartEvent): boolean
  hasTag(tag: string): boolean
}

/** @throws {UserError} when the actor is none of a state machine */
export function chartSnapshot(actor: ChartActor): ChartSnapshot {
  const snapshot: unknown = actor.getSnapshot()
  if (isChartSnapshot(snapshot)) return snapshot
  throw new UserError('The actor is not that of a state machine', {
    hint: 'Only a chart says which events it accepts: pass an actor of `createMachine` or `setup`',
  })
}

function isChartSnapshot(value: unknown): value is ChartSnapshot {
  const isObject = typeof value === 'object' && value !== null
  return isObject && 'machine' in value && 'value' in value && 'can' in value
}

/**
 * Whether the state lets an event of this type in, with some payload or other. Guards are asked with an event that has
 * none: one that refuses without having looked at it would refuse any; one that looks leaves it open.
 */
export function mayAccept(snapshot: ChartSnapshot, type: string): boolean {
  let wasRead = false
  const isPayload = (key: PropertyKey): boolean => {
    wasRead ||= key !== 'type'
    return key !== 'type'
  }
  const event = new Proxy<ChartEvent>(
    { type },
    {
      get: (_, key) => (isPayload(key) ? undefined : type),
      has: (_, key) => !isPayload(key),
      ownKeys: (target) => {
        wasRead = true
        return Reflect.ownKeys(target)
      },
    },
  )
  try {
    return snapshot.can(event) || wasRead
  } catch (error) {
    if (wasRead) return true // it stumbled over what is missing
    throw error
  }
}

/** What the chart says of an event where it is: of the innermost state that says something. */
export function transitionDescription(snapshot: ChartSnapshot, type: string): string | undefined {
  const said = activeNodes(snapshot)
    .toReversed()
    .map(({ transitions }) =>
      Array.from(transitions)
        .filter(([descriptor]) => matches(descriptor, type))
        .flatMap(([, ways]) => ways.flatMap(({ description }) => description ?? [])),
    )
    .find((descriptions) => descriptions.length > 0)
  return said && [...new Set(said)].join(' ')
}

/** Whether a descriptor, which may be a wildcard such as `*` or `order.*`, is about events of this type. */
export function matches(descriptor: string, type: string): boolean {
  if (!isWildcard(descriptor)) return descriptor === type
  return descriptor === '*' || `${type}.`.startsWith(descriptor.slice(0, -1))
}

export function isWildcard(descriptor: string): boolean {
  return descriptor === '*' || descriptor.endsWith('.*')
}

/** What the chart says of the states it is in, the outermost first. */
export function stateDescriptions(snapshot: ChartSnapshot): readonly string[] {
  return activeNodes(snapshot).flatMap(({ description }) => description ?? [])
}

/** Whether an actor runs that one of the active states has invoked. */
export function isInvoking(snapshot: ChartSnapshot): boolean {
  const invoked = activeNodes(snapshot).flatMap(({ invoke }) => invoke.map(({ id }) => id))
  return invoked.some((id) => {
    const child: unknown = snapshot.children[id]?.getSnapshot()
    return hasStatus(child) && child.status === 'active'
  })
}

function hasStatus(value: unknown): value is Pick<ChartSnapshot, 'status'> {
  return typeof value === 'object' && value !== null && 'status' in value
}

/** The active states, outer ones first. */
function activeNodes({ machine, value }: ChartSnapshot): readonly ChartNode[] {
  const below = (node: ChartNode, inner: StateValue): readonly ChartNode[] => {
    const entries = typeof inner === 'string' ? [[inner, {}] as const] : Object.entries(inner)
    return [
      node,
      ...entries.flatMap(([key, deeper = {}]) => {
        const child = node.states[key]
        return child === undefined ? [] : below(child, deeper)
      }),
    ]
  }
  return below(machine.root, value)
}

/** Resolves once the chart is where it is waited for, or is not active any more; rejects with the signal's reason. */
export async function settled(
  actor: ChartActor,
  isThere: (snapshot: ChartSnapshot) => boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const look = (): void => {
    try {
      const snapshot = chartSnapshot(actor)
      if (snapshot.status !== 'active' || isThere(snapshot)) resolve()
    } catch (error) {
      reject(error)
    }
  }
  const abort = (): void => reject(signal?.reason)
  const done = (): void => resolve()
  const subscription = actor.subscribe({ next: look, error: done, complete: done })
  signal?.addEventListener('abort', abort)
  try {
    look()
    if (signal?.aborted === true) abort()
    await promise
  } finally {
    subscription.unsubscribe()
    signal?.removeEventListener('abort', abort)
  }
}
