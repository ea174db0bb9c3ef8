import { styleText } from 'node:util'
import {
  callArguments,
  type NodeOrEnd,
  type RequestPart,
  type ResponsePart,
  retryPromptText,
  type RunUsage,
  toolReturnText,
} from '../src/index.ts'

/** A remark of the example itself. */
export function say(text: string): void {
  console.log(styleText('dim', text))
}

/** Shows what a run does next, or how it ended. */
export function printNode(node: NodeOrEnd): void {
  console.log(`\n${styleText(['bold', 'cyan'], node.kind)}`)
  for (const line of linesOf(node)) console.log(`  ${line}`)
}

export function printUsage({ requests, toolCalls, inputTokens, outputTokens }: RunUsage): void {
  say(
    `\n${requests} requests, ${toolCalls} tool calls, ${inputTokens} input and ${outputTokens} output tokens`,
  )
}

function linesOf(node: NodeOrEnd): readonly string[] {
  switch (node.kind) {
    case 'user-prompt':
      return [textOf(node.userPrompt)]
    case 'model-request':
      return node.request.parts.map(requestLine)
    case 'call-tools':
      return node.response.parts.map(responseLine)
    case 'end':
      return [styleText('green', textOf(node.data.output))]
  }
}

function requestLine(part: RequestPart): string {
  if (part.partKind === 'tool-return') {
    return `${styleText('yellow', part.toolName)} returned ${toolReturnText(part)}`
  }
  if (part.partKind === 'retry-prompt') {
    return `${styleText('red', 'try again')} ${retryPromptText(part)}`
  }
  return 'content' in part ? `${part.partKind}: ${textOf(part.content)}` : part.partKind
}

function responseLine(part: ResponsePart): string {
  if (part.partKind === 'text') return part.content
  if (part.partKind !== 'tool-call') return part.partKind
  return `${styleText('yellow', part.toolName)} ${JSON.stringify(callArguments(part))}`
}

/** Text as it is, anything else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
