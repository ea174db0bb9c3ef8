import {
  ApprovalRequired,
  CallDeferred,
  ModelRetry,
  type RunContext,
  ToolFailed,
  toolReturn,
} from '../../src/index.ts'
import { defined } from './defined.ts'
import { mediaFromWire, userContentFromWire } from './user-content.ts'
import type { Action, Behaviour } from './vector.ts'

/** The ordinary error that scripted code throws. */
export class GenericError extends Error {
  override name = 'GenericError' as const
}

/** Does what the entry says, with the validated arguments at hand. */
export async function perform(
  entry: Behaviour,
  input: unknown,
  ctx: Pick<RunContext, 'signal' | 'toolCallApproved'>,
): Promise<unknown> {
  if (entry.sleep_ms !== undefined) await sleep(entry.sleep_ms, ctx.signal)
  if (entry.when_approved === undefined || !ctx.toolCallApproved) return act(entry, input)
  return perform(entry.when_approved, input, ctx)
}

/** Whether any of the entries waits. */
export function sleeps(entries: readonly Behaviour[]): boolean {
  return entries.some((entry) =>
    [entry, entry.when_approved].some((one) => one?.sleep_ms !== undefined),
  )
}

function act(entry: Action, input: unknown): unknown {
  refuse(entry)
  if (entry.tool_return !== undefined) return richReturn(entry.tool_return)
  if (entry.return_content !== undefined) return mediaFromWire(entry.return_content)
  if (entry.echo_args === true) return input
  if ('return' in entry) return entry.return
  throw new Error(`unknown behaviour: ${JSON.stringify(entry)}`)
}

function refuse(entry: Action): void {
  if (entry.model_retry !== undefined) throw new ModelRetry(entry.model_retry)
  if (entry.tool_failed !== undefined) throw new ToolFailed(entry.tool_failed)
  if (entry.raise !== undefined) throw new GenericError(entry.raise)
  if (entry.call_deferred !== undefined) {
    throw new CallDeferred(defined({ metadata: entry.call_deferred ?? undefined }))
  }
  if (entry.approval_required !== undefined) {
    throw new ApprovalRequired(defined({ metadata: entry.approval_required ?? undefined }))
  }
}

function richReturn(spec: NonNullable<Action['tool_return']>): unknown {
  const { return_value: value, content, metadata } = spec
  const extra = content === undefined || content === null ? undefined : userContentFromWire(content)
  return toolReturn({ value, ...defined({ content: extra, metadata }) })
}

/** Waits, unless the signal ends the wait: then rejects with its reason. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const stop = (): void => {
    clearTimeout(timer)
    reject(signal.reason)
  }
  const timer = setTimeout(() => {
    signal.removeEventListener('abort', stop)
    resolve()
  }, ms)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return promise
}
