import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '../../errors/index.ts'
import {
  isResult,
  messagesFromJson,
  messagesToJson,
  type ModelMessage,
  repairDanglingCalls,
} from '../../messages/index.ts'
import { addUsage, RunUsage } from '../../usage/index.ts'

/** What was said in a chat and what it has used. */
export class Conversation {
  #messages: readonly ModelMessage[] = []
  /** The messages before each turn, oldest first. */
  #before: readonly (readonly ModelMessage[])[] = []
  #total = RunUsage()
  #last = RunUsage()
  /** The file that it was read from or written to. */
  #file: string | undefined

  get messages(): readonly ModelMessage[] {
    return this.#messages
  }

  /** Of the last turn, and of all of this chat, those taken back included. */
  get usage(): { readonly last: RunUsage; readonly total: RunUsage } {
    return { last: this.#last, total: this.#total }
  }

  /** The history for a new prompt: calls that nobody will answer any more are said to be interrupted. */
  historyForPrompt(): readonly ModelMessage[] {
    return repairDanglingCalls(this.#messages, { repairLast: true })
  }

  add(messages: readonly ModelMessage[], usage: RunUsage): void {
    this.#before = [...this.#before, this.#messages]
    this.#messages = messages
    this.#last = usage
    this.#total = addUsage(this.#total, usage)
  }

  /** Takes the last turn back. @returns whether there was one */
  undo(): boolean {
    const before = this.#before.at(-1)
    if (before === undefined) return false
    this.#messages = before
    this.#before = this.#before.slice(0, -1)
    return true
  }

  clear(): void {
    this.#messages = []
    this.#before = []
    this.#file = undefined
  }

  /**
   * Writes the messages as JSON. Without a path: to the file used before.
   * @throws {UserError} when there is no path, or something else is there
   */
  save(path: string | undefined): string {
    const file = path === undefined ? this.#file : resolve(path)
    if (file === undefined) throw new UserError('No file was named', { hint: 'Use /save <file>' })
    if (file !== this.#file && existsSync(file)) {
      throw new UserError(`There is a file '${file}' already`, { hint: 'Choose another name' })
    }
    writeFileSync(file, `${messagesToJson(this.#messages)}\n`)
    this.#file = file
    return file
  }

  /**
   * Goes on from messages in a file instead.
   * @throws {UserError} when it cannot be read
   * @throws {ValidationError} when it does not hold messages
   */
  load(path: string): void {
    const file = resolve(path)
    if (!existsSync(file)) throw new UserError(`There is no file '${path}'`)
    const messages = messagesFromJson(readFileSync(file, 'utf8'))
    this.#before = messages.flatMap((message, index) =>
      beginsTurn(message) ? [messages.slice(0, index)] : [],
    )
    this.#messages = messages
    this.#file = file
  }
}

/** What a tool said to the model besides its result is no prompt of a person. */
function beginsTurn(message: ModelMessage): boolean {
  if (message.kind === 'response') return false
  const { parts } = message
  return parts.some((part) => part.partKind === 'user-prompt') && !parts.some(isResult)
}
