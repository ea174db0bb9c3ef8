import type { LedgerEntry } from '../../../machines/index.ts'
import type { ErrorDetails, RequestPart, ToolCallPart } from '../../messages/index.ts'
import { parseArguments } from '../../schema/index.ts'
import type { ToolsetTool } from '../../toolsets/index.ts'
import { firstMismatch, type ReplayDifference } from './replay-differences.ts'

/** A tool call that was recorded. */
export interface RecordedCall {
  readonly call: ToolCallPart
  /** Where it stands. */
  readonly place: readonly (string | number)[]
  /** What the model was told; `undefined` for a call that is still open. */
  readonly answer: RequestPart | undefined
  /** Of a call of the last response: what became of it so far. */
  readonly entry: LedgerEntry | undefined
}

/** How a recorded call would fare today, other than it did; `undefined` when it would be the same. */
export async function callDifference(
  recorded: RecordedCall,
  tool: ToolsetTool | undefined,
  step: number,
): Promise<ReplayDifference | undefined> {
  const { call, place, answer } = recorded
  const { toolName } = call
  const facts = { step, kind: 'tool-call' } as const
  const wasUnknown = refusalOf(answer)?.startsWith(`Unknown tool name: '${toolName}'`) === true
  if (tool === undefined) {
    if (wasUnknown) return undefined
    const values = { before: toolName, after: undefined }
    const message = `The tool '${toolName}' is gone`
    return { ...facts, place: [...place, 'toolName'], ...values, message }
  }
  if (wasUnknown) {
    const values = { before: refusalOf(answer), after: undefined }
    const message = `The tool '${toolName}' is known now`
    return { ...facts, place: [...place, 'toolName'], ...values, message }
  }
  const issues = await issuesOf(call, tool)
  const told = issuesIn(answer)
  if (told !== undefined && mayBeOverridden(recorded, tool)) return undefined
  if (issues === undefined && told === undefined) return undefined
  const mismatch = firstMismatch(told, issues)
  if (mismatch === undefined) return undefined
  const values = { before: told ?? call.args, after: issues }
  return {
    ...facts,
    place: [...place, 'args'],
    ...values,
    message: wordsFor(toolName, told, issues),
  }
}

/**
 * Whether somebody may have given other arguments when they approved the call: then the refusal is about those, which the
 * messages do not hold.
 */
function mayBeOverridden({ entry }: RecordedCall, { definition }: ToolsetTool): boolean {
  const verdict = entry?.verdict
  if (verdict?.kind === 'approved') return verdict.overrideArgs !== undefined
  return definition.kind === 'unapproved'
}

function wordsFor(name: string, told: Issues, issues: Issues): string {
  if (issues === undefined) return `The arguments of '${name}' were refused and fit now`
  if (told === undefined) return `The arguments of '${name}' do not fit any more`
  return `The arguments of '${name}' are refused with other words`
}

type Issues = readonly ErrorDetails[] | undefined

/** What is wrong with the arguments now. */
async function issuesOf({ args }: ToolCallPart, { inputSchema }: ToolsetTool): Promise<Issues> {
  const parsed = parseArguments(args)
  if (!parsed.ok) return parsed.issues
  const result = await inputSchema.validate(parsed.value)
  return result.ok ? undefined : result.issues
}

/** What was wrong with them; a tool's own words are no such thing. */
function issuesIn(answer: RequestPart | undefined): Issues {
  if (answer?.partKind !== 'retry-prompt' || typeof answer.content === 'string') return undefined
  return answer.content
}

function refusalOf(answer: RequestPart | undefined): string | undefined {
  if (answer?.partKind !== 'retry-prompt' || typeof answer.content !== 'string') return undefined
  return answer.content
}
