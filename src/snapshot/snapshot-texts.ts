import type { AgentContext } from '../../machines/index.ts'
import { JsonText, jsonOf, Place } from '../codec/index.ts'
import { fields, type SavedRun, savedNode } from './document.ts'
import { currentVersion } from './migrations.ts'

/**
 * Writes one run again and again, without its messages: what a store keeps beside its log. Up to three times a step, so
 * keys are literal here, and what is still the same is not put into words again. What a user holds, too, is: it may have
 * been changed in place.
 */
export class SnapshotTexts {
  readonly #lasting = new Latest()
  readonly #prompt = new Latest()
  readonly #calls = new Latest()
  readonly #usage = new Latest()

  of(run: SavedRun): JsonText {
    const { state, context, terms, log } = run
    const { node, visit, step, ledger, usage, outputRetries, toolRetries } = context
    const prompt = state === 'UserPrompt' ? '' : this.#promptText(context.prompt) // its node says it
    const lasting = this.#lasting.of(terms, null, () => lastingText(run))
    const writeNode = (): string => said('node', savedNode(node, log))
    const where = node.kind === 'call-tools' ? this.#calls.of(node, log, writeNode) : writeNode()
    const options = isEmpty(terms.options) ? ',"options":{}' : said('options', terms.options)
    const entries = ledger.length === 0 ? ',"ledger":[]' : said('ledger', ledger)
    const used = this.#usage.of(usage, null, () => said('usage', usage))
    const tools = toolRetries.length === 0 ? '[]' : JSON.stringify(toolRetries)
    const retries = `"retries":{"output":${outputRetries},"tools":${tools}}`
    const counts = `"visit":${visit},"step":${step},"log":{"length":${log.length}}`
    const rare = rareText(context)
    return new JsonText(
      `${lasting}${prompt}${options},"state":"${state}",${counts},${retries}${where}${entries}${used}${rare}}`,
    )
  }

  /** Files are not kept as text beside the prompt that has them. */
  #promptText(prompt: AgentContext['prompt']): string {
    if (prompt === null) return ''
    if (typeof prompt !== 'string') return said('prompt', prompt)
    return this.#prompt.of(prompt, null, () => said('prompt', prompt))
  }
}

/** The text for the latest value, in view of another one. */
class Latest {
  #value: unknown
  #beside: unknown
  #text: string | undefined

  of(value: unknown, beside: unknown, write: () => string): string {
    if (this.#text === undefined || value !== this.#value || beside !== this.#beside) {
      this.#text = write()
      this.#value = value
      this.#beside = beside
    }
    return this.#text
  }
}

/** One key and what it holds, behind others. */
function said(key: keyof typeof fields, value: unknown): string {
  const place = new Place()
  place.path.push(key)
  return `,"${key}":${jsonOf(fields[key], value, place)}`
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false
  return true
}

function lastingText({ context, terms }: SavedRun): string {
  const { runId: run, conversationId: conversation, newMessageIndex } = context
  const ids = said('ids', { run, conversation }) + said('newMessageIndex', newMessageIndex)
  const own = said('agent', terms.agent) + said('requires', terms.requires)
  return `{"format":"agentchart/run","version":${currentVersion}${ids}${own}`
}

const rareKeys = [
  'metadata',
  'tail',
  'heldResponse',
  'failure',
  'pending',
  'deadline',
  'cancelRequest',
  'decisions',
] as const

/** What there is to say of what mostly is not there. */
function rareText(context: AgentContext): string {
  let text = ''
  for (const key of rareKeys) {
    const held = context[key]
    if (held !== null && !(Array.isArray(held) && held.length === 0)) text += said(key, held)
  }
  return text
}
