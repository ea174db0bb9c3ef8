import { settleCall } from './execute-call.ts'
import { causeOf } from './output-retries.ts'
import type { PhaseCall } from './phase-call.ts'
import type { ToolPhase } from './tool-phase.ts'
import { checkArguments } from './validate-call.ts'

/** Runs function calls: all are checked, then they run, together or one by one; their parts go behind one another. */
export async function runBatch(phase: ToolPhase, calls: readonly PhaseCall[]): Promise<void> {
  try {
    await checkBatch(phase, calls)
    await runSegments(phase, calls, (call, signal) => runFunction(phase, call, signal))
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

export async function runFunction(
  phase: ToolPhase,
  call: PhaseCall,
  signal?: AbortSignal,
): Promise<void> {
  const settled = await settleCall(phase, call, signal)
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

/** Runs calls in order of their barriers: a sequential one alone, those between barriers together. */
export async function runSegments(
  phase: ToolPhase,
  calls: readonly PhaseCall[],
  run: (call: PhaseCall, signal?: AbortSignal) => Promise<void>,
): Promise<void> {
  for (const segment of segmentsOf(calls)) {
    phase.ports.cancellation.throwIfCancelled()
    const saved = start(phase, segment.slice(0, phase.ports.setup.maxConcurrency))
    if (saved !== undefined) await saved
    const [only] = segment
    if (segment.length === 1 && only !== undefined) await run(only)
    else await runTogether(phase, segment, run)
  }
  phase.ports.cancellation.throwIfCancelled()
}

/** Says that calls run, just before they do. */
function start(phase: ToolPhase, calls: readonly PhaseCall[]): Promise<void> | undefined {
  for (const call of calls) if (willExecute(call)) phase.move(call, 'call-started')
  return phase.flush(true)
}

function willExecute({ kind, arguments: checked }: PhaseCall): boolean {
  return kind === 'output' || checked?.ok === true
}

function segmentsOf(calls: readonly PhaseCall[]): readonly (readonly PhaseCall[])[] {
  const segments: PhaseCall[][] = []
  let isOpen = false
  for (const call of calls) {
    if (call.settled !== undefined) continue
    const isBarrier = call.offered?.tool.definition.sequential === true
    if (isOpen && !isBarrier) segments.at(-1)?.push(call)
    else segments.push([call])
    isOpen = !isBarrier
  }
  return segments
}

/** The first error stops the others; they are given a little time to end by themselves. */
async function runTogether(
  phase: ToolPhase,
  calls: readonly PhaseCall[],
  run: (call: PhaseCall, signal?: AbortSignal) => Promise<void>,
): Promise<void> {
  const { ports } = phase
  const together = new AbortController()
  const { signal } = ports.cancellation
  const stop = () => together.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const workers = Math.floor(Math.min(calls.length, ports.setup.maxConcurrency))
  const waiting = calls.entries()
  const errors: unknown[] = []
  const failed = Promise.withResolvers<void>()
  const work = async () => {
    for (const [index, call] of waiting) {
      if (together.signal.aborted) return
      try {
        if (index >= workers) await start(phase, [call])
        await run(call, together.signal)
      } catch (error) {
        errors.push(error)
        together.abort(error)
        failed.resolve()
      }
    }
  }
  const all = Promise.all(Array.from({ length: workers }, work))
  try {
    await Promise.race([all, failed.promise])
    if (errors.length > 0) await withinGrace(phase, all)
  } finally {
    signal.removeEventListener('abort', stop)
  }
  if (errors.length > 0) throw errors[0]
}

async function withinGrace({ ports }: ToolPhase, all: Promise<unknown>): Promise<void> {
  const over = Promise.withResolvers<void>()
  const timer = ports.clock.setTimeout(over.resolve, ports.setup.cancelGraceMs)
  await Promise.race([all, over.promise])
  ports.clock.clearTimeout(timer)
}
