import type { ModelMessage } from '../messages/index.ts'
import { messagesOf } from '../messages/index.ts'
import type { ModelSettings } from '../models/index.ts'
import type { NestedRun } from '../../machines/index.ts'
import type { Enqueued, EnqueueOptions, EventRelay, RunBelow, RunContext } from '../tools/index.ts'
import { CallBelow } from './call-below.ts'
import { pendingMessages } from './pending-messages.ts'
import { type StepPorts, timestamp } from './ports.ts'

/** What a context says beyond the run itself; what is left out is that of no tool call. */
export interface ContextFacts {
  readonly toolCallId?: string
  readonly toolName?: string
  readonly retry?: number
  readonly maxRetries?: number
  readonly attempt?: number
  readonly approved?: boolean
  readonly callMetadata?: unknown
  /** Whose signal it is; it is asked for only if somebody wants it. Default: the step's. */
  readonly stop?: { readonly signal: AbortSignal }
  /** Messages that are not in the log yet. */
  readonly pending?: readonly ModelMessage[]
  readonly step?: number
  readonly settings?: ModelSettings
  readonly partialOutput?: boolean
  /** The place of the call among those of its response, and what a run below it has come to before. */
  readonly call?: { readonly index: number; readonly nested: NestedRun | undefined }
  /** Told when the run below the call begins to wait for somebody, and when it goes on. */
  readonly rest?: (isWaiting: boolean) => void
}

/** The view of a run that user code gets. Everything is looked up when it is asked for. */
export class StepContext implements RunContext {
  readonly #ports: StepPorts
  readonly #facts: ContextFacts
  #below: CallBelow | undefined

  constructor(ports: StepPorts, facts: ContextFacts = {}) {
    this.#ports = ports
    this.#facts = facts
  }

  get deps(): unknown {
    return this.#ports.setup.deps
  }
  get agentName(): string | undefined {
    return this.#ports.setup.agentName
  }
  get model(): RunContext['model'] {
    return this.#ports.setup.model
  }
  get modelSettings(): ModelSettings {
    return this.#facts.settings ?? this.#ports.memo.settings
  }
  get usage(): RunContext['usage'] {
    return this.#ports.meter.usage
  }
  get usageLimits(): RunContext['usageLimits'] {
    return this.#ports.meter.limits
  }
  get meter(): RunContext['meter'] {
    return this.#ports.meter
  }
  get prompt(): RunContext['prompt'] {
    return this.#ports.state.prompt
  }
  get messages(): readonly ModelMessage[] {
    return [...messagesOf(this.#ports.log), ...(this.#facts.pending ?? [])]
  }
  get runId(): string {
    return this.#ports.state.runId
  }
  get conversationId(): string {
    return this.#ports.state.conversationId
  }
  get metadata(): RunContext['metadata'] {
    return this.#ports.state.metadata
  }
  get runStep(): number {
    return this.#facts.step ?? this.#ports.state.step
  }
  get signal(): AbortSignal {
    return (this.#facts.stop ?? this.#ports.cancellation).signal
  }
  get toolCallId(): string | null {
    return this.#facts.toolCallId ?? null
  }
  get toolName(): string | null {
    return this.#facts.toolName ?? null
  }
  get retry(): number {
    return this.#facts.retry ?? this.#ports.state.outputRetries
  }
  get maxRetries(): number {
    return this.#facts.maxRetries ?? this.#ports.setup.retries.output
  }
  get lastAttempt(): boolean {
    return this.retry >= this.maxRetries
  }
  get attempt(): number {
    return this.#facts.attempt ?? 0
  }
  get toolCallApproved(): boolean {
    return this.#facts.approved ?? false
  }
  get toolCallMetadata(): unknown {
    return this.#facts.callMetadata ?? null
  }
  get partialOutput(): boolean {
    return this.#facts.partialOutput ?? false
  }

  get below(): RunBelow | undefined {
    const { call, rest } = this.#facts
    this.#below ??= call && new CallBelow(this.#ports, call, rest)
    return this.#below
  }

  get actor(): RunContext['actor'] {
    return this.#ports.actorOf(this.#facts.call?.index)
  }

  cancel(reason?: unknown): void {
    this.#ports.cancelRun(reason)
  }

  get relay(): EventRelay {
    const ports = this.#ports
    const { toolName, toolCallId } = this
    return {
      // A run that goes on when the step is over tells nobody of it, and waits for nobody.
      get isStreamed() {
        return ports.isOpen && ports.follow.isStreamed
      },
      room: () => (ports.isOpen ? ports.follow.room() : undefined),
      tell: (from, event) =>
        ports.emit({ eventKind: 'nested', ...from, toolName, toolCallId, event }),
    }
  }

  emit(name: string, data: unknown = null): Promise<void> {
    const { toolName, toolCallId } = this
    this.#ports.emit({ eventKind: 'custom', name, data, toolName, toolCallId })
    const { follow, isOpen, cancellation } = this.#ports
    const isHeard = isOpen && !cancellation.isCancelled
    return (isHeard ? follow.room() : undefined) ?? Promise.resolve()
  }

  enqueue(content: Enqueued, options?: EnqueueOptions): string | null {
    const entry = pendingMessages(content, options, timestamp(this.#ports))
    if (entry !== null) this.#ports.enqueue(entry)
    return entry?.enqueueId ?? null
  }

  /** Under an id of the sender's own, so that the same sent twice counts once. */
  enqueueAs(enqueueId: string, content: unknown, options: EnqueueOptions): void {
    // Whatever it is: what cannot be read as messages is refused.
    const entry = pendingMessages(content as Enqueued, options, timestamp(this.#ports))
    if (entry !== null) this.#ports.enqueue({ ...entry, enqueueId })
  }
}
