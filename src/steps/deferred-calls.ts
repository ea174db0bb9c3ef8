import { UnexpectedModelBehavior, UserError } from '../errors/index.ts'
import type { CallWait } from '../../machines/index.ts'
import type { DeferredToolRequests } from '../messages/index.ts'
import type { PhaseCall } from './phase-call.ts'
import { checkBatch, runFunction } from './run-batch.ts'
import type { ToolPhase } from './tool-phase.ts'

/**
 * Puts off the calls that cannot be answered in this run; those whose arguments do not fit get their retry prompt.
 * @returns what to ask for, or `undefined` when nothing is put off
 * @throws {UserError} when the agent's output does not allow it
 */
export async function settleDeferred(phase: ToolPhase): Promise<DeferredToolRequests | undefined> {
  const declared = phase.putOff.toSorted((one, other) => rank(one) - rank(other))
  for (const call of declared) {
    await checkBatch(phase, [call])
    await settleDeclared(phase, call)
  }
  phase.addParts(declared)
  const awaiting = [...phase.functions, ...declared].filter(
    ({ settled }) => settled?.awaits !== undefined,
  )
  if (awaiting.length === 0) return undefined
  refuseDuplicates(awaiting)
  const requests = requestsFor(awaiting)
  phase.ports.emit({ eventKind: 'deferred_tool_requests', requests })
  if (!phase.ports.setup.output.allowsDeferred) throw new UserError(NOT_AN_OUTPUT)
  return requests
}

function rank({ kind }: PhaseCall): number {
  return kind === 'external' ? 0 : 1
}

async function settleDeclared(phase: ToolPhase, call: PhaseCall): Promise<void> {
  if (call.settled !== undefined) return
  if (call.arguments?.ok === false) return runFunction(phase, call)
  phase.settle(call, {
    type: 'call-deferred',
    awaits: call.kind === 'external' ? 'answer' : 'approval',
  })
}

function refuseDuplicates(calls: readonly PhaseCall[]): void {
  const ids = calls.map((call) => call.part.toolCallId)
  const repeated = [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))]
  if (repeated.length === 0) return
  throw new UnexpectedModelBehavior(
    `Deferred tool calls must have unique tool_call_id values; duplicate ids: [${repeated.map((id) => `'${id}'`).join(', ')}]`,
  )
}

/** Who is to be asked what. */
export function requestsFor(calls: readonly PhaseCall[]): DeferredToolRequests {
  const parts = (awaits: 'answer' | 'approval') =>
    calls.filter((call) => putOffAs(call)?.awaits === awaits).map(({ part }) => part)
  const metadata = calls.flatMap((call) => {
    const attached = putOffAs(call)?.metadata
    return attached === undefined ? [] : [[call.part.toolCallId, attached] as const]
  })
  return {
    calls: parts('answer'),
    approvals: parts('approval'),
    metadata: Object.fromEntries(metadata),
  }
}

function putOffAs({
  settled,
  wait,
}: PhaseCall): (Pick<CallWait, 'metadata'> & { readonly awaits?: CallWait['awaits'] }) | undefined {
  return settled ?? wait
}

/**
 * In a run that waits: asks about the calls that cannot be answered here. Those whose arguments do not fit get their
 * retry prompt instead.
 */
export async function askDeclared(phase: ToolPhase): Promise<void> {
  const asked: PhaseCall[] = []
  for (const call of phase.putOff.toSorted((one, other) => rank(one) - rank(other))) {
    if (call.settled !== undefined) continue
    await checkBatch(phase, [call])
    if (call.arguments?.ok === false) await runFunction(phase, call)
    else asked.push(call)
  }
  await phase.waits.ask(asked)
}

const NOT_AN_OUTPUT =
  'A deferred tool call was present, but `DeferredToolRequests` is not among output types. To resolve this, add `DeferredToolRequests` to the list of output types for this agent, or use a `HandleDeferredToolCalls` capability to handle deferred tool calls inline.'
