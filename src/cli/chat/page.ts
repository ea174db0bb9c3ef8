import { visible } from '../visible.ts'
import type { Line, Piece } from './piece.ts'

/** How a page looks: `styleText`, or nothing at all. */
export type Paint = (style: 'cyan' | 'dim' | 'green' | 'red', text: string) => string

/** Text that grows piece by piece: knows what of it stands in the line that is not finished yet. */
export class Page {
  readonly #paint: Paint
  #open: Piece['kind'] | undefined

  constructor(paint: Paint = (_, text) => text) {
    this.#paint = paint
  }

  /** What to print for a piece. */
  add(piece: Piece): string {
    if (piece.kind === 'line') return this.freshLine() + this.line(piece)
    const before = piece.goesOn && this.#open === piece.kind ? '' : this.freshLine()
    const isAtStart = this.#open === undefined
    const text = visible(piece.text)
    if (text !== '') this.#open = text.endsWith('\n') ? undefined : piece.kind
    return before + (piece.kind === 'answer' ? text : this.#paint('dim', indented(text, isAtStart)))
  }

  /** What to print so that the next piece begins a line. */
  freshLine(): string {
    const isOpen = this.#open !== undefined
    this.#open = undefined
    return isOpen ? '\n' : ''
  }

  /** A line, wherever it is printed. */
  line({ tone, mark, text }: Line): string {
    const style = { good: 'green', bad: 'red', quiet: 'dim' } as const
    const shown = visible(text)
    return `${this.#paint(style[tone], mark)} ${tone === 'bad' ? shown : this.#paint('dim', shown)}\n`
  }
}

function indented(text: string, isAtStart: boolean): string {
  return text.replaceAll(isAtStart ? /^(?=.)/gm : /(?<=\n)(?=.)/g, '  ')
}
