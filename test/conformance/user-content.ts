import { messagesFromWire, type UserContent, userContentToWire } from '../../src/messages/index.ts'

/** User content of a vector as prompts and tools take it. */
export function userContentFromWire(content: unknown): string | readonly UserContent[] {
  const parts = [{ part_kind: 'user-prompt', content }]
  const part = messagesFromWire([{ kind: 'request', parts }])[0]?.parts[0]
  if (part?.partKind !== 'user-prompt') throw new Error('user content was lost on loading')
  return part.content
}

/** One value or a list of them, as a tool returns media. */
export function mediaFromWire(content: unknown): unknown {
  if (Array.isArray(content)) return userContentFromWire(content)
  const [only] = userContentFromWire([content])
  return only
}

export function promptToWire(prompt: string | readonly UserContent[] | null): unknown {
  return prompt === null || typeof prompt === 'string' ? prompt : prompt.map(userContentToWire)
}
