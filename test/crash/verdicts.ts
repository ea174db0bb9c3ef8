import type { InboxEvent } from '../../src/store/index.ts'
import { allCalls, type PlannedCall, type RunPlan } from './plan.ts'

/** What somebody outside says about a call; `undefined` for one that nobody says anything about. */
export function verdictOn(plan: RunPlan, toolCallId: string): InboxEvent | undefined {
  const call = allCalls(plan).find((each) => each.toolCallId === toolCallId)
  return call && eventFor(call)
}

function eventFor({ toolCallId, args }: PlannedCall): InboxEvent | undefined {
  const address = { toolCallId, by: 'somebody' }
  const { verdict } = args
  if (verdict === undefined) return undefined
  switch (verdict) {
    case 'approve':
      return { type: 'tool-call-approved', ...address }
    case 'override':
      return { type: 'tool-call-approved', ...address, overrideArgs: overridden(args) }
    case 'deny':
      return { type: 'tool-call-denied', ...address, message: `Not ${args.value}` }
    case 'answer':
      return { type: 'tool-call-answered', ...address, result: { said: args.value } }
  }
}

function overridden({ value, ms }: PlannedCall['args']): Record<string, unknown> {
  return { value: value + 1_000, ms }
}
