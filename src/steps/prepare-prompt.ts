import type { StepOutcome } from '../../machines/index.ts'
import { UserError } from '../errors/index.ts'
import {
  cleanHistory,
  logOf,
  messagesOf,
  type ModelMessage,
  type ModelRequest,
  type ModelResponse,
  type RequestPart,
  toolCallsOf,
  truncate,
  type UserContent,
  UserPromptPart,
} from '../messages/index.ts'
import type { CallToolsNode, ModelRequestNode, NodeOrEnd, UserPromptNode } from '../nodes/index.ts'
import { checkDeferredResults } from './deferred-results.ts'
import { instructionsFor } from './instructions.ts'
import { advanced, failed, type StepPorts, timestamp } from './ports.ts'
import { requestOf } from './request-of.ts'
import { StepContext } from './step-context.ts'
import { newSystemParts, renewSystemParts } from './system-prompts.ts'

/** The history to go on from, and what to do first. */
interface Start {
  readonly history: readonly ModelMessage[]
  readonly node: NodeOrEnd
  /** How many messages at the end of `history` belong to this run's first request instead. */
  readonly taken?: number
  /** How many messages at the end of `history` this run makes anew. */
  readonly renewed?: number
}

/** The work of `UserPrompt`: repairs the history and finds out how the run begins. */
export function preparePrompt(ports: StepPorts): StepOutcome | Promise<StepOutcome> {
  const { node } = ports.state
  if (node.kind !== 'user-prompt') throw new Error(`No prompt in a node of kind '${node.kind}'`)
  const fail = (error: unknown): StepOutcome =>
    failed(ports, error, { isFinal: error instanceof UserError })
  try {
    const history = messagesOf(ports.log)
    const isPlain = history.length === 0 && ports.setup.systemPrompts.length === 0
    if (isPlain && node.deferredToolResults === undefined) {
      const request = requestOf(userParts(ports, node.userPrompt))
      return begun(ports, node, history, { history, node: { kind: 'model-request', request } })
    }
    return startOf(ports, history, node)
      .then((start) => renewed(ports, start))
      .then((start) => begun(ports, node, history, start))
      .catch(fail)
  } catch (error) {
    return fail(error)
  }
}

function begun(
  ports: StepPorts,
  { userPrompt }: UserPromptNode,
  history: readonly ModelMessage[],
  start: Start,
): StepOutcome {
  const log = start.history === history ? ports.log : logOf(start.history)
  const isFirst = ports.state.visit === 0
  return advanced(ports, {
    node: start.node,
    prompt: promptOfRequest(start.node) ?? userPrompt,
    messages: truncate(log, log.length - (start.taken ?? 0)),
    ...(isFirst && { newMessageIndex: log.length - (start.renewed ?? 0) }),
    metadata: metadataOf(ports),
  })
}

/** With fresh dynamic system prompts, if the run begins with a new request. */
async function renewed(ports: StepPorts, start: Start): Promise<Start> {
  const { node } = start
  if (node.kind !== 'model-request' || node.suspended !== undefined) return start
  const history = await renewSystemParts(ports, start.history)
  const last = history.at(-1)
  if (node.isResent !== true || last?.kind !== 'request') return { ...start, history }
  return { ...start, history, node: { ...node, request: { ...node.request, parts: last.parts } } }
}

async function startOf(
  ports: StepPorts,
  history: readonly ModelMessage[],
  { deferredToolResults, userPrompt }: UserPromptNode,
): Promise<Start> {
  if (deferredToolResults !== undefined) {
    const response = checkDeferredResults(history, deferredToolResults)
    return {
      history,
      node: { kind: 'call-tools', response, deferredToolResults, ...promptOf(userPrompt) },
    }
  }
  const last = history.at(-1)
  if (last?.kind === 'request' && last.state === 'interrupted') {
    return afterRequest(ports, cleanHistory(history, { repairLast: true }), userPrompt)
  }
  return last?.kind === 'response'
    ? afterResponse(ports, history, last, userPrompt)
    : afterRequest(ports, history, userPrompt)
}

/** The history is empty or ends in a request: without a prompt, that request is sent again. */
async function afterRequest(
  ports: StepPorts,
  history: readonly ModelMessage[],
  userPrompt: UserPromptNode['userPrompt'],
): Promise<Start> {
  const last = history.at(-1)
  if (last?.kind === 'request' && userPrompt === null) {
    const again: ModelRequest = { ...last, state: 'complete' }
    return { history, node: { kind: 'model-request', request: again, isResent: true }, taken: 1 }
  }
  return { history, node: await newRequest(ports, history, userPrompt) }
}

async function afterResponse(
  ports: StepPorts,
  history: readonly ModelMessage[],
  response: ModelResponse,
  userPrompt: UserPromptNode['userPrompt'],
): Promise<Start> {
  const hasCalls = toolCallsOf(response).length > 0
  if (response.state === 'suspended') {
    if (userPrompt !== null) throw new UserError(PROMPT_ON_SUSPENDED)
    const node = { kind: 'model-request', request: requestOf([]), suspended: response } as const
    return { history, node, taken: 1, renewed: 1 }
  }
  if (userPrompt !== null) {
    if (!hasCalls) return { history, node: await newRequest(ports, history, userPrompt) }
    if (response.state !== 'interrupted') throw new UserError(PROMPT_ON_CALLS)
    const repaired = cleanHistory(history, { repairLast: true })
    return { history: repaired, node: await newRequest(ports, repaired, userPrompt) }
  }
  const asksAgain = !hasCalls && (await hasInstructions(ports))
  return {
    history,
    node: asksAgain
      ? { kind: 'model-request', request: requestOf([]) }
      : { kind: 'call-tools', response },
  }
}

async function newRequest(
  ports: StepPorts,
  history: readonly ModelMessage[],
  userPrompt: UserPromptNode['userPrompt'],
): Promise<ModelRequestNode> {
  const system: readonly RequestPart[] = history.length === 0 ? await newSystemParts(ports) : []
  return { kind: 'model-request', request: requestOf([...system, ...userParts(ports, userPrompt)]) }
}

function userParts(
  ports: StepPorts,
  userPrompt: UserPromptNode['userPrompt'],
): readonly RequestPart[] {
  return userPrompt === null ? [] : [UserPromptPart(userPrompt, timestamp(ports))]
}

async function hasInstructions(ports: StepPorts): Promise<boolean> {
  const toolset = await ports.openToolset()
  return (await instructionsFor(ports.setup, toolset, () => new StepContext(ports))).length > 0
}

function metadataOf(ports: StepPorts): StepPorts['state']['metadata'] {
  const { metadata } = ports.setup
  if (metadata.length === 0) return null
  const ctx = new StepContext(ports)
  let merged: Readonly<Record<string, unknown>> = {}
  for (const layer of metadata) {
    merged = { ...merged, ...(typeof layer === 'function' ? layer(ctx) : layer) }
  }
  return merged
}

/** What a request that is sent again asks: its one user prompt, or all of them in a row. */
function promptOfRequest(node: NodeOrEnd): string | readonly UserContent[] | undefined {
  if (node.kind !== 'model-request' || node.isResent !== true) return undefined
  const prompts = node.request.parts.filter((part) => part.partKind === 'user-prompt')
  const [only] = prompts
  if (prompts.length === 1) return only?.content
  return prompts.length === 0 ? undefined : prompts.flatMap((part) => part.content)
}

function promptOf(
  userPrompt: string | readonly UserContent[] | null,
): Pick<CallToolsNode, 'userPrompt'> {
  return userPrompt === null ? {} : { userPrompt }
}

const PROMPT_ON_SUSPENDED =
  'Cannot provide a new user prompt when the message history ends in a suspended response. Resume it by running the agent with this message history and no new prompt.'
const PROMPT_ON_CALLS =
  'Cannot provide a new user prompt when the message history contains unprocessed tool calls.'
