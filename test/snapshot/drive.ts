/** How a `Play` is driven to its end, also from where another one was put away. */
import { UnexpectedModelBehavior, UsageLimitExceeded, UserError } from '../../src/errors/index.ts'
import type { RunUsage } from '../../src/index.ts'
import type { AwaitedCall } from '../../src/snapshot/index.ts'
import { type Play, type sayings, waitTimeoutMs } from './scenario.ts'

/** What a run has come to. */
export interface Outcome {
  readonly kind: 'ended' | 'failed'
  readonly output: unknown
  readonly messages: string
  readonly newMessages: string
  readonly usage: RunUsage
  readonly metadata: unknown
  /** Ids of tool calls in the last response that have no result. */
  readonly visit: number
}

export interface DriveOptions {
  /** What is decided is said before the run goes on, rather than while it waits. */
  readonly decidesAtRest?: boolean
}

const mostSteps = 30
const mostTurns = 60
const noLimits = {
  requestLimit: null,
  toolCallsLimit: null,
  outputTokensLimit: null,
  inputTokensLimit: null,
} as const

/** Drives a run until it ends, or fails in a way that trying again cannot change. */
export async function drive(play: Play, options: DriveOptions = {}): Promise<Outcome> {
  const { run } = play
  let isRaised = false
  for (let step = 0; step < mostSteps; step += 1) {
    const isOver: boolean = run.nextNode.kind === 'end'
    if (isOver) {
      play.onMoment('at the end')
      return outcomeOf(play, 'ended', run.result?.output)
    }
    meddle(play)
    play.onMoment(`at rest before ${run.nextNode.kind}`)
    if (options.decidesAtRest === true) for (const call of run.waitingFor) await decide(play, call)
    const error = await stepOf(play, isRaised)
    isRaised = false
    if (error === undefined) continue
    play.onMoment(`after a failure in ${run.nextNode.kind}`)
    const isRaisable = error instanceof UsageLimitExceeded && !play.world.happened.includes('raise')
    if (isRaisable) isRaised = true
    else if (isFinal(error)) return outcomeOf(play, 'failed', facts(error))
  }
  throw new Error('The run does not come to an end')
}

function isFinal(error: unknown): boolean {
  return (
    error instanceof UserError ||
    error instanceof UnexpectedModelBehavior ||
    error instanceof UsageLimitExceeded
  )
}

/** What is done to the run from outside. */
function meddle({ run, scenario, world: { happened } }: Play): void {
  const { visit } = run.ctx.state
  const isDue = (what: string, at: number | null): boolean => {
    if (at === null || visit < at || happened.includes(what)) return false
    happened.push(what)
    return true
  }
  if (isDue('enqueue', scenario.enqueuesAt)) {
    run.enqueue('By the way…')
    run.enqueue('When you are done…', { priority: 'when_idle' })
  }
  if (isDue('cancel', scenario.cancelsAt)) run.cancel('from outside')
}

/** Runs one node; decides what it waits for. Tells what it failed with. */
async function stepOf(play: Play, isRaised: boolean): Promise<unknown> {
  const { run } = play
  if (isRaised) play.world.happened.push('raise')
  const moved = run.next(undefined, isRaised ? { usageLimits: noLimits } : {}).then(
    () => ({ error: undefined }),
    (error: unknown) => ({ error: error ?? new Error('Nothing was thrown') }),
  )
  for (let turn = 0; turn < mostTurns; turn += 1) {
    const end = await Promise.race([moved, nextTurn()])
    if (end !== undefined) return end.error
    const calls = run.waitingFor
    const call = calls.find((each) => said(play, each) !== 'expire') ?? calls[0]
    if (call === undefined) continue
    play.onMoment('waiting')
    await decide(play, call)
  }
  throw new Error(`It hangs in ${JSON.stringify(run.actor.getSnapshot().value)}`)
}

/** A turn of the event loop: whatever waits for nobody outside has gone on. */
export function nextTurn(): Promise<undefined> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(undefined))
  })
}

function said(play: Play, call: AwaitedCall): (typeof sayings)[number] {
  const args: unknown = typeof call.args === 'string' ? JSON.parse(call.args) : call.args
  const says: unknown = typeof args === 'object' && args !== null && Reflect.get(args, 'says')
  const isLate = says === 'expire' && play.world.happened.includes(`expired ${call.toolCallId}`)
  if (says === 'expire' && !isLate) return says
  if (call.awaits === 'answer') return says === 'fail' ? 'fail' : 'answer'
  return says === 'override' || says === 'deny' ? says : 'approve'
}

async function decide(play: Play, call: AwaitedCall): Promise<void> {
  const { run } = play
  const { toolCallId, index, path } = call
  const options = { index, path, by: 'Ada' }
  switch (said(play, call)) {
    case 'approve':
      return run.approve(toolCallId, options)
    case 'override':
      return run.approve(toolCallId, {
        ...options,
        overrideArgs: { does: 'return', says: 'approve', ticks: 1 },
      })
    case 'deny':
      return run.deny(toolCallId, 'No.', options)
    case 'answer':
      return run.answer(toolCallId, { from: 'outside', n: 1 }, options)
    case 'fail':
      return run.answer(toolCallId, { kind: 'tool-failed', message: 'Nobody is in.' }, options)
    case 'expire':
      play.world.happened.push(`expired ${toolCallId}`)
      await play.turnClock(waitTimeoutMs)
  }
}

function outcomeOf(play: Play, kind: Outcome['kind'], output: unknown): Outcome {
  const { run } = play
  return {
    kind,
    output,
    messages: normal(run.allMessagesJson()),
    newMessages: normal(run.newMessagesJson()),
    usage: run.usage,
    metadata: run.metadata,
    visit: run.ctx.state.visit,
  }
}

/** Ids that the product makes up are all alike. */
function normal(json: Uint8Array): string {
  return new TextDecoder().decode(json).replaceAll(/pyd_ai_[0-9a-f]{32}/g, 'pyd_ai_x')
}

function facts(error: unknown): unknown {
  return error instanceof Error ? { name: error.name, message: error.message } : error
}
