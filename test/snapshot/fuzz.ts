/** Snapshots that were changed by chance: refused with a clear error, or a legal run, whatever was changed. */
import fc from 'fast-check'
import { isSettled } from '../../machines/tool-call.machine.ts'
import { AgentError } from '../../src/errors/index.ts'
import { messagesFromJson } from '../../src/messages/index.ts'
import { readSnapshot } from '../../src/snapshot/index.ts'
import { nextTurn } from './drive.ts'
import { type Moment, playedWhole } from './moments.ts'
import { below, chanceFrom, type Mutation, mutated, mutationsFor } from './mutate.ts'
import { Play } from './scenario.ts'
import { scenarios } from './scenarios.ts'

/** What came of many tries. */
export interface FuzzReport {
  readonly tries: number
  /** How often what happened: refused by an error of this name, or resumed and where it came to. */
  readonly counts: Readonly<Record<string, number>>
  readonly failures: readonly FuzzFailure[]
}

/** A try that did what may never happen. */
export interface FuzzFailure {
  /** The number of the try; the seed and this number do it again. */
  readonly index: number
  readonly moment: string
  readonly error: unknown
  /** The fewest of its changes that are enough. */
  readonly mutations: readonly Mutation[]
}

export interface FuzzOptions {
  readonly seed: number
  readonly count: number
  /** The first try. Default 0. */
  readonly from?: number
  /** Generated runs whose snapshots are changed. Default 40. */
  readonly scenarios?: number
  /** Failures after which it stops. Default 1. */
  readonly mostFailures?: number
  readonly onProgress?: (done: number) => void
}

interface Sample extends Moment {
  readonly play: Play
  readonly document: unknown
}

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, count, from = 0, mostFailures = 1, onProgress } = options
  const samples = await samplesFor(seed, options.scenarios ?? 40)
  const documents = samples.map(({ document }) => document)
  const counts: Record<string, number> = {}
  const failures: FuzzFailure[] = []
  let tries = 0
  for (let index = from; index < from + count && failures.length < mostFailures; index += 1) {
    const chance = chanceFrom(seed * 1_000_003 + index)
    const sample = samples[below(chance, samples.length)]
    if (sample === undefined) throw new Error('There are no snapshots')
    const mutations = mutationsFor(chance, sample.document, documents)
    const result = await tried(sample, mutations)
    counts[result.name] = (counts[result.name] ?? 0) + 1
    if (result.error !== undefined)
      failures.push(await smallest({ index, sample, mutations, result }))
    tries += 1
    if (tries % 10_000 === 0) onProgress?.(tries)
  }
  return { tries, counts, failures }
}

/** Snapshots of generated runs at all moments; the same ones for the same seed. */
async function samplesFor(seed: number, count: number): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  for (const scenario of fc.sample(scenarios, { seed, numRuns: count })) {
    const { moments } = await playedWhole(scenario)
    const play = new Play(scenario)
    for (const moment of moments) {
      const json = moment.json.replaceAll(/pyd_ai_[0-9a-f]{32}/g, 'pyd_ai_x')
      samples.push({ ...moment, json, play, document: JSON.parse(json) })
    }
  }
  return samples
}

interface Tried {
  readonly name: string
  /** What may never happen. */
  readonly error?: unknown
}

async function smallest(failure: {
  readonly index: number
  readonly sample: Sample
  readonly mutations: readonly Mutation[]
  readonly result: Tried
}): Promise<FuzzFailure> {
  const { index, sample } = failure
  let { mutations, result } = failure
  for (let i = mutations.length - 1; i >= 0; i -= 1) {
    const fewer = mutations.toSpliced(i, 1)
    const again = await tried(sample, fewer)
    if (again.error === undefined) continue
    mutations = fewer
    result = again
  }
  return { index, moment: sample.name, error: result.error, mutations }
}

async function tried(sample: Sample, mutations: readonly Mutation[]): Promise<Tried> {
  try {
    const play = sample.play.restart(structuredClone(sample.world))
    const snapshot = mutated(sample.json, mutations)
    const refused = refusal(play, snapshot)
    if (refused !== undefined) return { name: `refused: ${refused.name}` }
    const over = namesOfOver(play)
    refuseIllegal(play, over)
    const end = await followed(play)
    refuseIllegal(play, over)
    return { name: `resumed: ${end}` }
  } catch (error) {
    return { name: 'broken', error: error ?? new Error('Nothing was thrown') }
  }
}

/** Resumes; tells why that is refused. @throws what is no clear refusal */
function refusal(play: Play, snapshot: unknown): Error | undefined {
  try {
    play.resume(snapshot)
  } catch (error) {
    if (!(error instanceof AgentError)) throw error
    return error
  }
  return undefined
}

const mostSteps = 12
const mostTurns = 60

/** Drives a run as far as it goes. @throws what no legal run does */
async function followed(play: Play): Promise<string> {
  const { run } = play
  const failure = run.ctx.state.failure?.error
  let failed = 0
  for (let step = 0; step < mostSteps; step += 1) {
    const isOver: boolean = run.nextNode.kind === 'end'
    if (isOver) return 'ended'
    const end = await oneStep(play)
    if (end === 'waiting') return 'waiting'
    if (end.error === undefined) continue
    refuseCrash(end.error, failure)
    failed += 1
    if (failed === 3) return 'rested'
  }
  return 'went on'
}

/** What holds whenever a run rests: it can be put away, read again and shown, and nothing was done that may not be. */
function refuseIllegal(
  { run, openCalls, world, begunUnasked }: Play,
  over: ReadonlySet<string>,
): void {
  readSnapshot(JSON.parse(JSON.stringify(run.snapshot())))
  messagesFromJson(run.allMessagesJson())
  if (openCalls.length > 0) throw new Error(`Sent with open calls: ${openCalls.join()}`)
  const again = (begunUnasked ?? world.begun).find((name) => over.has(name))
  if (again !== undefined) throw new Error(`A call that was over ran again: ${again}`)
}

/** Calls that are over, where no other call could be taken for them. */
function namesOfOver({ run, world }: Play): ReadonlySet<string> {
  const { ledger } = run.ctx.state
  world.begun.length = 0
  const names = ledger.map(({ toolCallId, toolName }) => `${toolCallId} ${toolName}`)
  const later = names.filter((name, index) => names.indexOf(name) !== index)
  const over = names.filter((_, index) => isSettled(ledger[index]?.state ?? 'requested'))
  return new Set(over.filter((name) => !later.includes(name)))
}

/** Errors that are ours are meant; of others only those that the scenario's model and tools throw. */
function refuseCrash(error: unknown, saved: unknown): void {
  if (error instanceof AgentError || error === saved) return
  const message = error instanceof Error ? error.message : ''
  const isMeant = message === 'The model is down' || message.endsWith(' crashed')
  if (!isMeant || error instanceof TypeError || error instanceof RangeError) throw error
}

/** Runs one node: what it failed with, or that nobody can say what it waits for. */
async function oneStep(play: Play): Promise<'waiting' | { readonly error: unknown }> {
  const { run, clock } = play
  const moved = run.next().then(
    () => ({ error: undefined }),
    (error: unknown) => ({ error: error ?? new Error('Nothing was thrown') }),
  )
  let verdicts = 0
  for (let turn = 0; turn < mostTurns; turn += 1) {
    const end = await Promise.race([moved, nextTurn()])
    if (end !== undefined) return end
    if (run.waitingFor.length === 0) {
      if (clock.pendingTimers > 0) await play.turnClock(600_000)
      continue
    }
    if (verdicts > 8 || (await decided(play, verdicts)) === undefined) {
      run.cancel()
      await clock.advance(600_000)
      await moved
      return 'waiting'
    }
    verdicts += 1
  }
  throw new Error(`It hangs in ${JSON.stringify(run.actor.getSnapshot().value)}`)
}

/** Says something about the first call that waits; `undefined` when that is refused. */
async function decided({ run }: Play, count: number): Promise<true | undefined> {
  const [call] = run.waitingFor
  if (call === undefined) return undefined
  const { toolCallId, index, path } = call
  try {
    if (call.awaits === 'answer') await run.answer(toolCallId, { n: 1 }, { index, path })
    else if (count % 3 === 2) await run.deny(toolCallId, 'No.', { index, path })
    else await run.approve(toolCallId, { index, path })
    return true
  } catch (error) {
    if (error instanceof AgentError) return undefined
    throw error
  }
}
