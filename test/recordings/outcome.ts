import type { Difference, Found, Item, Judge, Recording } from './recording.ts'
import { replay, type Via } from './replay.ts'
import type { ReplayServer } from './replay-server.ts'

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly failures: readonly string[] }

/** Replays a recording and judges it: it passes when each of its items does. */
export async function judgeRecording(
  { content }: Found<Recording>,
  server: ReplayServer,
  judge: Judge,
  via: Via = '',
): Promise<Outcome> {
  try {
    const items = await replay(content, server, via)
    const failures = content.expected.flatMap((expected, index) =>
      judgeItem(judge, expected, items[index], index),
    )
    return failures.length === 0 ? { kind: 'passed' } : { kind: 'failed', failures }
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { kind: 'failed', failures: [stack] }
  }
}

function judgeItem(
  judge: Judge,
  expected: Item,
  actual: Item | undefined,
  index: number,
): string[] {
  const found = actual ?? { kind: 'nothing' }
  const differences = judge.compareRecording(expected, found)
  if (judge.passes(differences)) return []
  const major = differences.filter((difference) => difference.severity === 'major')
  const why =
    found.kind === 'wrong-request' ? [`interaction ${index}: ${String(found['why'])}`] : []
  const error = found.kind === 'error' ? [`interaction ${index}: ${shown(found['error'])}`] : []
  return [...why, ...error, ...major.map((difference) => describe(difference, index))]
}

function describe({ pointer, expected, actual, why }: Difference, index: number): string {
  return `interaction ${index} ${pointer}: ${why}\n      expected ${shown(expected)}\n      actual   ${shown(actual)}`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}
