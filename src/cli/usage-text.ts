import type { RunUsage } from '../usage/index.ts'

/** What was used, in a line for a person to read; the cost where it is known. */
export function usageText({
  requests,
  toolCalls,
  inputTokens,
  outputTokens,
  cost,
}: RunUsage): string {
  const facts = [
    counted(requests, 'request'),
    counted(toolCalls, 'tool call'),
    `${inputTokens} input and ${outputTokens} output tokens`,
    ...(cost === null ? [] : [`$${cost}`]),
  ]
  return facts.join(' · ')
}

export function durationText(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
