import type { AgentContext } from '../../machines/index.ts'
import { type Codec, JsonText, jsonOf, Place } from '../codec/index.ts'
import type { MessageLog } from '../messages/index.ts'
import type { NodeOrEnd } from '../nodes/index.ts'
import { rare, required, type SavedRun } from './document.ts'
import { currentVersion } from './migrations.ts'
import { isLogPlace, type SavedNode } from './node.ts'
import { content } from './parts.ts'

/** A longer prompt is not kept a second time. */
const longPrompt = 10_000

/**
 * Writes one run again and again, without its messages: what a store keeps beside its log. Up to three times a step, so
 * keys are literal here, and what is still the same is not put into words again: only what nobody changes in place.
 */
export class SnapshotTexts {
  readonly #requires = new Latest()
  readonly #prompt = new Latest()
  readonly #usage = new Latest()

  of(run: SavedRun): JsonText {
    const { state, context, terms, log } = run
    const { runId, conversationId, newMessageIndex, outputRetries, toolRetries } = context
    const ids = `{"run":${JSON.stringify(runId)},"conversation":${JSON.stringify(conversationId)}}`
    const node = nodeText(context.node, log)
    const { ledger } = context
    const calls = ledger.length === 0 ? ',"ledger":[]' : said('ledger', required.ledger, ledger)
    const usage = this.#usage.of(context.usage, () => said('usage', required.usage, context.usage))
    const retries =
      toolRetries.length === 0
        ? `,"retries":{"output":${outputRetries},"tools":[]}`
        : said('retries', required.retries, { output: outputRetries, tools: toolRetries })
    const own = this.#requires.of(terms, () => ownText(run))
    const options = isEmpty(terms.options)
      ? ',"options":{}'
      : said('options', required.options, terms.options)
    const prompt = state === 'UserPrompt' ? '' : this.#promptText(context.prompt) // its node says it
    return new JsonText(
      `${own},"ids":${ids},"state":"${state}","visit":${context.visit},"step":${context.step},` +
        `"newMessageIndex":${newMessageIndex},"log":{"length":${log.length}}` +
        `${node}${calls}${usage}${retries}${options}${prompt}${rareText(context)}}`,
    )
  }

  #promptText(prompt: AgentContext['prompt']): string {
    if (prompt === null) return ''
    const write = (): string => said('prompt', content, prompt)
    const isKept = typeof prompt === 'string' && prompt.length < longPrompt
    return isKept ? this.#prompt.of(prompt, write) : write()
  }
}

/** The text for the latest value. */
class Latest {
  #value: unknown
  #text: string | undefined

  of(value: unknown, write: () => string): string {
    if (this.#text === undefined || value !== this.#value) {
      this.#text = write()
      this.#value = value
    }
    return this.#text
  }
}

/** One key and what it holds, behind others. */
function said(key: string, codec: Codec<unknown>, value: unknown): string {
  const place = new Place()
  place.path.push(key)
  return `,"${key}":${jsonOf(codec, value, place)}`
}

/** As a rule, calls of a response are told by its place alone. */
function nodeText(node: NodeOrEnd, log: MessageLog): string {
  const saved = savedNode(node, log)
  if (saved.kind === 'call-tools' && isLogPlace(saved.response)) {
    const { response, deferredToolResults, userPrompt } = saved
    if (deferredToolResults === undefined && userPrompt === undefined)
      return `,"node":{"kind":"call-tools","response":{"logIndex":${response.logIndex}}}`
  }
  return said('node', required.node, saved)
}

/** The node without what the snapshot says elsewhere. */
function savedNode({ runId: _, visit: __, ...saved }: NodeOrEnd, log: MessageLog): SavedNode {
  if (saved.kind !== 'call-tools') return saved
  const logIndex = log.items.lastIndexOf(saved.response, log.length - 1)
  return logIndex < 0 ? saved : { ...saved, response: { logIndex } }
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false
  return true
}

function ownText({ terms }: SavedRun): string {
  const agent = said('agent', required.agent, terms.agent)
  const requires = said('requires', required.requires, terms.requires)
  return `{"format":"agentchart/run","version":${currentVersion}${agent}${requires}`
}

const rareFields = Object.entries(rare)

/** What there is to say of what mostly is not there. */
function rareText(context: AgentContext): string {
  let text = ''
  for (const [key, codec] of rareFields) {
    const held: unknown = context[key as keyof typeof rare]
    const isNothing = held == null || (Array.isArray(held) && held.length === 0)
    if (!isNothing) text += said(key, codec, held)
  }
  return text
}
