import { type AgentContext, isSettled, settleInFlight } from '../../machines/index.ts'
import { DepsMissingError, SnapshotMismatchError, type SnapshotMismatch } from '../errors/index.ts'
import { messagesOf, toolCallsOf } from '../messages/index.ts'
import { type KeepStart, readRunsBelow, type RunStart } from '../run/index.ts'
import type { Requirements, RunTerms, SavedRun } from '../snapshot/index.ts'
import type { AgentPlan } from './agent-plan.ts'
import { agentBehind } from './as-tool.ts'
import type { AcceptedDifferences, RunOptions } from './options.ts'
import {
  type DriveOptions,
  keepFor,
  type MergedOptions,
  setUpRun,
  type SetUp,
} from './run-setup.ts'
import { outputMark, termsOf } from './terms.ts'

/** What a run that was put away is taken up with. */
export interface Resumption {
  readonly plan: AgentPlan
  readonly saved: SavedRun
  /** All options: the agent's, those that were saved, those given now. */
  readonly options: MergedOptions
  /** The options of the run itself: those that were saved, those given now. */
  readonly own: readonly RunOptions<unknown>[]
  /** The options given now, as they are. */
  readonly now: RunOptions<unknown>
  readonly accept: AcceptedDifferences
  readonly drive: DriveOptions
  /** What its store knows of it already; `undefined` for a run that is new there, or has none. */
  readonly stored?: Pick<KeepStart, 'kept' | 'forkedFrom'> | undefined
  /** Whether deps that the run needs may be given later: it rests until then. Default `false`. */
  readonly mayLackDeps?: boolean
}

/** A run from where it was put away. @throws {SnapshotMismatchError} when it does not fit the agent */
export function resumeRun(resumption: Resumption): RunStart {
  const { saved, options, drive } = resumption
  const keep = keepFor(options)
  const setUp = setUpFor(resumption)
  const mismatches = mismatchesOf(resumption, setUp)
  const lacksDeps = resumption.mayLackDeps === true && mismatches.some(isAboutDeps)
  if (mismatches.some((mismatch) => !lacksDeps || !isAboutDeps(mismatch))) {
    throw new SnapshotMismatchError(mismatches)
  }
  const { clock, timeouts } = setUp
  const nowMs = clock.now()
  const deadline =
    timeouts.run === undefined ? saved.context.deadline : { at: nowMs + timeouts.run }
  const { metadata, conversationId, runId, usage } = saved.context
  const context = {
    ...settleInFlight(readRunsBelow(saved.context), new Date(nowMs).toISOString()),
    deadline,
    drive: drive.drive,
    onFailure: drive.onFailure,
    isStored: options.store !== undefined || drive.below?.isStored === true,
    ...(lacksDeps && { failure: { error: new DepsMissingError(), isFinal: true } }),
  }
  const { setup, meter } = setUp
  const terms = termsOf(resumption.plan, resumption.own, setup, meter)
  return {
    ...setUp,
    terms: (now) =>
      lacksDeps && setup.deps === undefined ? saved.terms : withOpenCalls(terms(), setup, now),
    resumed: { state: saved.state, context },
    history: messagesOf(saved.log),
    below: drive.below,
    keep: keep && { ...keep, ...resumption.stored },
    isStreamed: drive.isStreamed ?? false,
    input: {
      drive: drive.drive,
      onFailure: drive.onFailure,
      node: { kind: 'user-prompt', userPrompt: null }, // where it is, `resumed` says
      metadata,
      conversationId,
      runId,
      usage,
    },
  }
}

/** In what a run that was put away and an agent differ; empty when it can be resumed. */
export function findMismatches(resumption: Resumption): readonly SnapshotMismatch[] {
  return mismatchesOf(resumption, setUpFor(resumption))
}

function setUpFor({ plan, options, saved, accept }: Resumption): SetUp {
  const setUp = setUpRun(plan, options, saved.context.usage)
  const renamedTools = new Map(Object.entries(accept.tools ?? {}))
  return { ...setUp, setup: { ...setUp.setup, renamedTools, accept } }
}

function mismatchesOf(resumption: Resumption, { setup }: SetUp): readonly SnapshotMismatch[] {
  const { plan, saved, accept } = resumption
  const { terms } = saved
  return [
    ...(accept.agent === true ? [] : otherAgent(terms.agent, plan.options.name ?? null)),
    ...missingTools(terms.requires, setup.toolset.toolNames ?? [], accept.tools ?? {}),
    ...(accept.output === true ? [] : otherOutput(terms.requires, outputMark(setup.output))),
    ...terms.requires.given.flatMap((name) => (isGiven(name, resumption) ? [] : [notGiven(name)])),
    ...mismatchesBelow(resumption),
  ]
}

/** Of the runs below calls, as far as the tools of the agent itself are other agents. */
function mismatchesBelow({
  plan,
  saved,
  options,
  accept,
}: Resumption): readonly SnapshotMismatch[] {
  const { ledger } = saved.context
  if (ledger.every(({ nested }) => nested === undefined)) return []
  readRunsBelow(saved.context) // what cannot be read is refused with its place
  const { tools = [] } = plan.options
  const { deps } = options
  return ledger.flatMap(({ nested, toolName }) => {
    const now = nameNow(toolName, accept)
    const tool = tools.find(({ definition }) => definition.name === now)
    const agent = tool && agentBehind(tool)
    if (nested === undefined || agent === undefined) return []
    const found = agent.check(nested.snapshot, { accept, ...(deps !== undefined && { deps }) })
    return found.map((each) => ({ ...each, message: `below '${toolName}', ${each.message}` }))
  })
}

function nameNow(toolName: string, { tools = {} }: AcceptedDifferences): string | null {
  return Object.hasOwn(tools, toolName) ? (tools[toolName] ?? null) : toolName
}

/** A call that is open keeps the name by which it was made: whoever takes it up again has to know what it is now. */
function withOpenCalls(
  terms: RunTerms,
  { renamedTools }: SetUp['setup'],
  context: AgentContext | undefined,
): RunTerms {
  if (renamedTools.size === 0 || context?.node.kind !== 'call-tools') return terms
  const { ledger, node } = context
  const open = toolCallsOf(node.response).filter((_, index) => {
    const entry = ledger[index]
    return entry === undefined || !isSettled(entry.state)
  })
  const names = open.map(({ toolName }) => toolName).filter((name) => renamedTools.has(name))
  const tools = [...new Set([...terms.requires.tools, ...names])]
  return { ...terms, requires: { ...terms.requires, tools } }
}

function isAboutDeps({ kind, name }: SnapshotMismatch): boolean {
  return kind === 'option' && name === 'deps'
}

function otherAgent(was: string | null, is: string | null): readonly SnapshotMismatch[] {
  if (was === is) return []
  const name = was ?? ''
  const told = (agent: string | null) => (agent === null ? 'an agent without a name' : `'${agent}'`)
  const message = `it is a run of ${told(was)} and this is ${told(is)} (\`accept: { agent: true }\` takes it all the same)`
  return [{ kind: 'agent', name, message }]
}

function missingTools(
  { tools }: Requirements,
  known: readonly string[],
  renamed: NonNullable<AcceptedDifferences['tools']>,
): readonly SnapshotMismatch[] {
  const names = new Map(Object.entries(renamed))
  return tools.flatMap((name): readonly SnapshotMismatch[] => {
    const now = names.has(name) ? (names.get(name) ?? null) : name
    if (now === null || known.includes(now)) return []
    const was = now === name ? '' : ` (now '${now}')`
    const message = `the tool '${name}'${was} is missing (\`accept: { tools: { '${name}': 'its new name' } }\`, or null when it is gone)`
    return [{ kind: 'tool', name, message }]
  })
}

function otherOutput({ output }: Requirements, now: string): readonly SnapshotMismatch[] {
  if (output === now) return []
  const message = `its output was declared as ${output}, now it is ${now} (\`accept: { output: true }\` takes it all the same)`
  return [{ kind: 'output', name: output, message }]
}

function notGiven(name: string): SnapshotMismatch {
  return { kind: 'option', name, message: `the option \`${name}\` is to be given again` }
}

/**
 * What is bound by `with` stands in for no option that the run was given, since nobody knows which of the two it is; deps
 * apart. A revived actor is given nothing: for that, all that is bound counts, unless it is what was saved.
 */
function isGiven(name: string, { now, options, mayLackDeps, saved }: Resumption): boolean {
  const isBound = name === 'deps' || mayLackDeps === true
  const value: unknown = Reflect.get(isBound ? options : now, name)
  if (!Array.isArray(value)) return value !== undefined
  const kept: unknown = isBound ? (Reflect.get(saved.terms.options, name) ?? []) : []
  return value.length > (Array.isArray(kept) ? kept.length : 1)
}
