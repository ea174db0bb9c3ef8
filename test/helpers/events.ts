import type { AgentEvent } from '../../src/streaming/index.ts'

/** All that is told, to the end. */
export async function collect<TItem>(source: AsyncIterable<TItem>): Promise<TItem[]> {
  const items: TItem[] = []
  for await (const item of source) items.push(item)
  return items
}

const ofResponses = new Set(['part_start', 'part_delta', 'part_end', 'final_result'])

/** What happened to calls: neither responses nor the result. */
export async function toolEvents(source: AsyncIterable<AgentEvent>): Promise<AgentEvent[]> {
  const events = await collect(source)
  return events.filter(
    ({ eventKind }) => !ofResponses.has(eventKind) && eventKind !== 'agent_run_result',
  )
}
