import {
  callArguments,
  type DeferredApproval,
  type DeferredToolRequests,
  type DeferredToolResults,
  type ToolCallPart,
} from '../../messages/index.ts'
import { plain } from '../plain.ts'
import { oneLine, visible } from '../visible.ts'
import type { Reading } from './desk.ts'
import type { Question } from './line-editor.ts'

/** How a person is asked. */
export interface Asking {
  readonly ask: (question: Question) => Promise<Reading>
  readonly print: (text: string) => void
}

/** Asks a person what is to become of calls that wait, and remembers what was allowed for good. */
export class Decisions {
  readonly #asking: Asking
  readonly #approvesAll: boolean
  /** Names of tools that need not ask again. */
  readonly #allowed = new Set<string>()

  constructor(asking: Asking, approvesAll: boolean) {
    this.#asking = asking
    this.#approvesAll = approvesAll
  }

  /** @returns `undefined` when a question was interrupted */
  async decide(requests: DeferredToolRequests): Promise<DeferredToolResults | undefined> {
    const approvals: Record<string, true | DeferredApproval> = {}
    const calls: Record<string, unknown> = {}
    for (const call of requests.approvals) {
      const verdict = await this.#verdictOn(call, requests.metadata[call.toolCallId])
      if (verdict === undefined) return undefined
      approvals[call.toolCallId] = verdict
    }
    for (const call of requests.calls) {
      const answer = await this.#answerTo(call, requests.metadata[call.toolCallId])
      if (answer === undefined) return undefined
      calls[call.toolCallId] = answer.value
    }
    return { approvals, calls }
  }

  /** Nothing is allowed for good any more. */
  forget(): void {
    this.#allowed.clear()
  }

  async #verdictOn(
    call: ToolCallPart,
    metadata: unknown,
  ): Promise<true | DeferredApproval | undefined> {
    if (this.#approvesAll || this.#allowed.has(call.toolName)) return true
    this.#present(`${oneLine(call.toolName, 60)} asks for approval`, call, metadata)
    for (;;) {
      const reading = await this.#asking.ask({ prompt: choices })
      if (reading.kind !== 'text') return undefined
      const [choice = '', ...words] = reading.text.trim().split(/\s+/)
      switch (choice.toLowerCase()) {
        case 'y':
        case 'yes':
          return true
        case 'a':
        case 'always':
          this.#allowed.add(call.toolName)
          return true
        case 'n':
        case 'no':
          return this.#denial(words.join(' '))
        case 'e':
        case 'edit': {
          const overrideArgs = await this.#edited(call)
          if (overrideArgs !== undefined) return { kind: 'tool-approved', overrideArgs }
        }
      }
    }
  }

  async #denial(reason: string): Promise<DeferredApproval | undefined> {
    if (reason !== '') return { kind: 'tool-denied', message: reason }
    const reading = await this.#asking.ask({
      prompt: '  Reason, for the model: ',
    })
    if (reading.kind !== 'text') return undefined
    const message = reading.text.trim()
    return { kind: 'tool-denied', ...(message !== '' && { message }) }
  }

  /** @returns `undefined` when the person thought better of it */
  async #edited(call: ToolCallPart): Promise<Readonly<Record<string, unknown>> | undefined> {
    let prefill = visible(JSON.stringify(callArguments(call), plain))
    for (;;) {
      const reading = await this.#asking.ask({ prompt: '  Arguments: ', prefill })
      if (reading.kind !== 'text' || reading.text.trim() === '') return undefined
      const edited = objectOf(reading.text)
      if (edited !== undefined) return edited
      this.#asking.print('  That is no JSON object')
      prefill = reading.text.replaceAll('\n', ' ')
    }
  }

  async #answerTo(call: ToolCallPart, metadata: unknown): Promise<{ value: unknown } | undefined> {
    this.#present(`${oneLine(call.toolName, 60)} waits for an answer`, call, metadata)
    const reading = await this.#asking.ask({ prompt: '  Answer, as text or JSON: ' })
    return reading.kind === 'text' ? { value: jsonOrText(reading.text) } : undefined
  }

  #present(title: string, call: ToolCallPart, metadata: unknown): void {
    const shown = JSON.stringify(callArguments(call), plain, 2)
    const notes = metadata === undefined ? '' : `\nwith ${JSON.stringify(metadata, plain)}`
    this.#asking.print(`? ${title}\n${`${shown}${notes}`.replaceAll(/^/gm, '    ')}`)
  }
}

const choices = '  Allow? y(es), n(o), e(dit), a(lways): '

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = jsonOrText(text)
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? Object.fromEntries(Object.entries(value)) : undefined
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
