/** Something to print; what it looks like is a matter of the page it is printed on. */
export type Piece = AnswerPiece | ThinkingPiece | Line

/** Some of the answer. */
export interface AnswerPiece {
  readonly kind: 'answer'
  readonly text: string
  /** Whether it goes on from the piece before. */
  readonly goesOn: boolean
}

/** Some of what the model thinks before it answers. */
export interface ThinkingPiece {
  readonly kind: 'thinking'
  readonly text: string
  readonly goesOn: boolean
}

/** A line about what happens. */
export interface Line {
  readonly kind: 'line'
  readonly tone: 'good' | 'bad' | 'quiet'
  /** One character. */
  readonly mark: string
  readonly text: string
}

export function quietLine(mark: string, text: string): Line {
  return { kind: 'line', tone: 'quiet', mark, text }
}

export function badLine(mark: string, text: string): Line {
  return { kind: 'line', tone: 'bad', mark, text }
}
