import { type ModelMessage, type RequestPart, SystemPromptPart } from '../messages/index.ts'
import { type StepPorts, timestamp } from './ports.ts'
import { StepContext } from './step-context.ts'
import type { MaybeText } from './instructions.ts'
import type { RunContext } from '../tools/index.ts'

/**
 * A system prompt becomes a message part of the first request and stays in the history. A function with `dynamicRef`
 * is run again on later runs over that history, and replaces the part it made.
 */
export type SystemPrompt<TDeps> =
  | string
  | ((ctx: RunContext<TDeps>) => MaybeText | Promise<MaybeText>)
  | {
      readonly dynamicRef: string
      readonly render: (ctx: RunContext<TDeps>) => MaybeText | Promise<MaybeText>
    }

/** The system prompts of a new conversation. One that can be renewed later stands there even when it is empty. */
export async function newSystemParts(ports: StepPorts): Promise<readonly RequestPart[]> {
  const parts: RequestPart[] = []
  for (const prompt of ports.setup.systemPrompts) {
    const content = (await render(prompt, ports)) ?? ''
    const dynamicRef = typeof prompt === 'object' ? prompt.dynamicRef : null
    if (content !== '' || dynamicRef !== null) {
      parts.push(SystemPromptPart(content, timestamp(ports), dynamicRef))
    }
  }
  return parts
}

/** The history with fresh texts where a system prompt of it can be renewed; the same list when none can. */
export async function renewSystemParts(
  ports: StepPorts,
  history: readonly ModelMessage[],
): Promise<readonly ModelMessage[]> {
  const byRef = new Map<string, SystemPrompt<unknown>>()
  for (const prompt of ports.setup.systemPrompts) {
    if (typeof prompt === 'object') byRef.set(prompt.dynamicRef, prompt)
  }
  if (byRef.size === 0) return history
  return Promise.all(history.map((message) => renewMessage(ports, message, byRef)))
}

async function renewMessage(
  ports: StepPorts,
  message: ModelMessage,
  byRef: ReadonlyMap<string, SystemPrompt<unknown>>,
): Promise<ModelMessage> {
  if (message.kind !== 'request' || !message.parts.some((part) => refOf(part) !== null))
    return message
  const parts = message.parts.map(async (part) => {
    const ref = refOf(part)
    const prompt = ref === null ? undefined : byRef.get(ref)
    if (prompt === undefined) return part
    return SystemPromptPart((await render(prompt, ports)) ?? '', timestamp(ports), ref)
  })
  return { ...message, parts: await Promise.all(parts) }
}

function refOf(part: RequestPart): string | null {
  return part.partKind === 'system-prompt' ? part.dynamicRef : null
}

function render(prompt: SystemPrompt<unknown>, ports: StepPorts): MaybeText | Promise<MaybeText> {
  if (typeof prompt === 'string') return prompt
  const ctx = new StepContext(ports)
  return typeof prompt === 'function' ? prompt(ctx) : prompt.render(ctx)
}
