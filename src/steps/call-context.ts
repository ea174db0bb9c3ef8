import type { ToolsetTool } from '../toolsets/index.ts'
import type { PhaseCall } from './phase-call.ts'
import { type ContextFacts, StepContext } from './step-context.ts'
import type { ToolPhase } from './tool-phase.ts'

/** The view of a run that a tool gets. */
export class CallContext extends StepContext {
  readonly #phase: ToolPhase
  readonly #call: PhaseCall
  readonly #tool: ToolsetTool

  constructor(
    phase: ToolPhase,
    call: PhaseCall,
    tool: ToolsetTool,
    stop: NonNullable<ContextFacts['stop']>,
  ) {
    super(phase.ports, { stop, call, rest: (isWaiting) => phase.pool.rest(call, isWaiting) })
    this.#phase = phase
    this.#call = call
    this.#tool = tool
  }

  override get toolCallId(): string {
    return this.#call.part.toolCallId
  }
  override get toolName(): string {
    return this.#call.part.toolName
  }
  override get retry(): number {
    return this.#phase.retriesOf(this.toolName)
  }
  override get maxRetries(): number {
    return this.#tool.maxRetries ?? this.#phase.ports.setup.retries.tools
  }
  override get attempt(): number {
    return this.#call.attempt
  }
  override get toolCallApproved(): boolean {
    return this.#call.given?.kind === 'approved'
  }
  override get toolCallMetadata(): unknown {
    const { node } = this.#phase
    const metadata = node.deferredToolResults?.metadata ?? {}
    const { wait } = this.#call
    const given = Object.hasOwn(metadata, this.toolCallId) ? metadata[this.toolCallId] : null
    return wait?.metadata ?? given ?? null
  }
}
