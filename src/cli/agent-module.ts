import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Agent } from '../agent/index.ts'
import { UserError } from '../errors/index.ts'
import type { Model } from '../models/index.ts'
import type { Store } from '../store/index.ts'
import { importFailure } from './import-failure.ts'

/** What a user's module says about its agent. */
export interface AgentModule {
  readonly agent: Agent<unknown, unknown>
  /** Options for its runs: the module's `deps`, when it has some. */
  readonly options: { readonly deps?: unknown }
}

/** What a user's module says about stored runs. */
export interface WorkModule {
  /** The module's `agents`, and the one it has as default or `agent`. */
  readonly agents: readonly Agent<unknown, unknown>[]
  readonly options: AgentModule['options']
}

/**
 * Imports a module of the user, by a path from the working directory.
 *
 * @throws {UserError} when there is no such file, it exports no agent, or this Node cannot run TypeScript
 * @throws what the module throws while it is imported, and what its `deps` throws
 */
export async function loadAgentModule(path: string): Promise<AgentModule> {
  const exports = await exportsOf(path)
  const [agent] = mainAgents(exports)
  if (agent === undefined) throw withoutAgent(path, exports)
  return { agent, options: await optionsIn(exports) }
}

/**
 * Imports a module for its agents.
 *
 * @throws as `loadAgentModule` does
 */
export async function loadWorkModule(path: string): Promise<WorkModule> {
  const exports = await exportsOf(path)
  const agents: unknown = exports.get('agents')
  const listed: readonly unknown[] = Array.isArray(agents) ? agents : []
  const all = new Set([...mainAgents(exports), ...listed.filter(isAgent)])
  if (all.size === 0) throw withoutAgent(path, exports)
  return { agents: [...all], options: await optionsIn(exports) }
}

/** The `store` that a module exports, if it does. @throws as `loadAgentModule` does, but for the agent */
export async function loadStore(path: string): Promise<Store | undefined> {
  const store = (await exportsOf(path)).get('store')
  return isStore(store) ? store : undefined
}

/** Imported once, however often it is asked for. */
async function exportsOf(path: string): Promise<ReadonlyMap<string, unknown>> {
  const file = resolve(path)
  if (!existsSync(file)) {
    throw new UserError(`There is no module '${path}'`, {
      hint: 'Give the path of a .ts or .js file that exports an agent',
    })
  }
  const module: unknown = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw importFailure(error, file)
  })
  return new Map(Object.entries(module ?? {}))
}

function mainAgents(exports: ReadonlyMap<string, unknown>): readonly Agent<unknown, unknown>[] {
  return [exports.get('default'), exports.get('agent')].filter(isAgent)
}

async function optionsIn(exports: ReadonlyMap<string, unknown>): Promise<AgentModule['options']> {
  return exports.has('deps') ? { deps: await made(exports.get('deps')) } : {}
}

/** The model an agent runs on when it is given no other; a run knows. @throws {UserError} when it has none */
export function modelOf(agent: Agent<unknown, unknown>): Model {
  return agent.iter(null).ctx.runContext.model
}

function withoutAgent(path: string, exports: ReadonlyMap<string, unknown>): UserError {
  const names = [...exports.keys()]
  const exported = names.length === 0 ? 'nothing' : names.join(', ')
  return new UserError(`The module '${path}' exports no agent (it exports ${exported})`, {
    hint: 'Write `export const agent = new Agent({ … })`, or export it as default',
  })
}

/** By its shape: the module may have a copy of the package of its own. */
function isAgent(value: unknown): value is Agent<unknown, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'iter' in value &&
    typeof value.iter === 'function' &&
    'machine' in value
  )
}

function isStore(value: unknown): value is Store {
  return typeof value === 'object' && value !== null && 'claim' in value && 'deliver' in value
}

async function made(deps: unknown): Promise<unknown> {
  const value: unknown = typeof deps === 'function' ? Reflect.apply(deps, undefined, []) : deps
  return await value
}
