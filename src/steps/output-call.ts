import { ModelRetry, type UnexpectedModelBehavior } from '../errors/index.ts'
import { type RetryPromptPart, ToolReturnPart } from '../messages/index.ts'
import { causeOf, retriesExceeded } from './output-retries.ts'
import { type PhaseCall, type Settled, statusText } from './phase-call.ts'
import { timestamp } from './ports.ts'
import { StepContext } from './step-context.ts'
import { finish } from './text-output.ts'
import type { ToolPhase } from './tool-phase.ts'
import { readArguments } from './validate-call.ts'

/** What an output call came to. */
export type OutputAttempt =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false
      readonly stage: 'validation' | 'execution'
      readonly content: RetryPromptPart['content']
      /** The retry budget of the tool is used up. */
      readonly exhausted: UnexpectedModelBehavior | undefined
    }

/** Checks an output call's arguments and makes the output from them. */
export async function attemptOutput(phase: ToolPhase, call: PhaseCall): Promise<OutputAttempt> {
  const { offered, part } = call
  if (offered?.kind !== 'output') throw new Error(`'${part.toolName}' is no output`)
  const { output, maxRetries = phase.ports.setup.retries.output } = offered.tool
  const checked = await readArguments(part.args, output)
  if (!checked.ok)
    return refused(phase, call, maxRetries, 'validation', checked.content, causeOf(checked.content))
  const { toolCallId, toolName } = part
  const facts = { toolCallId, toolName, attempt: call.attempt, stop: phase.pool }
  const retry = phase.retriesOf(toolName)
  const ctx = new StepContext(phase.ports, { ...facts, retry, maxRetries })
  try {
    const validatorContext = new StepContext(phase.ports, facts)
    const value = await finish(phase.ports, output, checked.input, ctx, validatorContext)
    return { ok: true, value }
  } catch (error) {
    if (!(error instanceof ModelRetry)) throw error
    return refused(phase, call, maxRetries, 'execution', error.message, error)
  }
}

function refused(
  phase: ToolPhase,
  { part }: PhaseCall,
  budget: number,
  stage: 'validation' | 'execution',
  content: RetryPromptPart['content'],
  cause: unknown,
): OutputAttempt {
  const isOver = phase.retriesOf(part.toolName) >= budget
  const exhausted = isOver
    ? retriesExceeded(phase.ports, phase.node.response, budget, cause)
    : undefined
  return { ok: false, stage, content, exhausted }
}

/** The output of the run, unless something revokes it. */
export function won(phase: ToolPhase, call: PhaseCall, value: unknown): Settled {
  return { ...statusReturn(phase, call, statusText.final), output: [value] }
}

/** A result that only tells the model what became of its call. */
export function statusReturn(
  { ports }: Pick<ToolPhase, 'ports'>,
  { part: { toolName, toolCallId } }: Pick<PhaseCall, 'part'>,
  content: string,
): Settled & { readonly part: ToolReturnPart } {
  const part = ToolReturnPart({ toolName, toolCallId, content, timestamp: timestamp(ports) })
  return { type: 'call-returned', part }
}

/** Both events of an output call, which come together once it is settled. */
export function emitOutput(phase: ToolPhase, call: PhaseCall, argsValid: boolean | null): void {
  const part = call.settled?.part
  if (part === undefined) return
  phase.ports.emit({ eventKind: 'output_tool_call', part: call.part, argsValid })
  phase.ports.emit({ eventKind: 'output_tool_result', part })
}
