import {
  callArguments,
  type ErrorDetails,
  type RetryPromptPart,
  type ToolCallPart,
  toolReturnMedia,
  type ToolReturnPart,
  toolReturnText,
} from '../../messages/index.ts'
import { contentText } from '../node-text.ts'
import { durationText } from '../usage-text.ts'
import { oneLine } from '../visible.ts'
import { badLine, type Line, quietLine } from './piece.ts'

/** A call that is being handled. */
export interface OpenCall {
  readonly part: Pick<ToolCallPart, 'toolName' | 'args'>
  readonly startedAtMs: number
}

/** Of arguments and of results, in characters. */
const longest = { args: 60, result: 100 }

export function runningLine({ part }: OpenCall): Line {
  return quietLine('·', `${callText(part)} running`)
}

export function interruptedLine({ part }: OpenCall): Line {
  return badLine('⊘', `${callText(part)} interrupted`)
}

/** How a call ended. The call is missing when nobody told that it began. */
export function settledLine(
  result: ToolReturnPart | RetryPromptPart,
  call: OpenCall | undefined,
  nowMs: number,
): Line {
  const subject = call === undefined ? oneLine(result.toolName ?? '', 60) : callText(call.part)
  const took = call === undefined ? '' : ` (${durationText(nowMs - call.startedAtMs)})`
  if (result.partKind === 'retry-prompt') {
    const complaint = oneLine(complaintText(result.content), longest.result)
    return badLine('↻', `${subject} to be tried again: ${complaint}${took}`)
  }
  const text = resultText(result)
  switch (result.outcome) {
    case 'success': {
      const shown = text === '' ? ' done' : ` → ${text}`
      return { kind: 'line', tone: 'good', mark: '✓', text: `${subject}${shown}${took}` }
    }
    case 'failed':
      return badLine('✗', `${subject} failed: ${text}${took}`)
    case 'denied':
      return badLine('⊘', `${subject} denied: ${text}`)
    case 'interrupted':
      return badLine('⊘', `${subject} interrupted`)
  }
}

/** A call in a line: its tool and the beginning of its arguments. */
export function callText({ toolName, args }: OpenCall['part']): string {
  const shown = JSON.stringify(callArguments({ args }))
  return `${oneLine(toolName, 60)} ${oneLine(shown, longest.args)}`
}

function resultText(part: ToolReturnPart): string {
  const files = toolReturnMedia(part).map((item) => contentText([item]))
  const text = toolReturnText({ content: part.content, outcome: 'success' })
  return oneLine([text, ...files].filter(Boolean).join(' '), longest.result)
}

export function complaintText(content: string | readonly ErrorDetails[]): string {
  if (typeof content === 'string') return content
  return content.map(({ loc, msg }) => [loc.join('.'), msg].filter(Boolean).join(': ')).join('; ')
}
