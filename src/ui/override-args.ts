import { isRecord, parseJson } from '../codec/index.ts'
import { UserError } from '../errors/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'
import { messageBounds } from './bounded.ts'
import type { Command } from './protocol.ts'
import { restored } from './restored.ts'

type Approval = Extract<Command, { readonly type: 'approve' }>

/**
 * The arguments that a page gives a call instead of the model's, with what it was not shown put back.
 *
 * @param waiting the calls that wait
 * @throws {UserError} when what was shown only in part was changed
 */
export function overrideArgs(
  command: Approval,
  waiting: readonly AwaitedCall[],
): { readonly overrideArgs?: Readonly<Record<string, unknown>> } {
  const { overrideArgs: edited } = command
  if (edited === undefined) return {}
  const call = waiting.find((each) => isMeant(command, each))
  const args = restored(edited, argumentsOf(call), messageBounds)
  if (!isRecord(args)) throw new UserError('Arguments are an object')
  return { overrideArgs: args }
}

function isMeant({ toolCallId, index, path }: Approval, call: AwaitedCall): boolean {
  const isPath = path === undefined || path.join('\n') === call.path.join('\n')
  return toolCallId === call.toolCallId && isPath && (index ?? call.index) === call.index
}

function argumentsOf(call: AwaitedCall | undefined): unknown {
  if (typeof call?.args !== 'string') return call?.args
  try {
    return parseJson(call.args)
  } catch {
    return undefined // the model wrote no JSON: there is nothing to put back
  }
}
