/**
 * Text from models, tools and providers does not get to steer the terminal: what is left of it has neither control
 * sequences nor marks that turn the direction of the text around.
 */
export function visible(text: string): string {
  return text
    .replaceAll('\r', '')
    .replaceAll(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu, '\u{FFFD}')
}

const graphemes = new Intl.Segmenter()

/** {@link visible} in one line, of at most so many characters. */
export function oneLine(text: string, maxLength: number): string {
  const enough = text.slice(0, 20 * maxLength)
  const line = visible(enough).replaceAll(/\s+/g, ' ').trim()
  const characters = Array.from(graphemes.segment(line), ({ segment }) => segment)
  if (enough === text && characters.length <= maxLength) return line
  return `${characters.slice(0, maxLength - 1).join('')}…`
}
