import {
  type ActorRef,
  type AnyActorRef,
  createActor,
  type EventObject,
  fromPromise,
  type PromiseActorRef,
  type Snapshot,
} from 'xstate'
import type { RunHost } from './run-host.ts'

/** What a slot does. */
export type SlotWork = (host: RunHost, settlement: SlotSettlement) => void

/** Told once what a slot's work came to. */
export interface SlotSettlement {
  settle(output: unknown): void
  /** Only a slot that is missing or broken ends like this. */
  reject(error: unknown): void
}

/** What a slot is made for. */
interface SlotFacts {
  readonly id: string
  readonly src: string
  readonly input: unknown
  readonly parent: AnyActorRef
}

/** How it ended. */
type Ending =
  | { readonly type: 'done'; readonly output: unknown }
  | { readonly type: 'error'; readonly error: unknown }
  | { readonly type: 'stopped' }

/**
 * A slot at work in a run that nobody inspects, in the place of its actor: it tells its parent how the work ends, as that
 * one would, at a fraction of its price. Whoever looks at it gets an actor of the same work to look at.
 */
export class SlotRef implements SlotSettlement, ActorRef<Snapshot<unknown>, EventObject> {
  readonly id: string
  readonly src: string
  readonly _parent: AnyActorRef
  readonly #input: unknown
  readonly #host: RunHost
  readonly #work: SlotWork
  #hasStarted = false
  #ending: Ending | undefined
  #shown: PromiseActorRef<unknown> | undefined
  #tell: PromiseWithResolvers<unknown> | undefined

  constructor({ id, src, input, parent }: SlotFacts, host: RunHost, work: SlotWork) {
    this.id = id
    this.src = src
    this._parent = parent
    this.#input = input
    this.#host = host
    this.#work = work
  }

  start(): void {
    if (this.#hasStarted) return
    this.#hasStarted = true
    this.#work(this.#host, this)
  }

  settle(output: unknown): void {
    if (!this.#end({ type: 'done', output })) return
    this._parent.send({ type: `xstate.done.actor.${this.id}`, output, actorId: this.id })
  }

  reject(error: unknown): void {
    if (!this.#end({ type: 'error', error })) return
    this._parent.send({ type: `xstate.error.actor.${this.id}`, error, actorId: this.id })
  }

  stop(): void {
    if (this.#end({ type: 'stopped' })) this.#host.stop()
  }

  /** What XState calls to stop a child. */
  _stop(): void {
    this.stop()
  }

  /** It takes no events. */
  send(): void {}

  getSnapshot(): Snapshot<unknown> {
    const { type: status = 'active', ...ending } = this.#ending ?? {}
    const snapshot: unknown = {
      status,
      output: undefined,
      error: undefined,
      ...ending,
      input: this.#input,
    }
    return snapshot as Snapshot<unknown> // of what is in it, the ending says
  }

  getPersistedSnapshot(): Snapshot<unknown> {
    return this.#actor.getPersistedSnapshot()
  }

  toJSON(): unknown {
    return this.#actor.toJSON?.()
  }

  get subscribe(): PromiseActorRef<unknown>['subscribe'] {
    return this.#actor.subscribe.bind(this.#actor)
  }

  get select(): PromiseActorRef<unknown>['select'] {
    return this.#actor.select.bind(this.#actor)
  }

  get on(): PromiseActorRef<unknown>['on'] {
    return this.#actor.on.bind(this.#actor)
  }

  get sessionId(): string {
    return this.#actor.sessionId
  }

  get system(): AnyActorRef['system'] {
    return this._parent.system
  }

  [Symbol.observable](): PromiseActorRef<unknown> {
    return this.#actor
  }

  #end(ending: Ending): boolean {
    if (this.#ending !== undefined) return false
    this.#ending = ending
    this.#show(ending)
    return true
  }

  get #actor(): PromiseActorRef<unknown> {
    if (this.#shown !== undefined) return this.#shown
    const tell = Promise.withResolvers<unknown>()
    this.#tell = tell
    const logic = fromPromise<unknown, unknown>(() => tell.promise)
    const { id, src } = this
    this.#shown = createActor(logic, { id, src, input: this.#input })
    this.#shown.subscribe({ error: () => {} }) // an unobserved error would crash the process
    this.#shown.start()
    if (this.#ending !== undefined) this.#show(this.#ending)
    return this.#shown
  }

  /** To those who look. */
  #show(ending: Ending): void {
    if (ending.type === 'done') this.#tell?.resolve(ending.output)
    else if (ending.type === 'error') this.#tell?.reject(ending.error)
    else this.#shown?.stop()
  }
}
