/**
 * Does what pages ask for.
 *
 * Owns the runs that are driven here; reads the store, and delivers to its runs what is said about them.
 */
import { RunNotFoundError, UserError } from '../errors/index.ts'
import {
  type InboxEvent,
  type RunRecord,
  type RunStatus,
  runStatuses,
  type Store,
} from '../store/index.ts'
import { errorInfo } from './actor-watch.ts'
import type { Hub } from './hub.ts'
import { LiveRuns, type RunCommand, type Workshop } from './live-runs.ts'
import type { InspectedAgent } from './options.ts'
import { overrideArgs } from './override-args.ts'
import type { Command, CommandResult } from './protocol.ts'
import { storedCommands } from './run-facts.ts'
import { loadPast, storedSummary, tellPast } from './stored-session.ts'

/** What a command that succeeded tells besides. */
type Done = Omit<Extract<CommandResult, { readonly ok: true }>, 'ok'>

export interface DeskOptions {
  readonly agents: ReadonlyMap<string, InspectedAgent>
  readonly deps: unknown
  readonly store: Store
  /** Whether nobody else knows the store: what is not shown any more is forgotten. */
  readonly ownsStore: boolean
}

export class Desk {
  readonly #hub: Hub
  readonly #options: DeskOptions
  readonly #live: LiveRuns
  /** Stored runs that are shown, by when they were last saved. */
  readonly #shown = new Map<string, string>()

  constructor(hub: Hub, options: DeskOptions) {
    this.#hub = hub
    this.#options = options
    this.#live = new LiveRuns(hub)
  }

  /** Does it, and tells what came of it; never throws. */
  async perform(command: Command): Promise<CommandResult> {
    try {
      return { ok: true, ...(await this.#result(command)) }
    } catch (error) {
      return { ok: false, error: errorInfo(error) }
    }
  }

  /** Lets go of a session that made room for others. */
  drop(session: string): void {
    this.#shown.delete(session)
    void this.#forget(session).catch(() => {}) // nobody looks at it any more
  }

  /** Tells anew what has changed of the stored runs that are shown. */
  async refresh(): Promise<void> {
    for (const [runId, updatedAt] of this.#shown) {
      const record = await this.#options.store.record(runId).catch(gone)
      if (record === null) {
        this.#shown.delete(runId)
        this.#hub.drop(runId)
      } else if (keyOf(record) !== updatedAt && this.#live.get(runId) === undefined)
        await this.#show(runId)
    }
  }

  close(): Promise<void> {
    return this.#live.close()
  }

  async #forget(session: string): Promise<void> {
    await this.#live.drop(session)
    if (this.#options.ownsStore) await this.#options.store.delete(session)
  }

  async #result(command: Command): Promise<Done> {
    switch (command.type) {
      case 'start':
        return { session: this.#live.start(this.#workshop(command.agent), command) }
      case 'resume': {
        const { agentName } = await this.#options.store.record(command.runId)
        return { session: await this.#resume(this.#workshop(agentName), command) }
      }
      case 'fork': {
        const { agentName } = await this.#options.store.record(command.session)
        return { session: await this.#live.fork(this.#workshop(agentName), command) }
      }
      case 'open':
        if (this.#live.get(command.runId) === undefined) await this.#show(command.runId)
        return { session: command.runId }
      case 'search':
        return { sessions: await this.#search(command) }
      case 'next':
      case 'drive':
      case 'cancel':
      case 'enqueue':
      case 'approve':
      case 'deny':
      case 'answer':
        return this.#steer(command)
    }
  }

  async #resume(workshop: Workshop, command: Extract<Command, { type: 'resume' }>) {
    const { runId } = command
    const wasShown = this.#shown.delete(runId)
    try {
      return await this.#live.resume(workshop, command)
    } catch (error) {
      if (wasShown && this.#live.get(runId) === undefined) await this.#show(runId)
      throw error
    }
  }

  async #steer(command: RunCommand): Promise<Done> {
    const { session } = command
    const run = this.#live.get(session)
    if (run !== undefined) {
      await this.#live.perform(run, command)
    } else {
      await this.#deliver(command)
      await this.#show(session)
    }
    return { session }
  }

  /** To a run that is driven elsewhere, or by nobody. */
  async #deliver(command: RunCommand): Promise<void> {
    const { store } = this.#options
    const isEdited = command.type === 'approve' && command.overrideArgs !== undefined
    const edits = isEdited ? overrideArgs(command, (await store.load(command.session)).awaits) : {}
    await store.deliver(command.session, deliveryOf({ ...command, ...edits }))
  }

  async #search({ text, status, limit }: Extract<Command, { type: 'search' }>) {
    const { runs } = await this.#options.store.list({
      search: text,
      limit: Math.min(Math.max(limit, 1), 200),
      ...(status !== null && { status: statusNamed(status) }),
    })
    return runs.map((record) => this.#hub.session(record.runId)?.summary ?? this.#summary(record))
  }

  async #show(runId: string): Promise<void> {
    const { store } = this.#options
    const record = await store.record(runId)
    const past = await loadPast(store, runId, (status) => this.#commands(record, status))
    this.#shown.set(runId, keyOf(record))
    tellPast(this.#hub, past)
  }

  #summary(record: RunRecord) {
    return storedSummary(record, (status) => this.#commands(record, status))
  }

  #commands({ agentName }: RunRecord, status: Parameters<typeof storedCommands>[0]) {
    return storedCommands(status, this.#agentFor(agentName) !== undefined)
  }

  /** The agent of this name; without one, the agent that has none, or the first. */
  #agentFor(name: string | null): readonly [name: string, agent: InspectedAgent] | undefined {
    const { agents } = this.#options
    if (name === null) {
      const [first] = agents
      return [...agents].find(([, agent]) => agent.name === undefined) ?? first
    }
    const agent = agents.get(name)
    return agent && [name, agent]
  }

  #workshop(name: string | null): Workshop {
    const found = this.#agentFor(name)
    const { agents, deps, store } = this.#options
    if (found === undefined) {
      const names = [...agents.keys()].map((each) => `'${each}'`).join(', ')
      throw new UserError(`There is no agent ${name === null ? 'here' : `'${name}'`}`, {
        hint:
          names === ''
            ? 'Start the inspector with the module of your agents'
            : `There are: ${names}`,
      })
    }
    const [agentName, agent] = found
    return { agent, agentName, options: { store, ...(deps !== undefined && { deps }) } }
  }
}

function keyOf({ seq, status, owner, updatedAt }: RunRecord): string {
  return JSON.stringify([seq, status, owner, updatedAt])
}

function gone(error: unknown): null {
  if (error instanceof RunNotFoundError) return null
  throw error
}

function statusNamed(name: string): RunStatus {
  const status = runStatuses.find((each) => each === name)
  if (status !== undefined) return status
  throw new UserError(`There is no status '${name}'`, {
    hint: `There are: ${runStatuses.join(', ')}`,
  })
}

/** What is said to a run that is driven elsewhere, or by nobody. */
function deliveryOf(command: RunCommand): InboxEvent {
  if (command.type === 'next' || command.type === 'drive') {
    throw new UserError('The run is not driven here', { hint: 'Resume it first' })
  }
  if (command.type === 'cancel')
    return { type: 'cancel', ...(command.reason !== undefined && { reason: command.reason }) }
  if (command.type === 'enqueue') return { type: 'enqueue', content: command.text }
  const { toolCallId, index, path } = command
  const address = {
    toolCallId,
    ...(index !== undefined && { index }),
    ...(path !== undefined && { path }),
  }
  if (command.type === 'deny') {
    const { message } = command
    return { type: 'tool-call-denied', ...address, ...(message !== undefined && { message }) }
  }
  if (command.type === 'answer')
    return { type: 'tool-call-answered', ...address, result: command.result }
  const { overrideArgs: args } = command
  return { type: 'tool-call-approved', ...address, ...(args && { overrideArgs: args }) }
}
