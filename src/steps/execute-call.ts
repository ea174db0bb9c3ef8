import {
  ApprovalRequired,
  CallDeferred,
  ModelRetry,
  RunCancelledError,
  ThrownValueError,
  ToolFailed,
  WaitExpiredError,
} from '../errors/index.ts'
import {
  completeUserContent,
  isDeferredCallResult,
  ToolReturnPart,
  type UserContent,
} from '../messages/index.ts'
import { isPromise, settle } from '../schema/index.ts'
import { isToolReturn, toolContent, type ToolReturn } from '../tools/index.ts'
import type { ToolsetTool } from '../toolsets/index.ts'
import type { PhaseCall, Settled } from './phase-call.ts'
import { timestamp } from './ports.ts'
import { CallContext } from './call-context.ts'
import type { ToolPhase } from './tool-phase.ts'

/**
 * Runs a function call, or takes the answer given for it; a promise only if the tool's result is one.
 * @throws any error that is not for the model
 */
export function settleCall(phase: ToolPhase, call: PhaseCall): Settled | Promise<Settled> {
  const { given, part } = call
  if (given?.kind === 'denied') return denied(phase, call, given.message)
  if (given?.kind === 'answered') return answered(phase, call, given.value)
  if (given?.kind === 'expired') return expired(phase, call)
  if (call.arguments === undefined)
    throw new Error(`The arguments of '${part.toolName}' were not checked`)
  if (!call.arguments.ok) return phase.askRetry(call, call.arguments.content, undefined)
  const { offered } = call
  if (offered === undefined || offered.kind === 'output')
    throw new Error(`'${part.toolName}' is no function`)
  const take = (value: unknown): Settled => {
    try {
      return returned(phase, call, value)
    } catch (error) {
      return thrown(phase, call, error)
    }
  }
  try {
    const value = execute(phase, call, offered.tool, call.arguments.input)
    if (!isPromise(value)) return take(value)
    return Promise.resolve(value).then(take, (error: unknown) => thrown(phase, call, error))
  } catch (error) {
    return thrown(phase, call, error)
  }
}

/** What the tool gives, or a promise of it. */
function execute(phase: ToolPhase, call: PhaseCall, tool: ToolsetTool, input: unknown): unknown {
  const { ports, pool } = phase
  const timeoutMs = tool.definition.timeoutMs ?? ports.setup.toolTimeoutMs
  const limit = timeoutMs === undefined ? undefined : new AbortController()
  const stop = limit === undefined ? pool : { signal: AbortSignal.any([pool.signal, limit.signal]) }
  const ctx = new CallContext(phase, call, tool, stop)
  const work = (): unknown => {
    const { around } = ports
    if (around === undefined) return tool.execute(input, ctx)
    const { toolName: name, toolCallId } = call.part
    return around({ kind: 'tool-call', name, toolCallId }, async () => tool.execute(input, ctx))
  }
  const perform = (): unknown =>
    timeoutMs === undefined || limit === undefined
      ? work()
      : inTime(ports.clock, work, timeoutMs, limit)
  if (tool.needsApproval === undefined || ctx.toolCallApproved) return perform()
  return settle(tool.needsApproval(input, ctx), (isAsked) => {
    if (isAsked) throw new ApprovalRequired()
    return perform()
  })
}

/** What comes later than the limit is dropped; the work is told by its signal. */
async function inTime(
  clock: ToolPhase['ports']['clock'],
  work: () => unknown,
  timeoutMs: number,
  limit: AbortController,
): Promise<unknown> {
  const late = Promise.withResolvers<never>()
  const timer = clock.setTimeout(() => {
    const error = new ModelRetry(`Timed out after ${timeoutMs / 1000} seconds.`)
    late.reject(error)
    limit.abort(error)
  }, timeoutMs)
  try {
    return await Promise.race([work(), late.promise])
  } finally {
    clock.clearTimeout(timer)
  }
}

function thrown(phase: ToolPhase, call: PhaseCall, error: unknown): Settled {
  if (error instanceof ModelRetry) return phase.askRetry(call, error.message, error)
  if (error instanceof ToolFailed) return toolFailed(phase, call, error.message)
  if (error instanceof ApprovalRequired) return putOff('approval', error.metadata)
  if (error instanceof CallDeferred) return putOff('answer', error.metadata)
  if (error instanceof RunCancelledError && !phase.pool.isStopped) {
    return toolFailed(phase, call, `The sub-agent run was cancelled: ${error.message}`)
  }
  throw isError(error) ? error : new ThrownValueError(call.part.toolName, error)
}

/** By shape: errors of other realms count too. */
function isError(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'stack' in value && 'message' in value
}

function putOff(awaits: 'approval' | 'answer', metadata: Settled['metadata']): Settled {
  return { type: 'call-deferred', awaits, ...(metadata && { metadata }) }
}

function returned(phase: ToolPhase, call: PhaseCall, value: unknown): Settled {
  const settled = isToolReturn(value)
    ? richReturn(phase, call, value)
    : plainReturn(phase, call, value)
  return { ...settled, isCounted: true }
}

function plainReturn(phase: ToolPhase, call: PhaseCall, value: unknown): Settled {
  const { toolName, toolCallId } = call.part
  const content = toolContent(value, toolName)
  const part = ToolReturnPart({ toolName, toolCallId, content, timestamp: timestamp(phase.ports) })
  return { type: 'call-returned', part }
}

function richReturn(
  phase: ToolPhase,
  call: PhaseCall,
  { returnValue, content, metadata }: RichValue,
): Settled {
  const plain = plainReturn(phase, call, returnValue)
  if (plain.part?.partKind !== 'tool-return') return plain
  const part = { ...plain.part, metadata: toolContent(metadata ?? null, call.part.toolName) }
  return content === null || content === undefined || content.length === 0
    ? { ...plain, part }
    : { ...plain, part, content: userContent(content) }
}

function userContent(content: NonNullable<ToolReturn['content']>): string | readonly UserContent[] {
  return typeof content === 'string' ? content : content.map(completeUserContent)
}

function toolFailed(phase: ToolPhase, call: PhaseCall, content: string): Settled {
  const { toolName, toolCallId } = call.part
  const at = timestamp(phase.ports)
  const part = ToolReturnPart({ toolName, toolCallId, content, timestamp: at, outcome: 'failed' })
  return { type: 'call-failed', part }
}

function denied(phase: ToolPhase, call: PhaseCall, content: string): Settled {
  const { toolName, toolCallId } = call.part
  const at = timestamp(phase.ports)
  const part = ToolReturnPart({ toolName, toolCallId, content, timestamp: at, outcome: 'denied' })
  return { type: 'call-denied', part }
}

/** Nobody said anything in time. @throws {WaitExpiredError} when the run is to fail then */
function expired(phase: ToolPhase, call: PhaseCall): Settled {
  const { toolName, toolCallId } = call.part
  if (phase.ports.setup.onWaitExpired === 'fail') throw new WaitExpiredError(toolName, toolCallId)
  const isAnswer = call.wait?.awaits === 'answer'
  const part = ToolReturnPart({
    toolName,
    toolCallId,
    content: isAnswer ? NOT_ANSWERED : NOT_APPROVED,
    timestamp: timestamp(phase.ports),
    outcome: isAnswer ? 'failed' : 'denied',
  })
  return { type: 'call-expired', part }
}

const NOT_APPROVED = 'The tool call was not run: nobody approved it in time.'
const NOT_ANSWERED = 'The tool call has no result: nobody answered it in time.'

/** An answer from outside: a value, or one of the tagged forms. */
function answered(phase: ToolPhase, call: PhaseCall, value: unknown): Settled {
  if (!isDeferredCallResult(value)) return plainReturn(phase, call, value)
  if ('partKind' in value) {
    const { toolName, toolCallId } = call.part
    return { type: 'call-retry-asked', part: { ...value, toolName, toolCallId } }
  }
  switch (value.kind) {
    case 'tool-return':
      return richReturn(phase, call, value)
    case 'tool-failed':
      return toolFailed(phase, call, value.message)
    case 'model-retry':
      return phase.retryPrompt(call, value.message) // not the tool's fault: its budget is for what runs here
  }
}

/** What a tool, or whoever answers for it, says besides the value. */
type RichValue = Pick<ToolReturn, 'returnValue'> &
  Partial<Pick<ToolReturn, 'content'>> & { readonly metadata?: unknown }
