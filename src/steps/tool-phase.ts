/**
 * The tool phase: one response's calls, from first look to results.
 *
 * Owns the calls and the parts that answer them. Is driven by `callTools`; tells the chart what happens to each call.
 *
 *   P1. A call that was settled before, in an earlier try of this phase, keeps its result and does not run again.
 *   P2. Parts stand in the order of the response within what ran together, then what tools say besides their results.
 *   P3. The chart knows that a call is running before it runs, and that it is settled soon after.
 *   P4. Nothing is reported, counted or emitted once the phase is closed.
 *   P5. It leads on only with a result for every call, or to an end that names the calls without one.
 */
import type {
  CallFacts,
  CallMove,
  CallWait,
  StepOutcome,
  ToolCallEventType,
  ToolRetries,
} from '../../machines/index.ts'
import { UnexpectedModelBehavior } from '../errors/index.ts'
import {
  append,
  type DeferredToolRequests,
  type ModelMessage,
  type ModelRequest,
  type RequestPart,
  RetryPromptPart,
  UserPromptPart,
} from '../messages/index.ts'
import { type CallToolsNode, End, type FinalResult } from '../nodes/index.ts'
import type { ToolCallsReservation } from '../usage/index.ts'
import { askDeclared, settleDeferred } from './deferred-calls.ts'
import { CallPool } from './call-pool.ts'
import { endStrategies, stub } from './end-strategies.ts'
import { statusReturn } from './output-call.ts'
import { incompleteCall } from './output-retries.ts'
import { type PhaseCall, type Settled, statusText } from './phase-call.ts'
import { factsOf, movesOfOthers, phaseCalls, sortCalls } from './phase-calls.ts'
import {
  advanced,
  type CallReport,
  type CutOff,
  failed,
  type StepPorts,
  timestamp,
} from './ports.ts'
import { requestOf } from './request-of.ts'
import { type StepTools, toolsOfStep } from './step-tools.ts'
import { Waits } from './waits.ts'

export class ToolPhase implements CutOff {
  readonly ports: StepPorts
  readonly node: CallToolsNode
  readonly tools: StepTools
  readonly calls: readonly PhaseCall[]
  readonly outputs: readonly PhaseCall[]
  /** Calls that run here or were answered from outside; unknown names too, which get their retry prompt that way. */
  readonly functions: readonly PhaseCall[]
  /** Calls that can only be answered from outside. */
  readonly putOff: readonly PhaseCall[]
  /** The run's output, once there is one. */
  final: FinalResult | undefined
  isClosed = false
  readonly #parts: RequestPart[] = []
  #pool: CallPool | undefined
  #waits: Waits | undefined
  #stopClock: (() => void) | undefined
  #opened: readonly CallFacts[] | undefined
  #moves: CallMove[]
  #isFlushDue = false
  #unsettled: number
  #reservation: ToolCallsReservation | undefined

  private constructor(ports: StepPorts, node: CallToolsNode, tools: StepTools) {
    this.ports = ports
    this.node = node
    this.tools = tools
    const { ledger } = ports.state
    this.#opened = ledger.length > 0 ? undefined : factsOf(this)
    const { own, others } = phaseCalls(this, ledger)
    this.calls = own
    this.#moves = this.#opened === undefined ? [] : movesOfOthers(this, others)
    const { outputs, putOff, functions, waiting } = sortCalls(this.calls)
    this.outputs = outputs
    this.putOff = putOff
    this.functions = functions
    if (waiting.length > 0) this.#waits = new Waits(this)
    this.#unsettled = this.calls.length
    for (const call of this.calls) {
      if (call.settled === undefined) continue
      this.#recall(call)
      this.#unsettled -= 1
    }
  }

  static open(ports: StepPorts, node: CallToolsNode): ToolPhase | Promise<ToolPhase> {
    const tools = toolsOfStep(ports, ports.state.step)
    return 'then' in tools
      ? tools.then((known) => new ToolPhase(ports, node, known))
      : new ToolPhase(ports, node, tools)
  }

  /** Where calls run. */
  get pool(): CallPool {
    this.#pool ??= new CallPool(this)
    return this.#pool
  }

  /** The first error of a call; `undefined` when there was none. */
  get failure(): CallPool['failure'] {
    return this.#pool?.failure
  }

  /** Calls that somebody outside is asked about; most responses have none. */
  get waits(): Waits {
    this.#waits ??= new Waits(this)
    return this.#waits
  }

  /**
   * Nothing that it has started runs on when it has failed, unless it does not heed its signal within the grace.
   *
   * @param isFinal whether the same step would end in the same error
   */
  async run(isFinal: (error: unknown) => boolean): Promise<StepOutcome> {
    try {
      this.ports.cancellation.throwIfCancelled() // while it was opened: nothing runs any more
      const { deferred: mode, endStrategy, timeouts } = this.ports.setup
      this.#stopClock = this.ports.limitTime('tool-phase', timeouts.toolPhase)
      this.ports.onCutOff(this)
      this.#reserve()
      const waits = mode === 'wait' || this.#hasWaits
      if (waits && this.outputs.length === 0) {
        await askDeclared(this)
        this.waits.open()
      }
      const working = endStrategies[endStrategy](this)
      if (working !== undefined) await working
      let deferred: DeferredToolRequests | undefined
      if (this.final !== undefined) this.#skipPutOff()
      else if (waits) {
        await this.waits.goOn()
        if (this.outputs.length > 0) await askDeclared(this)
        await this.waits.settled()
        if (this.waits.haveAsked || this.putOff.length > 0) this.#addLate()
      } else if (!this.#areAllAnswered) deferred = await settleDeferred(this)
      this.ports.cancellation.throwIfCancelled()
      return this.#outcome(deferred)
    } catch (error) {
      await this.pool.stop(error)
      return failed(this.ports, error, { isFinal: isFinal(error), tail: this.tail() })
    } finally {
      this.close()
    }
  }

  get #hasWaits(): boolean {
    return this.#waits !== undefined && this.#waits.unsettled.length > 0
  }

  /** Whether nothing is left to put off. */
  get #areAllAnswered(): boolean {
    const isAnswered = ({ settled }: PhaseCall): boolean => settled?.awaits === undefined
    return this.putOff.length === 0 && this.functions.every(isAnswered)
  }

  /** Takes over the parts of calls that were waited for. */
  #addLate(): void {
    this.#parts.length = 0 // P2: whatever was said when
    for (const call of this.calls) call.isAdded = false
    this.addParts(this.calls)
  }

  /** What the log would get if the phase ended now: the results so far. */
  tail(): readonly ModelMessage[] {
    const late = this.calls.filter(({ isAdded }) => isAdded !== true)
    const parts = [...this.#parts, ...late.flatMap((call) => call.settled?.part ?? [])]
    return parts.length === 0 ? [] : [{ ...this.#request(parts), state: 'interrupted' }]
  }

  /** The step goes on without it. */
  abandon(): void {
    this.close()
  }

  close(): void {
    this.#stopClock?.()
    void this.flush()
    this.#reservation?.release()
    this.isClosed = true // P4
  }

  /** Tells the chart what happens to a call; see `flush`. */
  move({ index }: PhaseCall, type: ToolCallEventType): void {
    this.#moves.push({ index, type })
  }

  /** A call is about to run by itself. */
  begin(call: PhaseCall): void {
    this.move(call, 'call-started')
  }

  /** Tells the chart that somebody outside is asked about a call. */
  ask({ index }: PhaseCall, wait: CallWait): void {
    const type = wait.awaits === 'approval' ? 'call-approval-asked' : 'call-answer-asked'
    this.#moves.push({ index, type, wait })
  }

  settle(call: PhaseCall, settled: Settled): void {
    call.settled = settled
    const { type, isCounted: _, ...result } = settled
    this.#moves.push({ index: call.index, type, result })
    this.#recall(call)
    this.#unsettled -= 1
    if (this.#isFlushDue || this.#unsettled === 0) return // the end of the phase tells of the last one
    this.#isFlushDue = true
    queueMicrotask(() => void this.flush()) // P3: what ends in one tick is told at once
  }

  /**
   * Hands the moves so far to the chart.
   *
   * @param mustBeSaved what follows has effects: with a store, it waits until the moves are written
   */
  flush(mustBeSaved = false): Promise<void> | undefined {
    this.#isFlushDue = false
    if (this.isClosed || (this.#moves.length === 0 && this.#opened === undefined)) return undefined
    return this.#report(mustBeSaved ? { mustBeSaved } : {})
  }

  #report(how: Pick<CallReport, 'mustBeSaved' | 'isLast'>): Promise<void> | undefined {
    const report = { moves: this.#moves, ...(this.#opened && { opened: this.#opened }), ...how }
    this.#moves = []
    this.#opened = undefined
    return this.ports.report(report)
  }

  /** Takes over the parts of calls that ran together. */
  addParts(calls: readonly PhaseCall[]): void {
    const contents: RequestPart[] = []
    for (const call of calls) {
      const { settled } = call
      if (settled === undefined || call.isAdded === true) continue
      call.isAdded = true
      if (settled.part !== undefined) this.#parts.push(settled.part)
      if (settled.content !== undefined) {
        contents.push(UserPromptPart(settled.content, timestamp(this.ports)))
      }
    }
    this.#parts.push(...contents)
  }

  /** Takes the output back: its call is told why, and the run goes on. */
  revokeFinal(text: string): void {
    const call = this.calls.find(({ settled }) => settled?.output !== undefined)
    const part = call?.settled?.part
    if (this.final === undefined || call === undefined || part?.partKind !== 'tool-return') return
    const revoked = { ...part, content: text }
    call.settled = { type: 'call-returned', part: revoked }
    this.#parts[this.#parts.indexOf(part)] = revoked
    this.final = undefined
  }

  retriesOf(toolName: string): number {
    return this.ports.state.toolRetries.find((entry) => entry.toolName === toolName)?.count ?? 0
  }

  /** @throws {IncompleteToolCall} when the tool has no retry left because the token limit cuts its arguments off */
  refuseTruncated(call: PhaseCall): void {
    const truncated = incompleteCall(this.ports, this.node.response)
    if (truncated !== undefined && this.retriesOf(call.part.toolName) >= this.#budgetOf(call))
      throw truncated
  }

  /** @throws {UnexpectedModelBehavior} when the tool has no retry left */
  checkToolRetries(call: PhaseCall, cause: unknown): void {
    const { toolName } = call.part
    const budget = this.#budgetOf(call)
    if (this.retriesOf(toolName) < budget) return
    throw new UnexpectedModelBehavior(
      `Tool '${toolName}' exceeded max retries count of ${budget}`,
      {
        hint: 'Raise `maxRetries` of the tool, or `retries` of the agent or run',
        cause,
      },
    )
  }

  #budgetOf({ offered }: PhaseCall): number {
    const own =
      offered !== undefined && offered.kind !== 'output' ? offered.tool.maxRetries : undefined
    return own ?? this.ports.setup.retries.tools
  }

  askRetry(call: PhaseCall, content: RetryPromptPart['content'], cause: unknown): Settled {
    this.checkToolRetries(call, cause)
    return this.retryPrompt(call, content)
  }

  /** The model is told what was wrong. */
  retryPrompt({ part: call }: PhaseCall, content: RetryPromptPart['content']): Settled {
    const { toolName, toolCallId } = call
    const part = RetryPromptPart({
      toolName,
      toolCallId,
      content,
      timestamp: timestamp(this.ports),
    })
    return { type: 'call-retry-asked', part }
  }

  countToolCall({ kind }: PhaseCall): void {
    if (!this.isClosed && kind !== 'output') this.#reservation?.done()
  }

  #recall({ part, settled }: PhaseCall): void {
    if (settled?.output !== undefined && this.final === undefined) {
      const [output] = settled.output
      this.final = { output, toolName: part.toolName, toolCallId: part.toolCallId }
    }
  }

  #reserve(): void {
    const isWaiting = this.ports.setup.deferred === 'wait'
    let count = 0
    for (const { kind, settled } of isWaiting ? this.calls : this.functions) {
      const mayRun = kind !== 'output' && kind !== 'external' && settled === undefined
      if (mayRun) count += 1
    }
    this.#reservation = this.ports.meter.reserveToolCalls(count)
  }

  #skipPutOff(): void {
    const deferred = this.functions.filter(({ settled }) => settled?.awaits !== undefined)
    const others = [...new Set([...this.putOff, ...(this.#waits?.unsettled ?? [])])]
    for (const call of others) stub(this, call, statusText.notExecuted)
    this.addParts(others)
    for (const call of deferred) {
      const { part } = statusReturn(this, call, statusText.notExecuted)
      if (part !== undefined) this.#parts.push(part) // P5: the run ends, so nobody is asked
    }
  }

  #outcome(deferred: DeferredToolRequests | undefined): StepOutcome {
    const { ports, node } = this
    void this.#report({ isLast: true }) // the chart closes the ledger with the phase
    const retries = { toolRetries: this.#retriesFromNowOn(), outputRetries: this.#outputRetries() }
    const data =
      deferred === undefined ? this.final : { output: deferred, toolName: null, toolCallId: null }
    if (data !== undefined) {
      const answers = this.#parts.length === 0 ? [] : [this.#request(this.#parts)]
      return advanced(ports, {
        node: End(data),
        messages: append(ports.log, ...answers),
        ...(deferred !== undefined && { endsWithOpenCalls: true }),
        ...retries,
      })
    }
    const prompt =
      node.userPrompt === undefined ? [] : [UserPromptPart(node.userPrompt, timestamp(ports))]
    const request = requestOf([...this.#parts, ...prompt])
    const next = { kind: 'model-request', request } as const
    return advanced(ports, { node: next, messages: ports.log, ...retries }) // P5
  }

  #request(parts: readonly RequestPart[]): ModelRequest {
    const { runId, conversationId } = this.ports.state
    return { ...requestOf([...parts]), timestamp: timestamp(this.ports), runId, conversationId }
  }

  #retriesFromNowOn(): readonly ToolRetries[] {
    const { toolRetries } = this.ports.state
    const hasAsked = this.calls.some(({ settled }) => settled?.type === 'call-retry-asked')
    if (toolRetries.length === 0 && !hasAsked) return toolRetries
    const named = (type: Settled['type']): ReadonlySet<string> =>
      new Set(
        this.calls
          .filter((call) => call.given?.kind !== 'answered' && call.settled?.type === type)
          .map(({ part }) => part.toolName),
      )
    const asking = named('call-retry-asked')
    const succeeded = named('call-returned')
    const kept = toolRetries.filter(
      ({ toolName }) => !succeeded.has(toolName) && !asking.has(toolName),
    )
    const counted = [...asking].map((toolName) => ({
      toolName,
      count: this.retriesOf(toolName) + 1,
    }))
    return [...kept, ...counted]
  }

  #outputRetries(): number {
    const refused = this.outputs.filter((call) => call.settled?.type === 'call-retry-asked')
    return this.ports.state.outputRetries + refused.length
  }
}
