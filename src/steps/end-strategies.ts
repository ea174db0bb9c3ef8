import { outputText } from '../output/index.ts'
import { attemptOutput, emitOutput, type OutputAttempt, statusReturn, won } from './output-call.ts'
import { type PhaseCall, statusText } from './phase-call.ts'
import { checkBatch, isOpen, runBatch, runFunction } from './run-batch.ts'
import { processImage, processText } from './text-output.ts'
import type { ToolPhase } from './tool-phase.ts'

/** What happens to function calls that come with an output call in one response. Default `'graceful'`. */
export type EndStrategy = 'early' | 'graceful' | 'exhaustive'

/** How function and output calls of one response go together. */
export const endStrategies: Readonly<
  Record<EndStrategy, (phase: ToolPhase) => Promise<void> | undefined>
> = {
  early,
  graceful,
  exhaustive,
}

/** Outputs first; with one, nothing else runs. */
async function early(phase: ToolPhase): Promise<void> {
  const { outputs, functions } = phase
  if (outputs.length === 0 && phase.putOff.length === 0 && (await takeOwnContent(phase))) {
    for (const call of functions) stub(phase, call, statusText.notExecuted)
    phase.addParts(functions)
    return
  }
  for (const call of outputs) await runOutput(phase, call)
  phase.addParts(outputs)
  if (phase.final === undefined) return runBatch(phase, functions)
  for (const call of functions) stub(phase, call, statusText.notExecuted)
  phase.addParts(functions)
}

/** In the order of the response; functions run whether or not there is an output. */
function graceful(phase: ToolPhase): Promise<void> | undefined {
  if (phase.outputs.length > 0) return inTurns(phase)
  return phase.functions.length === 0 ? undefined : runBatch(phase, phase.functions)
}

/** Functions that stand together run together. */
async function inTurns(phase: ToolPhase): Promise<void> {
  let batch: PhaseCall[] = []
  for (const call of phase.calls) {
    if (call.kind !== 'output') {
      if (phase.functions.includes(call)) batch.push(call)
      continue
    }
    if (batch.length > 0) await runBatch(phase, batch)
    batch = []
    await runOutput(phase, call)
    phase.addParts([call])
  }
  if (batch.length > 0) await runBatch(phase, batch)
  revokeForRetries(phase)
}

/** Everything runs, outputs and functions alike; the first good output in the order of the response counts. */
async function exhaustive(phase: ToolPhase): Promise<void> {
  const calls = phase.calls.filter(
    (call) => call.kind === 'output' || phase.functions.includes(call),
  )
  const attempts = new Map<PhaseCall, OutputAttempt>()
  try {
    await checkBatch(phase, phase.functions)
    await phase.pool.run(calls.filter(isOpen), async (call) => {
      if (call.kind !== 'output') return runFunction(phase, call)
      attempts.set(call, await attemptOutput(phase, call))
    })
    chooseOutput(phase, attempts)
  } finally {
    phase.addParts(calls)
  }
  revokeForRetries(phase)
}

function chooseOutput(phase: ToolPhase, attempts: ReadonlyMap<PhaseCall, OutputAttempt>): void {
  const all = [...attempts.values()]
  const exhausted = all.find((attempt) => !attempt.ok && attempt.exhausted !== undefined)
  const hasWinner = phase.final !== undefined || all.some((attempt) => attempt.ok)
  const error = exhausted?.ok === false ? exhausted.exhausted : undefined
  if (!hasWinner && error !== undefined) throw error
  for (const call of phase.outputs) {
    const attempt = attempts.get(call)
    if (attempt !== undefined) settleAttempt(phase, call, attempt)
  }
}

function settleAttempt(phase: ToolPhase, call: PhaseCall, attempt: OutputAttempt): void {
  if (attempt.ok) {
    const isFirst = phase.final === undefined
    const settled = isFirst
      ? won(phase, call, attempt.value)
      : statusReturn(phase, call, statusText.outputNotFirst)
    phase.settle(call, settled)
  } else if (attempt.exhausted === undefined) {
    phase.settle(call, phase.retryPrompt(call, attempt.content))
  } else {
    const text =
      attempt.stage === 'validation'
        ? statusText.outputFailedValidation
        : statusText.outputFailedExecution
    phase.settle(call, { ...statusReturn(phase, call, text), type: 'call-failed' })
  }
  emitOutput(phase, call, attempt.ok || attempt.stage === 'execution')
}

/** Runs an output call if there is no output yet. */
async function runOutput(phase: ToolPhase, call: PhaseCall): Promise<void> {
  if (call.settled !== undefined) return
  if (phase.final !== undefined) {
    stub(phase, call, statusText.outputNotUsed)
    return emitOutput(phase, call, null)
  }
  phase.move(call, 'call-validated')
  phase.move(call, 'call-started')
  const saved = phase.flush(true)
  if (saved !== undefined) await saved
  phase.ports.cancellation.throwIfCancelled()
  const attempt = await attemptOutput(phase, call)
  phase.ports.cancellation.throwIfCancelled()
  if (!attempt.ok && attempt.exhausted !== undefined) throw attempt.exhausted
  settleAttempt(phase, call, attempt)
}

export function stub(phase: ToolPhase, call: PhaseCall, text: string): void {
  if (call.settled === undefined) {
    phase.settle(call, { ...statusReturn(phase, call, text), type: 'call-skipped' })
  }
}

/** A function that asks the model to try again goes before an output of the same response. */
function revokeForRetries(phase: ToolPhase): void {
  const asksAgain = phase.functions.some(
    (call) => call.kind === 'function' && call.settled?.type === 'call-retry-asked',
  )
  if (asksAgain) phase.revokeFinal(statusText.revoked)
}

/** The response's own image, or text that is a valid object, may be the output although there are calls. */
async function takeOwnContent(phase: ToolPhase): Promise<boolean> {
  const { ports, node } = phase
  const { output } = ports.setup
  const image = node.response.parts.find(
    (part) => part.partKind === 'file' && part.content.mediaType.startsWith('image/'),
  )
  const text = outputText(node.response)
  const result =
    output.allowsImage && image?.partKind === 'file'
      ? await processImage(ports, image.content)
      : output.text?.kind === 'json' && text !== ''
        ? await processText(ports, output.text, text)
        : undefined
  if (result?.kind !== 'output') return false
  phase.final = { output: result.value, toolName: null, toolCallId: null }
  return true
}
