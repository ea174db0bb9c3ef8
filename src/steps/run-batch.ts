import { settleCall } from './execute-call.ts'
import { causeOf } from './output-retries.ts'
import type { CheckedArguments, PhaseCall, Settled } from './phase-call.ts'
import type { ToolPhase } from './tool-phase.ts'
import { checkArguments } from './validate-call.ts'

/** Runs function calls: all are checked, then they run; their parts go behind one another. */
export async function runBatch(phase: ToolPhase, calls: readonly PhaseCall[]): Promise<void> {
  try {
    const checking = checkBatch(phase, calls)
    if (checking !== undefined) await checking
    const open = calls.every(isOpen) ? calls : calls.filter(isOpen)
    await phase.pool.run(open, (call) => runFunction(phase, call))
  } finally {
    phase.addParts(calls)
  }
}

/** Checks the arguments of calls in order and says what came of it; a promise only if a schema's check is one. */
export function checkBatch(phase: ToolPhase, calls: readonly PhaseCall[]): Promise<void> | void {
  for (const [i, call] of calls.entries()) {
    const checking = checkCall(phase, call)
    if (checking !== undefined) return checking.then(() => checkBatch(phase, calls.slice(i + 1)))
  }
}

function checkCall(phase: ToolPhase, call: PhaseCall): Promise<void> | undefined {
  if (call.settled !== undefined) return undefined
  const hasAnswer = call.given !== undefined && call.given.kind !== 'approved'
  const checking = hasAnswer ? call.arguments : checkArguments(call, phase.tools)
  if (checking !== undefined && 'then' in checking) {
    return checking.then((checked) => tellChecked(phase, call, checked))
  }
  tellChecked(phase, call, checking)
  return undefined
}

function tellChecked(
  phase: ToolPhase,
  call: PhaseCall,
  checked: CheckedArguments | undefined,
): void {
  if (checked !== undefined) call.arguments = checked
  const argsValid = checked?.ok ?? null
  if (argsValid === false) phase.refuseTruncated(call)
  phase.ports.emit({ eventKind: 'function_tool_call', part: call.part, argsValid })
  if (checked?.ok === false) phase.checkToolRetries(call, causeOf(checked.content))
  if (argsValid === true) phase.move(call, 'call-validated')
}

/** Runs a call, or takes what was said for it; a promise only if the tool's result is one. */
export function runFunction(phase: ToolPhase, call: PhaseCall): Promise<void> | void {
  const settling = settleCall(phase, call)
  if ('then' in settling) return settling.then((settled) => finish(phase, call, settled))
  return finish(phase, call, settling)
}

function finish(phase: ToolPhase, call: PhaseCall, settled: Settled): Promise<void> | void {
  if (phase.isClosed) return undefined // too late: the run has gone on without it
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
  return undefined
}

export function isOpen({ settled }: PhaseCall): boolean {
  return settled === undefined
}
