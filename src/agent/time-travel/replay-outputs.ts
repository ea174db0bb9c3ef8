import type { StepAdvanced } from '../../../machines/index.ts'
import { isResult, type ModelMessage, type RequestPart } from '../../messages/index.ts'
import type { NodeOrEnd } from '../../nodes/index.ts'
import { firstMismatch, type ReplayDifference } from './replay-differences.ts'

/** A difference before it is known where in the run it is. */
type OutputDifference = Pick<ReplayDifference, 'place' | 'before' | 'after' | 'message'>

/** What came of a response now, where the run ended with it. */
export function endDifference(
  recorded: NodeOrEnd,
  { node }: StepAdvanced,
): OutputDifference | undefined {
  if (recorded.kind !== 'end') return undefined
  const { output, toolName } = recorded.data
  if (node.kind !== 'end') {
    const after = node.kind === 'model-request' ? node.request.parts.filter(isRetry) : []
    const message = 'The run would not end with this output: the model would be asked again'
    return {
      place: ['output'],
      before: output,
      after: after.map(({ content }) => content),
      message,
    }
  }
  const now = { output: node.data.output, toolName: node.data.toolName }
  const found = firstMismatch({ output, toolName }, now)
  return found && { ...found, message: 'The output is not what it was' }
}

/**
 * What came of a response now, where the run went on behind it.
 *
 * @param next the messages behind the response, the first of them at `position`
 */
export function retryDifference(
  next: readonly ModelMessage[],
  { node }: StepAdvanced,
  position: number,
  isOutput: (part: RequestPart) => boolean,
): OutputDifference | undefined {
  const [first] = next
  const recorded = first?.kind === 'request' ? first.parts.filter(isOutput) : []
  const [refused] = recorded.filter(isRetry)
  if (node.kind === 'end') {
    if (refused === undefined) return undefined // it went on because of messages that waited
    const { output } = node.data
    const message = 'The run would end with an output that was refused'
    return {
      place: ['messages', position, 'parts'],
      before: refused.content,
      after: output,
      message,
    }
  }
  const made = node.kind === 'model-request' ? node.request.parts.filter(isOutput) : []
  const found = firstMismatch(recorded, made, ['timestamp', 'toolCallId'])
  if (found === undefined) return undefined
  const [index = 0, ...rest] = found.place
  const part = recorded[Number(index)]
  const at = first?.parts.findIndex((each) => each === part) ?? 0
  const message = 'The model would be told something else about its output'
  return { ...found, place: ['messages', position, 'parts', Math.max(0, at), ...rest], message }
}

/** Whether a part tells the model about its output. */
export function tellsOfOutput(part: RequestPart, outputTools: ReadonlySet<string>): boolean {
  if (isRetry(part) && part.toolName === null) return true
  return isResult(part) && part.toolName !== null && outputTools.has(part.toolName)
}

function isRetry(part: RequestPart): part is Extract<RequestPart, { partKind: 'retry-prompt' }> {
  return part.partKind === 'retry-prompt'
}
