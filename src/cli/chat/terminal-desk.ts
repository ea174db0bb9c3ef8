import { styleText } from 'node:util'
import { failureText } from '../text-report.ts'
import { visible } from '../visible.ts'
import { Decisions } from './decisions.ts'
import type { Desk } from './desk.ts'
import type { InputHistory } from './input-history.ts'
import { askLine, type LineEditorOptions } from './line-editor.ts'
import { Page, type Paint } from './page.ts'
import type { Line, Piece } from './piece.ts'

export interface TerminalOptions extends LineEditorOptions {
  readonly history: InputHistory
  readonly completions: readonly string[]
  readonly approvesAll: boolean
}

/** Lines under way that are shown at most: what has left the screen cannot be replaced. */
const maxLive = 8

/** A chat with a person at a terminal. */
export function terminalDesk(options: TerminalOptions): Desk {
  const { output, history, completions, approvesAll } = options
  const paint: Paint = (style, text) => styleText(style, text, { stream: output })
  const print = (text: string): void => void output.write(`${visible(text)}\n`)
  const screen = new Screen(output, new Page(paint))
  const decisions = new Decisions(
    { ask: (question) => askLine(options, question), print },
    approvesAll,
  )
  return {
    isAttended: true,
    async read() {
      const prompt = paint('cyan', '› ')
      const reading = await askLine(options, { prompt, history: history.entries, completions })
      if (reading.kind === 'text') history.add(reading.text)
      return reading
    },
    show: (pieces, live = []) => screen.show(pieces, live),
    endTurn: () => screen.end(),
    say: print,
    remark: (text) => void output.write(`${paint('dim', visible(text))}\n`),
    fail: (failure) => void output.write(failureText(failure, output).trimStart()),
    decide: (requests) => decisions.decide(requests),
    forget: () => decisions.forget(),
  }
}

/** Prints what stays, and below it lines that change. */
class Screen {
  readonly #output: NodeJS.WritableStream
  readonly #page: Page
  #liveCount = 0

  constructor(output: NodeJS.WritableStream, page: Page) {
    this.#output = output
    this.#page = page
  }

  show(pieces: readonly Piece[], live: readonly Line[]): void {
    const above = this.#liveCount === 0 ? '' : `\r${escape}[${this.#liveCount}A${escape}[J`
    const printed = pieces.map((piece) => this.#page.add(piece)).join('')
    const shown = live.slice(0, maxLive).map((line) => this.#page.line(line))
    const gap = shown.length > 0 ? this.#page.freshLine() : ''
    this.#liveCount = shown.length
    const text = above + printed + gap + (shown.length > 0 ? unwrapped(shown.join('')) : '')
    if (text !== '') this.#output.write(text)
  }

  end(): void {
    this.show([], [])
    this.#output.write(`${this.#page.freshLine()}\n`)
  }
}

const escape = '\u001B'

/** Each line takes one row, cut off at the edge, so that it is known how many there are to replace. */
function unwrapped(lines: string): string {
  return `${escape}[?7l${lines}${escape}[?7h`
}
