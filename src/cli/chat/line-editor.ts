import { createInterface } from 'node:readline'
import type { Reading } from './desk.ts'

export interface LineEditorOptions {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/** What a person is asked for. */
export interface Question {
  readonly prompt: string
  /** Stands there already, to be changed. */
  readonly prefill?: string
  /** What the arrow keys go back to, latest first. */
  readonly history?: readonly string[]
  /** What Tab completes the beginning of a line to. */
  readonly completions?: readonly string[]
}

/**
 * Asks for a line on a terminal, with Node's own line editing. Lines that come at once, as when text is pasted, are one
 * text, and so is a line that ends in a backslash and the one that follows. Ctrl-C empties the line, or interrupts when
 * it is empty; Ctrl-D ends.
 */
export function askLine(
  { input, output }: LineEditorOptions,
  question: Question,
): Promise<Reading> {
  const { prompt, prefill, history = [], completions = [] } = question
  const { promise, resolve } = Promise.withResolvers<Reading>()
  const editor = createInterface({
    input,
    output,
    terminal: true,
    prompt,
    history: [...history],
    historySize: 1_000,
    completer: (line: string) => [completions.filter((each) => each.startsWith(line)), line],
  })
  let lines: string[] = []
  const settle = (reading: Reading): void => {
    resolve(reading) // the first one counts: closing tells of the end, too
    editor.close()
  }
  const finish = (): void => {
    if (lines.length === 0 || editor.line !== '') return // emptied meanwhile, or the paste ends in mid-line
    if (lines.at(-1)?.endsWith('\\') !== true) {
      return settle({ kind: 'text', text: lines.join('\n').replaceAll('\\\n', '\n') })
    }
    editor.setPrompt('… ')
    editor.prompt()
  }
  editor.on('line', (line) => {
    lines.push(line)
    setImmediate(finish) // the rest of a paste comes in this tick
  })
  editor.on('SIGINT', () => {
    output.write('\n')
    if (editor.line === '' && lines.length === 0) return settle({ kind: 'interrupted' })
    lines = []
    editor.setPrompt(prompt)
    editor.write(null, { ctrl: true, name: 'e' })
    editor.write(null, { ctrl: true, name: 'u' })
    editor.prompt()
  })
  editor.on('close', () => resolve({ kind: 'ended' }))
  editor.prompt()
  if (prefill !== undefined) editor.write(prefill)
  return promise
}
