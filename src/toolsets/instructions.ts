import type { InstructionPart, InstructionsResult } from './toolset.ts'

/** What a toolset says, as parts: a string is one static part; empty texts are left out. */
export function instructionParts(said: InstructionsResult): readonly InstructionPart[] {
  if (said === undefined || said === null) return []
  const parts = typeof said === 'string' ? [{ content: said, dynamic: false }] : said
  return parts.filter(({ content }) => content !== '')
}

/** What a function said for one step: a string is one dynamic part, since the next step may hear another. */
export function dynamicParts(said: InstructionsResult): readonly InstructionPart[] {
  if (typeof said !== 'string') return instructionParts(said)
  return instructionParts([{ content: said, dynamic: true }])
}
