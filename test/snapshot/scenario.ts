/**
 * Runs that are told by data: what a model says, what its tools do, what people decide, and what goes wrong.
 *
 * Everything that happens follows from the messages and from the `World`, so that a run which is put away and resumed,
 * with a copy of its world, meets the same things as the run that was not.
 */
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { ApprovalRequired, CallDeferred, ModelRetry, ToolFailed } from '../../src/errors/index.ts'
import type { ModelMessage, ResponsePartInput } from '../../src/messages/index.ts'
import { deferredToolRequests, text } from '../../src/output/index.ts'
import type { AgentRun } from '../../src/run/index.ts'
import { FunctionModel, type FunctionModelBody, ManualClock } from '../../src/testing/index.ts'
import { type RunContext, tool, toolReturn } from '../../src/tools/index.ts'
import { externalToolset } from '../../src/toolsets/index.ts'

/** What a tool does when it is called. `crash` and `cancel` do so at the first attempt only. */
export const deeds = [
  'return',
  'rich',
  'retry',
  'fail',
  'crash',
  'cancel',
  'enqueue',
  'ask',
  'defer',
] as const
/** What is said about a call that waits. */
export const sayings = ['approve', 'override', 'deny', 'answer', 'fail', 'expire'] as const
export const toolNames = ['once', 'again', 'alone', 'pay', 'outside', 'helper'] as const

export interface PlannedCall {
  readonly toolName: (typeof toolNames)[number] | 'final_result' | 'nobody'
  readonly does: (typeof deeds)[number]
  readonly says: (typeof sayings)[number]
  /** Turns of the event loop that it takes, in microtasks. */
  readonly ticks: number
  /** Arguments that do not fit. */
  readonly isBad: boolean
  /** Has the id of the call before it. */
  readonly isTwin: boolean
}

export interface Round {
  readonly calls: readonly PlannedCall[]
  readonly text: string | null
  /** What happens when the model is asked for the first time. */
  readonly first: 'answers' | 'fails' | 'is cancelled'
}

/** A run, told beforehand. Plain data. */
export interface Scenario {
  readonly rounds: readonly Round[]
  readonly output: 'text' | 'structured' | 'deferred'
  readonly deferred: 'end' | 'wait'
  readonly endStrategy: 'early' | 'graceful' | 'exhaustive'
  readonly retries: number
  readonly maxConcurrency: number
  readonly onWaitExpired: 'tell-model' | 'fail'
  readonly limits: Readonly<Record<string, number>>
  /** The visits before which messages are enqueued and the run is cancelled. */
  readonly enqueuesAt: number | null
  readonly cancelsAt: number | null
}

/** What is outside of a run. Plain data. */
export interface World {
  nowMs: number
  /** How often the model was asked, by round. */
  readonly asks: Record<number, number>
  /** Tool calls that were begun and that came to their end, in order. */
  readonly begun: string[]
  readonly done: string[]
  /** What happens once in a run and has happened. */
  readonly happened: string[]
}

export function newWorld(): World {
  return { nowMs: Date.UTC(2026, 0, 1), asks: {}, begun: [], done: [], happened: [] }
}

export const waitTimeoutMs = 60_000

/** One telling of a scenario, in one process. */
export class Play {
  readonly scenario: Scenario
  world: World
  clock: ManualClock
  readonly agent: ReturnType<typeof agentFor>
  #run: AgentRun | undefined
  /** Calls without a result that a model was shown. */
  openCalls: string[] = []
  /** Calls that were begun when a model was asked first; from then on it may give an id a second time. */
  begunUnasked: readonly string[] | undefined
  /** Told of every moment at which the run could be put away. */
  onMoment: (name: string) => void = () => {}

  constructor(scenario: Scenario, world: World = newWorld()) {
    this.scenario = scenario
    this.world = world
    this.clock = new ManualClock(world.nowMs)
    this.agent = agentFor(this)
  }

  /** The same once more, in another world; agents are dear. */
  restart(world: World): this {
    this.world = world
    this.clock = new ManualClock(world.nowMs)
    this.openCalls = []
    this.begunUnasked = undefined
    return this
  }

  get run(): AgentRun {
    if (this.#run === undefined) throw new Error('Nothing runs yet')
    return this.#run
  }

  begin(): this {
    const { deferred, endStrategy, retries, maxConcurrency, onWaitExpired, limits } = this.scenario
    this.#run = this.agent.iter('Go', {
      clock: this.clock,
      runId: 'run-1',
      conversationId: 'conversation-1',
      metadata: { tenant: 'acme' },
      modelSettings: { temperature: 0.25, extraHeaders: { authorization: 'secret-token' } },
      instructions: 'Be brief.',
      usageLimits: limits,
      deferred,
      endStrategy,
      retries,
      maxConcurrency,
      onWaitExpired,
      waitTimeoutMs,
    })
    return this
  }

  resume(snapshot: unknown): this {
    const modelSettings = { extraHeaders: { authorization: 'secret-token' } }
    this.#run = this.agent.resume(snapshot, { clock: this.clock, modelSettings })
    return this
  }

  async turnClock(ms: number): Promise<void> {
    this.world.nowMs += ms
    await this.clock.advance(ms)
  }
}

const input = z.object({
  does: z.enum(deeds),
  says: z.enum(sayings),
  ticks: z.number().int().max(20),
})

function agentFor(play: Play) {
  const { output } = play.scenario
  const execute = (given: z.infer<typeof input>, ctx: RunContext): Promise<unknown> =>
    perform(play, given, ctx)
  const tools = [
    tool({ name: 'once', inputSchema: input, execute }),
    tool({ name: 'again', inputSchema: input, execute, onCrash: 'rerun' }),
    tool({ name: 'alone', inputSchema: input, execute, onCrash: 'rerun', sequential: true }),
    tool({ name: 'pay', inputSchema: input, execute, needsApproval: true }),
    helperOf(play).asTool({
      inputSchema: input,
      prompt: (given, { toolCallId }) => JSON.stringify({ toolCallId, args: given }),
    }),
  ]
  return new Agent({
    name: 'player',
    model: new FunctionModel((...asked) => answer(play, ...asked)),
    instructions: 'You are a player.',
    tools,
    toolsets: [externalToolset([outside])],
    output:
      output === 'text'
        ? text
        : output === 'deferred'
          ? [text, deferredToolRequests]
          : [z.object({ n: z.number() }), deferredToolRequests],
  })
}

const outside = {
  name: 'outside',
  description: null,
  parametersJsonSchema: { type: 'object' },
} as const

/** Does what it is asked with a tool of its own, after a person has agreed. */
function helperOf(play: Play) {
  return new Agent({
    name: 'helper',
    model: new FunctionModel((messages) => {
      if (messages.length > 1) return { parts: [{ partKind: 'text', content: 'I helped.' }] }
      const [part] = messages[0]?.parts ?? []
      const asked = order(part?.partKind === 'user-prompt' ? part.content : undefined)
      if (asked === undefined) return { parts: [{ partKind: 'text', content: 'What?' }] }
      const { toolCallId, args } = asked
      const id = `${toolCallId}-below`
      return { parts: [{ partKind: 'tool-call', toolName: 'touch', toolCallId: id, args }] }
    }),
    tools: [
      tool({
        name: 'touch',
        inputSchema: input,
        execute: (given, ctx) => perform(play, given, ctx),
        needsApproval: ({ says }) => says !== 'answer',
      }),
    ],
  })
}

const orderSchema = z.object({ toolCallId: z.string(), args: z.record(z.string(), z.unknown()) })

function order(prompt: unknown): z.infer<typeof orderSchema> | undefined {
  try {
    return orderSchema.parse(JSON.parse(z.string().parse(prompt)))
  } catch {
    return undefined // a snapshot may have been changed
  }
}

async function answer(play: Play, ...[messages, info]: Parameters<FunctionModelBody>) {
  const { scenario, world } = play
  const round = messages.filter(({ kind }) => kind === 'response').length
  const ask = (world.asks[round] ?? 0) + 1
  world.asks[round] = ask
  play.openCalls.push(...openCallsIn(messages))
  play.begunUnasked ??= [...world.begun]
  play.onMoment(`asked in round ${round}`)
  const { first, text: said, calls } = scenario.rounds[round] ?? closing(scenario)
  if (ask === 1 && first === 'fails') throw new Error('The model is down')
  if (ask === 1 && first === 'is cancelled') {
    play.run.cancel('changed my mind')
    play.onMoment(`cancelling in round ${round}`)
    await until(info.signal)
  }
  await ticks(2)
  const parts: ResponsePartInput[] = calls.map((call, index) => partOf(call, calls, round, index))
  if (said !== null) {
    parts.unshift({ partKind: 'text', content: `${said} at ${info.modelSettings.temperature}` })
  }
  return { parts, usage: { inputTokens: 10 + round, outputTokens: 5 + parts.length } }
}

/** Ids of calls that have no result behind them, as often as they have none. */
export function openCallsIn(messages: readonly ModelMessage[]): readonly string[] {
  const open: string[] = []
  for (const { parts } of messages) {
    for (const part of parts) {
      if (part.partKind === 'tool-call') open.push(part.toolCallId)
      const isResult = part.partKind === 'tool-return' || part.partKind === 'retry-prompt'
      if (isResult && open.includes(part.toolCallId)) open.splice(open.indexOf(part.toolCallId), 1)
    }
  }
  return open
}

/** What the model says when it has nothing more to say. */
function closing({ output }: Scenario): Round {
  const end = { does: 'return', says: 'approve', ticks: 0, isBad: false, isTwin: false } as const
  return output === 'structured'
    ? { calls: [{ toolName: 'final_result', ...end }], text: null, first: 'answers' }
    : { calls: [], text: 'done', first: 'answers' }
}

function partOf(
  { toolName, does, says, ticks: taken, isBad }: PlannedCall,
  calls: readonly PlannedCall[],
  round: number,
  index: number,
): ResponsePartInput {
  const isTwin = calls[index]?.isTwin === true && index > 0
  const args =
    toolName === 'final_result'
      ? { n: isBad ? 'x' : round }
      : { does, says, ticks: isBad ? 'x' : taken }
  return {
    partKind: 'tool-call',
    toolName,
    toolCallId: `call-${round}-${isTwin ? index - 1 : index}`,
    args: index % 2 === 0 ? args : JSON.stringify(args),
  }
}

async function perform(
  play: Play,
  { does, ticks: taken }: z.infer<typeof input>,
  ctx: RunContext,
): Promise<unknown> {
  const { world } = play
  const id = `${ctx.toolCallId} ${ctx.toolName}`
  world.begun.push(id)
  play.onMoment(`${id} begins`)
  await ticks(taken)
  if (ctx.signal.aborted) throw ctx.signal.reason
  play.onMoment(`${id} is about to end`)
  if (does === 'crash' && ctx.attempt === 0) throw new Error(`${id} crashed`)
  if (does === 'cancel' && ctx.attempt === 0) ctx.cancel(`${id} cancels`)
  if (does === 'retry') throw new ModelRetry('Once more, please')
  if (does === 'fail') throw new ToolFailed('It does not work')
  if (does === 'ask' && !ctx.toolCallApproved)
    throw new ApprovalRequired({ metadata: { why: 'dear' } })
  if (does === 'defer') throw new CallDeferred({ metadata: { ticket: 7 } })
  if (does === 'enqueue') ctx.enqueue(`A note of ${ctx.toolCallId}`)
  world.done.push(id)
  const value = { id, at: world.nowMs, items: [1, 'two', null] }
  return does === 'rich'
    ? toolReturn({ value, content: ['See this:', 'a thing'], metadata: { source: 'test' } })
    : value
}

async function ticks(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await Promise.resolve()
}

function until(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
