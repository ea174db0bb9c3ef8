import { settleCall } from './execute-call.ts'
import { causeOf } from './output-retries.ts'
import type { PhaseCall } from './phase-call.ts'
import type { ToolPhase } from './tool-phase.ts'
import { checkArguments } from './validate-call.ts'

/** Runs function calls: all are checked, then they run; their parts go behind one another. */
export async function runBatch(phase: ToolPhase, calls: readonly PhaseCall[]): Promise<void> {
  try {
    await checkBatch(phase, calls)
    await phase.pool.run(calls.filter(isOpen), (call) => runFunction(phase, call))
  } finally {
    phase.addParts(calls)
  }
}

/** Checks the arguments of calls in order and says what came of it. */
export async function checkBatch(phase: ToolPhase, calls: readonly PhaseCall[]): Promise<void> {
  for (const call of calls) {
    if (call.settled !== undefined) continue
    const hasAnswer = call.given !== undefined && call.given.kind !== 'approved'
    if (!hasAnswer) call.arguments = await checkArguments(call, phase.tools)
    const argsValid = call.arguments?.ok ?? null
    if (argsValid === false) phase.refuseTruncated(call)
    phase.ports.emit({ eventKind: 'function_tool_call', part: call.part, argsValid })
    if (call.arguments?.ok === false) phase.checkToolRetries(call, causeOf(call.arguments.content))
    if (argsValid === true) phase.move(call, 'call-validated')
  }
}

export async function runFunction(phase: ToolPhase, call: PhaseCall): Promise<void> {
  const settled = await settleCall(phase, call)
  if (phase.isClosed) return // too late: the run has gone on without it
  if (settled.awaits !== undefined && phase.ports.setup.deferred === 'wait') {
    call.awaits = settled.awaits
    call.wait = undefined // an approved call may ask once more, and what was said was about something else
    call.verdict = undefined
    return phase.waits.ask([call], settled.metadata)
  }
  if (settled.isCounted === true) phase.countToolCall(call)
  phase.settle(call, settled)
  const { part, content = null } = settled
  if (part !== undefined) phase.ports.emit({ eventKind: 'function_tool_result', part, content })
}

export function isOpen({ settled }: PhaseCall): boolean {
  return settled === undefined
}
