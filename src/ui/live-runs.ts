/**
 * The runs that are driven here.
 *
 * Owns them until the inspector closes; is told what to do by pages; what becomes of them is told by their watches.
 *
 *   L1. A command is answered when it is accepted, not when what it starts is done: a failure shows in the run.
 *   L2. What a page may not do is refused with an error that says why.
 */
import type { ModelMessage, ModelMessageInput } from '../messages/index.ts'
import type { ForkEdits } from '../agent/index.ts'
import { RunBusyError, UserError } from '../errors/index.ts'
import { checkedNode, type NodeOrEnd } from '../nodes/index.ts'
import type { AgentRun } from '../run/index.ts'
import { uuidV7 } from '../steps/index.ts'
import type { Store } from '../store/index.ts'
import { messageBounds } from './bounded.ts'
import type { Hub } from './hub.ts'
import type { InspectedAgent } from './options.ts'
import { overrideArgs } from './override-args.ts'
import type { Command } from './protocol.ts'
import { restored } from './restored.ts'
import { titleOf } from './run-facts.ts'
import { type RunFacts, RunWatch } from './run-watch.ts'
import { isAtWork } from './span-book.ts'
import { loadPast, type PastRun, tellPast } from './stored-session.ts'
import { storedStep } from './stored-step.ts'

type Of<TType extends Command['type']> = Extract<Command, { readonly type: TType }>

/** What concerns one run that is driven here. */
export type RunCommand = Of<'next' | 'drive' | 'cancel' | 'enqueue' | 'approve' | 'deny' | 'answer'>

/** An agent, and what all its runs are given. */
export interface Workshop {
  readonly agent: InspectedAgent
  readonly agentName: string
  readonly options: { readonly store: Store; readonly deps?: unknown }
}

export class LiveRuns {
  readonly #hub: Hub
  readonly #runs = new Map<string, AgentRun>()
  /** Runs that are being taken up: a second time would take them from the first. */
  readonly #opening = new Set<string>()

  constructor(hub: Hub) {
    this.#hub = hub
  }

  get(session: string): AgentRun | undefined {
    return this.#runs.get(session)
  }

  start({ agent, agentName, options }: Workshop, { prompt, drive }: Of<'start'>): string {
    const runId = uuidV7(Date.now())
    const facts = { id: runId, title: titleOf(prompt), agentName, forkedFrom: null }
    return this.#watched(facts, drive, (inspect) =>
      agent.iter(prompt, { ...options, runId, inspect, deferred: 'wait' }),
    )
  }

  async resume(
    { agent, agentName, options }: Workshop,
    { runId, drive }: Of<'resume'>,
  ): Promise<string> {
    const isHere = this.#runs.has(runId) || this.#opening.has(runId)
    if (isHere) throw new UserError('The run is driven here already')
    this.#opening.add(runId)
    try {
      const past = await loadPast(options.store, runId, () => [])
      const { title } = past.summary
      const run = { id: runId, title, agentName, forkedFrom: null }
      const load: Open = (inspect) => agent.load(runId, { ...options, inspect })
      return await this.#watchedLater(run, drive, load, past)
    } finally {
      this.#opening.delete(runId)
    }
  }

  async fork(
    { agent, agentName, options }: Workshop,
    { session, visit, node, drive }: Of<'fork'>,
  ): Promise<string> {
    const { seq, title, before } = await storedStep(options.store, session, visit)
    const runId = uuidV7(Date.now())
    const facts = { id: runId, title: titleOf(title), agentName, forkedFrom: { session, visit } }
    const edits = node === undefined ? {} : { edits: editsFor(node, before) }
    return this.#watchedLater(facts, drive, (inspect) =>
      agent.fork(session, { ...options, seq, runId, ...edits, inspect }),
    )
  }

  /** Does what concerns one run. @throws what is wrong with the command */
  async perform(run: AgentRun, command: RunCommand): Promise<void> {
    switch (command.type) {
      case 'next':
        return next(run, command.node)
      case 'drive':
        return driveOn(run, command.drive)
      case 'cancel':
        return run.cancel(command.reason)
      case 'enqueue':
        return void run.enqueue(command.text)
      case 'approve':
        return run.approve(command.toolCallId, {
          ...addressOf(command),
          ...overrideArgs(command, run.waitingFor),
        })
      case 'deny':
        return run.deny(command.toolCallId, command.message, addressOf(command))
      case 'answer':
        return run.answer(command.toolCallId, command.result, addressOf(command))
    }
  }

  /** Lets go of one run. */
  async drop(session: string): Promise<void> {
    const run = this.#runs.get(session)
    this.#runs.delete(session)
    await run?.dispose()
  }

  /** Lets go of all runs; those that are stored can go on elsewhere. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#runs.keys()].map((session) => this.drop(session)))
  }

  #watched(facts: RunFacts, mode: Drive, open: (inspect: RunWatch['inspect']) => AgentRun): string {
    const watch = new RunWatch(this.#hub, facts)
    try {
      return this.#opened(watch, open(watch.inspect), facts, mode)
    } catch (error) {
      this.#hub.drop(facts.id)
      throw error
    }
  }

  async #watchedLater(facts: RunFacts, mode: Drive, open: Open, past?: PastRun): Promise<string> {
    if (past !== undefined) tellPast(this.#hub, past)
    const watch = new RunWatch(this.#hub, facts, past !== undefined)
    try {
      return this.#opened(watch, await open(watch.inspect), facts, mode)
    } catch (error) {
      this.#hub.drop(facts.id)
      throw error
    }
  }

  #opened(watch: RunWatch, run: AgentRun, { id }: RunFacts, mode: Drive): string {
    this.#runs.set(id, run)
    watch.attach(run)
    if (mode === 'auto') driveOn(run, 'auto')
    return id
  }
}

type Drive = 'auto' | 'step'
/** Makes a run that is not there at once. */
type Open = (inspect: RunWatch['inspect']) => Promise<AgentRun>

/** Runs the pending node; resolves as soon as it is at work. */
async function next(run: AgentRun, edited: unknown): Promise<void> {
  const step = edited === undefined ? run.next() : run.next(nodeFor(run, edited))
  step.catch(() => {}) // the run rests with its failure, which its watch tells
  if (!isAtWork(run.actor.getSnapshot().value)) await step // it did not get so far
}

/** The node that a page sends for the pending one. */
function nodeFor(run: AgentRun, edited: unknown): NodeOrEnd {
  const { nextNode } = run
  const node = checkedNode(restored(edited, nextNode, messageBounds))
  return { ...node, runId: run.runId, visit: nextNode.visit ?? 0 }
}

/** `auto` also tries a step again that has failed. */
function driveOn(run: AgentRun, mode: Drive): void {
  if (run.nextNode.kind === 'end') throw new UserError('The run has ended')
  run.actor.send({ type: 'drive', drive: mode })
  if (mode === 'step' || isAtWork(run.actor.getSnapshot().value)) return
  run.next().catch((error: unknown) => {
    if (error instanceof RunBusyError) return // it is at work: nothing to do
  })
}

/** A node that was changed, as edits of a fork that stands there. */
function editsFor(edited: unknown, before: NodeOrEnd): ForkEdits {
  const node = checkedNode(restored(edited, before, messageBounds))
  if (node.kind !== before.kind) {
    throw new UserError(`The fork stands at '${before.kind}', the node is '${node.kind}'`)
  }
  if (node.kind === 'user-prompt') return { prompt: node.userPrompt }
  const message: ModelMessageInput = node.kind === 'model-request' ? node.request : node.response
  return {
    messages: (messages: readonly ModelMessage[]) => [...messages.slice(0, -1), message],
  }
}

function addressOf({ index, path }: Of<'approve' | 'deny' | 'answer'>) {
  return { ...(index !== undefined && { index }), ...(path !== undefined && { path }) }
}
