import type { Delivery, InboxEvent, Store } from '../store/index.ts'
import type { RunsTask } from './runs-arguments.ts'
import type { RunsReport } from './runs-report.ts'
import { visible } from './visible.ts'

/** Says something to a run, and tells what became of that. */
export async function deliveredReport(
  { runId, event }: Extract<RunsTask, { verb: 'deliver' }>,
  store: Store,
): Promise<RunsReport> {
  const outcome = await store.deliver(runId, event)
  const { status, owner } = await store.record(runId)
  const call = 'toolCallId' in event ? { toolCallId: event.toolCallId } : {}
  const isTaken = status === 'active' || status === 'waiting' || status === 'failed'
  const taker =
    owner === null
      ? isTaken
        ? 'a worker takes it, or `agentchart runs resume`'
        : `the run is ${status}: \`agentchart runs resume\` or \`requeue\` takes it up`
      : `'${owner}' drives the run and takes it`
  const text = {
    accepted: `${meaning(event)}; ${taker}`,
    repeated: `${repeatedText(event)}; the first one counts`,
    late:
      'toolCallId' in event
        ? `Too late: the call '${event.toolCallId}' does not wait any more`
        : 'Too late: the run has ended',
  }[outcome]
  return { json: { runId, ...call, outcome }, text: visible(text), code: codeOf(outcome) }
}

function codeOf(outcome: Delivery): number {
  return outcome === 'late' ? 1 : 0
}

function meaning(event: InboxEvent): string {
  switch (event.type) {
    case 'tool-call-approved':
      return `Approved '${event.toolCallId}'`
    case 'tool-call-denied':
      return `Denied '${event.toolCallId}'`
    case 'tool-call-answered':
      return `Answered '${event.toolCallId}'`
    case 'cancel':
      return 'The cancel is delivered'
    case 'enqueue':
      return 'The message is delivered'
  }
}

function repeatedText(event: InboxEvent): string {
  return 'toolCallId' in event
    ? `The call '${event.toolCallId}' has been decided already`
    : 'It was said before'
}
