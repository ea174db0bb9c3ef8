/** The agent graph with its work in place, and who does it for which actor. */
import { type AnyActorRef, fromPromise } from 'xstate'
import {
  agentMachine,
  type GraphEvent,
  type StepOutcome,
  type StepReference,
} from '../../machines/index.ts'
import { DeadlinePassedError, RunCancelledError } from '../errors/index.ts'
import { callTools, preparePrompt, requestModel, type Step } from '../steps/index.ts'
import type { RunHost } from './run-host.ts'
import type { Shortcuts } from './shortcuts.ts'
import type { SlotWork } from './slot-ref.ts'

/** The work of slots, by their logic. */
const works = new WeakMap<object, SlotWork>()

/** How an actor leads to its run. Not a map beside them: with thousands of runs, that is a weight for the collector. */
const hostKey = Symbol('agentchart.host')

interface HostedRef extends AnyActorRef {
  [hostKey]?: () => RunHost
}

/** The process's side of an actor's run; `undefined` when the actor is none of an agent's. */
export function findHost(actor: HostedRef): RunHost | undefined {
  return actor[hostKey]?.()
}

/** From now on the run of an actor. */
export function setHost(actor: HostedRef, host: RunHost): void {
  host.attach(actor)
  actor[hostKey] = host.self // a function: nothing prints what is behind it
}

type Parts = Readonly<Record<'guards' | 'actors' | 'actions', unknown>>

/** What the agent graph is made of. */
export interface Hosted {
  readonly implementations: Parts
  /** Made for the first run that takes one. */
  shortcuts?: Shortcuts
}

let made: Hosted | undefined

/** The same for all agents, with the work in place; the actor of a run finds its host by itself. */
export function hostedGraph(): Hosted {
  const { guards, actions } = agentMachine.implementations
  made ??= {
    implementations: { guards, actors: slots(), actions: { ...actions, ...hostActions } },
  }
  return made
}

function slots() {
  return {
    preparePrompt: slot<StepOutcome>(performing(preparePrompt)),
    requestModel: slot<StepOutcome>(performing(requestModel)),
    callTools: slot<StepOutcome>(performing(callTools)),
    saveStep: slot<void>((host, settlement) => {
      const saving = host.saveStep()
      if (saving === undefined) return settlement.settle(undefined) // no cancel comes in between
      saving.then(
        () => settlement.settle(undefined),
        (error: unknown) => settlement.reject(error),
      )
    }),
  }
}

const hostActions = {
  abort: ({ self, event }: HostedArguments) => {
    const error =
      event.type === 'deadline-passed' && event.scope !== 'wait'
        ? new DeadlinePassedError(event.scope)
        : new RunCancelledError(event.type === 'cancel' ? event.reason : undefined)
    hostOf(self).abort(error)
  },
  takeDeps: ({ self, event }: HostedArguments) => {
    if (event.type === 'deps') hostOf(self).takeDeps(event.deps)
  },
}

interface HostedArguments {
  readonly self: AnyActorRef
  readonly event: GraphEvent
}

function performing(step: Step): SlotWork {
  return (host, settlement) => host.perform(step, settlement)
}

/** The work behind the logic of a slot; `undefined` when it is none of ours. */
export function workOf(logic: unknown): SlotWork | undefined {
  return typeof logic === 'object' && logic !== null ? works.get(logic) : undefined
}

/**
 * A slot like those of `fromPromise`, but for its start: that one makes an abort controller for every step and asks for
 * it by no one, since a run cancels its steps itself.
 */
function slot<TOutput>(work: SlotWork) {
  const logic = fromPromise<TOutput, StepReference>(() =>
    Promise.reject(new Error('Not started this way')),
  )
  const own = {
    ...logic,
    start: (_state: unknown, { self }: { readonly self: SlotActor }) => {
      const settle = (kind: 'resolve' | 'reject', data: unknown) => {
        const isStopped = self.getSnapshot().status !== 'active'
        if (!isStopped) self.send({ type: `xstate.promise.${kind}`, data })
      }
      work(hostOf(self._parent), {
        settle: (output) => settle('resolve', output),
        reject: (error) => settle('reject', error),
      })
    },
    transition: (...[state, event, scope]: Parameters<typeof logic.transition>) => {
      if (event.type === 'xstate.stop') hostOf(scope.self._parent).stop()
      return logic.transition(state, event, scope)
    },
  }
  works.set(own, work)
  return own
}

/** The actor of a slot, as far as it settles. */
interface SlotActor {
  readonly _parent?: AnyActorRef
  getSnapshot(): { readonly status: string }
  send(event: { readonly type: string; readonly data: unknown }): void
}

/** @throws for an actor that is none of an agent's */
export function hostOf(actor: AnyActorRef | undefined): RunHost {
  const host = actor && findHost(actor)
  if (host === undefined) throw new Error('This actor is not the run of an agent')
  return host
}
