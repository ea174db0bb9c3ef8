/** The agent graph with its work in place, and who does it for which actor. */
import { type AnyActorRef, fromPromise } from 'xstate'
import { agentMachine, type StepOutcome, type StepReference } from '../../machines/index.ts'
import { DeadlinePassedError, RunCancelledError } from '../errors/index.ts'
import { callTools, preparePrompt, requestModel, type Step } from '../steps/index.ts'
import type { RunHost } from './run-host.ts'

const hosts = new WeakMap<AnyActorRef, RunHost>()

/** The process's side of an actor's run; `undefined` when the actor is none of an agent's. */
export function findHost(actor: AnyActorRef): RunHost | undefined {
  return hosts.get(actor)
}

/** From now on the run of an actor. */
export function setHost(actor: AnyActorRef, host: RunHost): void {
  host.attach(actor)
  hosts.set(actor, host)
}

/** The agent graph with its work in place; the actor of a run finds its host by itself. */
export const hostedMachine = agentMachine.provide({
  actors: {
    preparePrompt: slot(preparePrompt),
    requestModel: slot(requestModel),
    callTools: slot(callTools),
    saveStep: fromPromise<void, StepReference>(({ self }) => hostOf(self._parent).saveStep()),
  },
  actions: {
    abort: ({ self, event }) => {
      const error =
        event.type === 'deadline-passed' && event.scope !== 'wait'
          ? new DeadlinePassedError(event.scope)
          : new RunCancelledError(event.type === 'cancel' ? event.reason : undefined)
      hostOf(self).abort(error)
    },
    takeDeps: ({ self, event }) => {
      if (event.type === 'deps') hostOf(self).takeDeps(event.deps)
    },
  },
})

/**
 * A slot like those of `fromPromise`, but for its start: that one makes an abort controller for every step and asks for
 * it by no one, since a run cancels its steps itself.
 */
function slot(step: Step) {
  const logic = fromPromise<StepOutcome, StepReference>(() =>
    Promise.reject(new Error('Not started this way')),
  )
  return {
    ...logic,
    start: (_state: unknown, { self }: { readonly self: SlotActor }) => {
      const settle = (kind: 'resolve' | 'reject', data: unknown) => {
        const isStopped = self.getSnapshot().status !== 'active'
        if (!isStopped) self.send({ type: `xstate.promise.${kind}`, data })
      }
      hostOf(self._parent)
        .perform(step)
        .then(
          (outcome) => settle('resolve', outcome),
          (error: unknown) => settle('reject', error),
        )
    },
    transition: (...[state, event, scope]: Parameters<typeof logic.transition>) => {
      if (event.type === 'xstate.stop') hostOf(scope.self._parent).stop()
      return logic.transition(state, event, scope)
    },
  }
}

/** The actor of a slot, as far as it settles. */
interface SlotActor {
  readonly _parent?: AnyActorRef
  getSnapshot(): { readonly status: string }
  send(event: { readonly type: string; readonly data: unknown }): void
}

function hostOf(actor: AnyActorRef | undefined): RunHost {
  const host = actor && hosts.get(actor)
  if (host === undefined) throw new Error('This actor is not the run of an agent')
  return host
}
