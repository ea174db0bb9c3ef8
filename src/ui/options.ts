import type { Agent } from '../agent/index.ts'
import { UserError } from '../errors/index.ts'
import type { Store } from '../store/index.ts'

/** An agent whose runs the inspector starts, takes up and forks. */
export type InspectedAgent<TDeps = unknown> = Pick<
  Agent<TDeps, unknown>,
  'name' | 'iter' | 'load' | 'fork'
>

/** What the inspector shows, and where. */
export type InspectorOptions<TDeps = unknown> = {
  /** Agents that pages may start runs of. Default: none. */
  readonly agents?: readonly InspectedAgent<TDeps>[]
  /** Where runs are saved that are started here, and whose runs are shown. Default: one in memory. */
  readonly store?: Store
  /** Default: any that is free. */
  readonly port?: number
  /**
   * Default `127.0.0.1`: nobody but this machine. With another address whoever can reach it and knows the token can see
   * and drive runs, over a connection that is not encrypted.
   */
  readonly host?: string
} & (unknown extends TDeps ? { readonly deps?: TDeps } : { readonly deps: TDeps })

/** Agents by names that tell them apart. @throws {UserError} when two have the same */
export function agentsByName(
  agents: readonly InspectedAgent[],
): ReadonlyMap<string, InspectedAgent> {
  const byName = new Map<string, InspectedAgent>()
  for (const agent of agents) {
    const { name = 'agent' } = agent
    if (byName.has(name)) {
      throw new UserError(`Two agents are called '${name}'`, {
        hint: 'Give each a name of its own',
      })
    }
    byName.set(name, agent)
  }
  return byName
}
