import { type ResponsePart, responseText, type UserContent } from '../../messages/index.ts'
import type { AgentRunResult } from '../../run/index.ts'
import type {
  CustomEvent,
  ModelAttemptFailedEvent,
  NestedEvent,
  OutputToolResultEvent,
  PartDeltaEvent,
} from '../../streaming/index.ts'
import { contentText, valueText } from '../node-text.ts'
import { plain } from '../plain.ts'
import { oneLine } from '../visible.ts'
import { badLine, type Piece, quietLine } from './piece.ts'
import { callText, complaintText } from './tool-line.ts'

export function deltaPieces({ delta }: PartDeltaEvent): readonly Piece[] {
  if (delta.partDeltaKind === 'tool_call') return []
  const kind = delta.partDeltaKind === 'text' ? 'answer' : 'thinking'
  return [{ kind, text: delta.contentDelta ?? '', goesOn: true }]
}

/** A part that came whole. */
export function wholePieces(part: ResponsePart): readonly Piece[] {
  switch (part.partKind) {
    case 'builtin-tool-call':
      return [quietLine('◦', `${callText(part)} (by the provider)`)]
    case 'builtin-tool-return':
      return [quietLine('◦', oneLine(`${part.toolName} → ${valueText(part.content)}`, 160))]
    case 'compaction':
      return [quietLine('◦', 'the conversation so far was summed up')]
    case 'file':
      return [{ kind: 'answer', text: contentText([part.content]), goesOn: false }]
    case 'speech':
      return [{ kind: 'answer', text: part.transcript ?? '(audio)', goesOn: false }]
    case 'text':
    case 'thinking':
    case 'tool-call':
      return []
  }
}

export function outputPieces({ part }: OutputToolResultEvent): readonly Piece[] {
  if (part.partKind === 'tool-return') return []
  const complaint = oneLine(complaintText(part.content), 100)
  return [badLine('↻', `the answer is to be given again: ${complaint}`)]
}

export function attemptPieces(event: ModelAttemptFailedEvent): readonly Piece[] {
  const { modelName, error, nextModelName } = event
  const reason = error instanceof Error ? error.message : String(error)
  const text = oneLine(`${modelName} failed: ${reason}`, 160)
  return [badLine('↻', `${text}; ${oneLine(nextModelName, 60)} is asked`)]
}

export function customPieces({ name, data }: CustomEvent): readonly Piece[] {
  const shown = data === undefined ? '' : JSON.stringify(data, plain)
  return [quietLine('•', oneLine(`${name} ${shown}`, 160))]
}

/** Of agents that tools ask, the calls are worth a line. */
export function nestedPieces({ agentName, event }: NestedEvent): readonly Piece[] {
  if (event.eventKind === 'nested') return nestedPieces(event)
  if (event.eventKind !== 'function_tool_call') return []
  return [quietLine('◦', `${oneLine(agentName ?? 'an agent', 60)}: ${callText(event.part)}`)]
}

/** The output, unless it was seen as the model wrote it. */
export function resultPieces({ output, response }: AgentRunResult): readonly Piece[] {
  if (output === null || isSeen(output, response.parts)) return []
  return [{ kind: 'answer', text: valueText(output), goesOn: false }]
}

function isSeen(output: unknown, parts: readonly ResponsePart[]): boolean {
  const files = parts.flatMap((part): UserContent[] =>
    part.partKind === 'file' ? [part.content] : [],
  )
  if (files.some((file) => file === output)) return true
  const text = responseText({ parts })
  return text !== null && (text === output || isJsonOf(text, output))
}

function isJsonOf(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(value, plain)
  } catch {
    return false
  }
}
