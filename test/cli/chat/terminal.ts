import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { chatWithAgent } from '../../../src/cli/chat-command.ts'

/** What is typed as soon as the screen says something new; `interrupt` is Ctrl-C while a turn is under way. */
export type Step = readonly [at: string, keys: string]

export const interrupt = 'interrupt'
export const ctrlC = '\u0003'
export const ctrlD = '\u0004'
export const up = '\u001B[A'

export interface Chatted {
  readonly code: number
  /** Everything that was ever printed, without colours and movements. */
  readonly screen: string
}

export interface ChatOptions {
  readonly from?: string
  readonly yes?: boolean
  /** A file for what was typed. Default: none. */
  readonly history?: string
}

/** Chats on a terminal that a script types on. */
export async function chat(
  module: string,
  steps: readonly Step[],
  { from, yes = false, history = '' }: ChatOptions = {},
): Promise<Chatted> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  const stdout = Object.assign(new PassThrough(), { isTTY: true })
  const signals = new EventEmitter()
  let [raw, seen] = ['', 0]
  const left = [...steps]
  const type = (): void => {
    const screen = stripVTControlCharacters(raw)
    const [at, keys] = left[0] ?? []
    const found = at === undefined ? -1 : screen.indexOf(at, seen)
    if (at === undefined || keys === undefined || found < 0) return
    left.shift()
    seen = found + at.length
    if (keys === interrupt) signals.emit('SIGINT')
    else stdin.write(keys)
    type()
  }
  stdout.setEncoding('utf8').on('data', (text: string) => {
    raw += text
    setImmediate(type) // the prompt is printed before it listens
  })
  const host = {
    stdin,
    stdout,
    stderr: new PassThrough(),
    env: { AGENTCHART_HISTORY: history },
    on: signals.on.bind(signals),
    off: signals.off.bind(signals),
    exit: () => {},
  }
  const command = { name: 'chat', module, model: undefined, from, yes } as const
  const code = await chatWithAgent(command, host)
  return { code, screen: stripVTControlCharacters(raw).replaceAll('\r\n', '\n') }
}
