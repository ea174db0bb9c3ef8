import { isRawObject, type RawObject } from '../raw.ts'

const closers: Readonly<Record<string, string>> = { '{': '}', '[': ']' }

/**
 * The object that a text means, where it lacks nothing but brackets at its end: so Anthropic writes the input of its own
 * tools now and then. `undefined` when it is not to be helped.
 */
export function completedObject(text: string): RawObject | undefined {
  try {
    const value: unknown = JSON.parse(text + missingBrackets(text))
    return isRawObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Those that were opened outside of strings, and not closed. */
function missingBrackets(text: string): string {
  const open: string[] = []
  for (const [bracket] of text.replaceAll(/"(?:\\.|[^"\\])*"/gs, '').matchAll(/[{}[\]]/g)) {
    const closer = closers[bracket]
    if (closer !== undefined) open.push(closer)
    else if (open.pop() !== bracket) return ''
  }
  return open.toReversed().join('')
}
