import { z } from 'zod'
import { Agent, tool } from '../../src/index.ts'
import type { WorkerOptions, WorkEvent } from '../../src/worker/index.ts'
import { memoryBackend, Store } from '../../src/store/index.ts'
import { FunctionModel, ManualClock } from '../../src/testing/index.ts'
import { call } from '../agent/script.ts'

/** A store by a clock that is turned by hand, and options for workers of it, whose events are kept. */
export function workshop({ backend = memoryBackend() } = {}) {
  const clock = new ManualClock(Date.parse('2026-11-22T10:00:00Z'))
  const store = new Store(backend, { clock })
  const events: WorkEvent[] = []
  const options = (more: Partial<WorkerOptions> = {}) => ({
    store,
    clock,
    onEvent: (event: WorkEvent) => void events.push(event),
    ...more,
  })
  return { clock, store, events, options, kinds: () => events.map(({ kind }) => kind) }
}

/** Begins a run and lets go of it, as a service does. */
export async function begin(agent: Agent, store: Store, clock: ManualClock, runId: string) {
  const run = agent.iter('Go.', { store, clock, runId, deferred: 'wait' })
  await run.save()
  await run.release()
}

export function greeter(name = 'greeter') {
  return new Agent({ name, model: new FunctionModel(() => 'Good morning') })
}

/** Asks to pay 5 and 7 euros; `paid` gets what was. */
export function treasurer(paid: number[] = []) {
  const pay = tool({
    name: 'pay',
    inputSchema: z.object({ euros: z.number() }),
    needsApproval: true,
    execute: ({ euros }) => {
      paid.push(euros)
      return `paid ${euros}`
    },
  })
  const bills = { parts: [call('pay', { euros: 5 }, 'a'), call('pay', { euros: 7 }, 'b')] }
  const model = new FunctionModel(({ length }) => (length === 1 ? bills : 'All is settled'))
  return new Agent({ name: 'treasurer', model, tools: [pay] })
}
