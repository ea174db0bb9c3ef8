import type { AnyActorRef } from 'xstate'
import type { AgentOutput } from '../../machines/index.ts'
import { UserError } from '../errors/index.ts'
import type { AgentActor } from './agent-machine.ts'
import { AgentRun } from './agent-run.ts'
import { findHost } from './hosted-machine.ts'

/** An actor of `agent.machine`: invoked, spawned, or made by `createActor`. */
export interface ActorOfAgent<TOutput> extends Pick<
  AnyActorRef,
  'send' | 'subscribe' | 'sessionId'
> {
  getSnapshot(): { readonly output?: AgentOutput<TOutput> | undefined }
}

/**
 * The run of an agent that somebody's own machine drives: its events, messages, usage, what it waits for. The same object
 * each time for the same actor.
 *
 * @throws {UserError} for an actor that is none of an agent's
 */
export function runOf<TOutput = unknown>(actor: ActorOfAgent<TOutput>): AgentRun<TOutput> {
  // What follows is sound only for actors that have a host: those of agents.
  const agent = actor as unknown as AgentActor & AnyActorRef
  const host = findHost(agent)
  if (host === undefined) {
    throw new UserError(`The actor '${agent.id}' is not the run of an agent`, {
      hint: 'Give the actor that `agent.machine` runs in: `snapshot.children.<id>` of the machine that invokes it',
    })
  }
  const run = known.get(agent) ?? new AgentRun(agent, host)
  known.set(agent, run)
  return run as AgentRun<TOutput> // of this actor: its output is what its agent declares
}

const known = new WeakMap<AnyActorRef, AgentRun>()
