import type { StepOutcome } from '../../machines/index.ts'
import {
  ContentFilterError,
  UnexpectedModelBehavior,
  UsageLimitExceeded,
  UserError,
} from '../errors/index.ts'
import {
  append,
  generateToolCallId,
  messagesToJson,
  type ModelResponse,
  RetryPromptPart,
} from '../messages/index.ts'
import { type CallToolsNode, End } from '../nodes/index.ts'
import { outputText } from '../output/index.ts'
import { causeOf, checkOutputRetries, tokenLimitText } from './output-retries.ts'
import { processImage, processNull, processText, type TextResult } from './text-output.ts'
import { advanced, failed, type StepPorts, timestamp } from './ports.ts'
import { requestOf } from './request-of.ts'
import { useSelected } from './select-model.ts'
import { toolsOfStep } from './step-tools.ts'
import { ToolPhase } from './tool-phase.ts'

/** The work of `CallTools`: acts on a response, by running its calls or by taking its text, image or nothing. */
export function callTools(ports: StepPorts): StepOutcome | Promise<StepOutcome> {
  useSelected(ports)
  const { node } = ports.state
  if (node.kind !== 'call-tools') throw new Error(`No response in a node of kind '${node.kind}'`)
  const hasCalls = node.response.parts.some(isToolCall)
  return hasCalls ? withCalls(ports, node) : withoutCalls(ports, node.response)
}

function isToolCall({ partKind }: ModelResponse['parts'][number]): boolean {
  return partKind === 'tool-call'
}

function withCalls(ports: StepPorts, node: CallToolsNode): StepOutcome | Promise<StepOutcome> {
  const fail = (error: unknown): StepOutcome =>
    failed(ports, error, { isFinal: isFinalError(error) })
  try {
    refuseUnusable(ports, node.response)
    const opening = ToolPhase.open(ports, node)
    if (!('then' in opening)) return opening.run(isFinalError)
    return opening.then((phase) => phase.run(isFinalError), fail)
  } catch (error) {
    return fail(error)
  }
}

async function withoutCalls(ports: StepPorts, response: ModelResponse): Promise<StepOutcome> {
  try {
    refuseUnusable(ports, response)
    return await takeOutput(ports, response)
  } catch (error) {
    return failed(ports, error, { isFinal: isFinalError(error) })
  }
}

/** Whether the same step would end in the same error. */
function isFinalError(error: unknown): boolean {
  return (
    error instanceof UserError ||
    error instanceof UsageLimitExceeded ||
    error instanceof UnexpectedModelBehavior
  )
}

function refuseUnusable(ports: StepPorts, response: ModelResponse): void {
  if (response.state === 'suspended') {
    throw new UserError(
      'Cannot handle a suspended model response as a completed turn. Resume it by running the agent with this message history and no new prompt.',
    )
  }
  if (!isThinkingOnly(response)) return
  if (response.finishReason === 'length') {
    throw new UnexpectedModelBehavior(tokenLimitText(ports, 'before any response was generated'))
  }
  if (response.finishReason === 'content_filter' && isBlank(response)) {
    throw new ContentFilterError(filterText(response), messagesToJson([response]))
  }
}

/** Nothing but texts without content. */
function isBlank({ parts }: ModelResponse): boolean {
  return parts.every((part) => part.partKind === 'text' && part.content === '')
}

function isThinkingOnly({ parts }: ModelResponse): boolean {
  return parts.every(
    (part) => part.partKind === 'thinking' || (part.partKind === 'text' && part.content === ''),
  )
}

function filterText({ providerDetails }: ModelResponse): string {
  const said = (key: string): string | undefined => {
    const value = providerDetails?.[key]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const reasons = [
    ['Finish reason', said('finish_reason')],
    ['Block reason', said('block_reason')],
    ['Refusal', said('refusal')],
  ] as const
  const [label, reason] = reasons.find(([, value]) => value !== undefined) ?? []
  if (label === undefined || reason === undefined) return 'Content filter triggered.'
  return `Content filter triggered. ${label}: ${quoted(reason)}`
}

/** In quotes that the text does not hold, if there are such. */
function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  if (text.includes("'") && !text.includes('"')) return `"${escaped}"`
  return `'${escaped.replaceAll("'", "\\'")}'`
}

async function takeOutput(ports: StepPorts, response: ModelResponse): Promise<StepOutcome> {
  const result = await readOutput(ports, response)
  if (result.kind === 'output') {
    const data = { output: result.value, toolName: null, toolCallId: null }
    return advanced(ports, { node: End(data), messages: ports.log })
  }
  const outputRetries = checkOutputRetries(ports, response, result.cause)
  const retry = RetryPromptPart({
    content: result.content,
    toolCallId: generateToolCallId(),
    timestamp: timestamp(ports),
  })
  return advanced(ports, {
    node: { kind: 'model-request', request: requestOf([retry]) },
    messages: append(ports.log),
    outputRetries,
  })
}

/** Nothing, an image, or text: the first that is there and allowed. */
async function readOutput(ports: StepPorts, response: ModelResponse): Promise<TextResult> {
  const { output } = ports.setup
  if (output.allowsNull && isThinkingOnly(response)) return processNull(ports)
  const image = response.parts.find(
    (part) => part.partKind === 'file' && part.content.mediaType.startsWith('image/'),
  )
  if (output.allowsImage && image?.partKind === 'file') return processImage(ports, image.content)
  const text = outputText(response)
  if (output.text !== undefined && text !== '') return processText(ports, output.text, text)
  const content = `Please ${await alternatives(ports)}.`
  return { kind: 'retry', content, cause: causeOf(content) }
}

async function alternatives(ports: StepPorts): Promise<string> {
  const { output } = ports.setup
  const tools = await toolsOfStep(ports, ports.state.step)
  const ways = [
    output.text !== undefined && 'return text',
    output.tools.length > 0
      ? 'include your response in a tool call'
      : tools.functionTools.length > 0 && 'call a tool',
    output.allowsImage && 'return an image',
  ]
  return ways.filter((way) => way !== false).join(' or ')
}
