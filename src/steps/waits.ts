/**
 * Calls that somebody outside is to approve or to answer, in a run that waits for them.
 *
 * Owns the waits of one tool phase. Is told by the phase which calls to ask about; tells the chart, and runs each call
 * once its verdict is there.
 *
 *   W1. The chart knows that a call waits, and a store with it, before anybody is asked.
 *   W2. Other calls go on meanwhile, and no wait holds up another.
 *   W3. Approved calls take their turn among the others that run.
 *   W4. A call of which the verdict is known is not asked about again.
 *   W5. When a call throws, whichever it is, nobody is waited for any longer.
 *   W6. As long as the run may end with an output of this response, nobody is asked.
 */
import type { CallWait, Verdict } from '../../machines/index.ts'
import type { DeferredToolResults } from '../messages/index.ts'
import { requestsFor } from './deferred-calls.ts'
import { type GivenResult, verdictOf } from './deferred-results.ts'
import type { PhaseCall } from './phase-call.ts'
import type { VerdictWaiter } from './ports.ts'
import { runFunction } from './run-batch.ts'
import type { ToolPhase } from './tool-phase.ts'
import { checkArguments } from './validate-call.ts'

export class Waits implements VerdictWaiter {
  readonly #phase: ToolPhase
  #calls: readonly PhaseCall[]
  /** Calls that ask once the run is known to go on, and what they attach (W6). */
  #held: Map<PhaseCall, CallWait['metadata']> | undefined
  #mayEnd: boolean
  #isOpen = false
  /** How many calls wait, or run since their verdict is there. */
  #pending = 0
  /** The first error of one of them. */
  #failure: { readonly error: unknown } | undefined
  #settled: PromiseWithResolvers<void> | undefined

  constructor(phase: ToolPhase) {
    this.#phase = phase
    this.#mayEnd = phase.outputs.length > 0
    this.#calls = phase.calls.filter(({ wait }) => wait !== undefined)
  }

  /** Asks somebody outside about calls. */
  async ask(calls: readonly PhaseCall[], metadata?: CallWait['metadata']): Promise<void> {
    const asked = calls.filter(({ wait, settled }) => wait === undefined && settled === undefined)
    if (asked.length === 0) return
    if (this.#mayEnd) return this.#hold(asked, metadata)
    for (const call of asked) {
      const awaits = call.awaits ?? (call.kind === 'external' ? 'answer' : 'approval')
      const deadline = this.#deadlineFor(call)
      call.wait = { awaits, ...(metadata && { metadata }), ...(deadline && { deadline }) }
      this.#phase.ask(call, call.wait)
    }
    await this.#phase.flush(true) // W1
    this.#calls = this.#calls.filter((call) => !asked.includes(call)).concat(asked)
    this.#phase.ports.emit({ eventKind: 'deferred_tool_requests', requests: requestsFor(asked) })
    if (this.#isOpen) for (const call of asked) this.#begin(call)
  }

  /** The run does not end with this response: those that were held back ask now. */
  async goOn(): Promise<void> {
    this.#mayEnd = false
    for (const [call, metadata] of this.#held ?? []) await this.ask([call], metadata)
    this.#held = undefined
  }

  #hold(calls: readonly PhaseCall[], metadata: CallWait['metadata']): void {
    const held = (this.#held ??= new Map<PhaseCall, CallWait['metadata']>())
    for (const call of calls) {
      held.set(call, metadata)
      this.#phase.move(call, 'call-held-back')
    }
  }

  /** From now on, calls run as soon as they may. */
  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    for (const call of this.#calls) this.#begin(call)
  }

  /** Resolves when the calls of all verdicts have run. @throws the first error of one of them */
  settled(): Promise<void> {
    this.open()
    this.#settled = Promise.withResolvers()
    if (this.#failure !== undefined) this.#settled.reject(this.#failure.error)
    else if (this.#pending === 0) this.#settled.resolve()
    return this.#settled.promise
  }

  /** Whether somebody was asked. */
  get haveAsked(): boolean {
    return this.#calls.length > 0
  }

  /** Calls that nobody is asked about any more. */
  get unsettled(): readonly PhaseCall[] {
    const inOrder = this.#calls.toSorted((one, other) => one.index - other.index)
    return [...inOrder, ...(this.#held?.keys() ?? [])].filter(
      ({ settled }) => settled === undefined,
    )
  }

  #begin({ index, settled, verdict, wait }: PhaseCall): void {
    if (settled !== undefined) return
    const { ports, failure } = this.#phase
    this.#pending += 1
    if (verdict !== undefined) queueMicrotask(() => this.take(index, verdict)) // W4
    else if (failure !== undefined) queueMicrotask(() => this.refuse(failure.error)) // W5
    else ports.awaitVerdict(index, wait?.deadline, this)
  }

  take(index: number, verdict: Verdict): void {
    const call = this.#calls.find((asked) => asked.index === index)
    if (call === undefined || this.#phase.isClosed) return
    try {
      const working = this.#go(call, verdict)
      if (working === undefined) return this.#leave()
      working.then(
        () => this.#leave(),
        (error: unknown) => this.refuse(error),
      )
    } catch (error) {
      this.refuse(error)
    }
  }

  refuse(error: unknown): void {
    void this.#phase.pool.stop(error)
    this.#failure ??= { error }
    this.#settled?.reject(this.#failure.error)
  }

  /** A call has run. It may have asked once more before. */
  #leave(): void {
    this.#pending -= 1
    if (this.#pending === 0) this.#settled?.resolve()
  }

  #go(call: PhaseCall, verdict: Verdict): Promise<void> | void {
    const { ports } = this.#phase
    call.verdict = verdict
    call.given = givenBy(verdict)
    const { by, at } = verdict
    const who = { ...(by !== undefined && { by }), ...(at !== undefined && { at }) }
    const results = resultsOf(call, verdict)
    ports.emit({ eventKind: 'deferred_tool_results', results, ...who })
    return verdict.kind === 'approved' ? this.#runApproved(call) : runFunction(this.#phase, call)
  }

  async #runApproved(call: PhaseCall): Promise<void> {
    const checked = await checkArguments(call, this.#phase.tools)
    call.arguments = checked
    const run = (): Promise<void> | void => runFunction(this.#phase, call)
    return checked.ok ? this.#phase.pool.run([call], run) : run() // W3
  }

  #deadlineFor({ offered }: PhaseCall): number | undefined {
    const { setup, clock } = this.#phase.ports
    const own = offered === undefined ? undefined : offered.tool.definition.waitTimeoutMs
    const ms = own ?? setup.waitTimeoutMs
    return ms === undefined ? undefined : clock.now() + ms
  }
}

/** A verdict as what is known of the call. */
export function givenBy(verdict: Verdict): GivenResult {
  switch (verdict.kind) {
    case 'approved':
      return { kind: 'approved', args: verdict.overrideArgs }
    case 'denied':
      return verdictOf({
        kind: 'tool-denied',
        ...(verdict.message !== undefined && { message: verdict.message }),
      })
    case 'answered':
      return { kind: 'answered', value: verdict.result }
    case 'expired':
      return { kind: 'expired' }
  }
}

function resultsOf({ part: { toolCallId } }: PhaseCall, verdict: Verdict): DeferredToolResults {
  switch (verdict.kind) {
    case 'approved': {
      const { overrideArgs = null } = verdict
      return { approvals: { [toolCallId]: { kind: 'tool-approved', overrideArgs } } }
    }
    case 'denied': {
      const { message } = verdict
      const denied = { kind: 'tool-denied', ...(message !== undefined && { message }) } as const
      return { approvals: { [toolCallId]: denied } }
    }
    case 'answered':
      return { calls: { [toolCallId]: verdict.result } }
    case 'expired':
      return {}
  }
}
