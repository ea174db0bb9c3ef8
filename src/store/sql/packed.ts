import { StoreError } from '../../errors/index.ts'

/** Texts as one: a line with the length of each, and then all of them as they are. */
export function packed(texts: readonly string[]): string {
  return `${texts.map(({ length }) => length).join()}\n${texts.join('')}`
}

/** @throws {StoreError} when something else was stored */
export function unpacked(text: string): readonly string[] {
  const headEnd = text.indexOf('\n')
  const lengths = text.slice(0, headEnd).split(',').map(Number)
  let end = headEnd + 1
  const texts = lengths.map((length) => text.slice(end, (end += length)))
  if (end === text.length) return texts
  throw new StoreError('The store holds messages that have lost their lengths')
}
