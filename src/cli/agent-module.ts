import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Agent } from '../agent/index.ts'
import { UserError } from '../errors/index.ts'
import type { Model } from '../models/index.ts'
import { importFailure } from './import-failure.ts'

/** What a user's module says about its agent. */
export interface AgentModule {
  readonly agent: Agent<unknown, unknown>
  /** Options for its runs: the module's `deps`, when it has some. */
  readonly options: { readonly deps?: unknown }
}

/**
 * Imports a module of the user, by a path from the working directory.
 *
 * @throws {UserError} when there is no such file, it exports no agent, or this Node cannot run TypeScript
 * @throws what the module throws while it is imported, and what its `deps` throws
 */
export async function loadAgentModule(path: string): Promise<AgentModule> {
  const file = resolve(path)
  if (!existsSync(file)) {
    throw new UserError(`There is no module '${path}'`, {
      hint: 'Give the path of a .ts or .js file that exports an agent',
    })
  }
  const module: unknown = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw importFailure(error, file)
  })
  const exports = new Map(Object.entries(module ?? {}))
  const agent = [exports.get('default'), exports.get('agent')].find(isAgent)
  if (agent === undefined) throw withoutAgent(path, [...exports.keys()])
  return { agent, options: exports.has('deps') ? { deps: await made(exports.get('deps')) } : {} }
}

/** The model an agent runs on when it is given no other; a run knows. @throws {UserError} when it has none */
export function modelOf(agent: Agent<unknown, unknown>): Model {
  return agent.iter(null).ctx.runContext.model
}

function withoutAgent(path: string, names: readonly string[]): UserError {
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

async function made(deps: unknown): Promise<unknown> {
  const value: unknown = typeof deps === 'function' ? Reflect.apply(deps, undefined, []) : deps
  return await value
}
