import { expect } from 'vitest'
import { z } from 'zod'
import { Agent, type AgentOptions, type ReplayReport } from '../../src/agent/index.ts'
import type { OutputSpec } from '../../src/output/index.ts'
import type { AgentRun } from '../../src/run/index.ts'
import { memoryStore, type Store } from '../../src/store/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import { tool, type Tool } from '../../src/tools/index.ts'
import { call, says, script } from './script.ts'

export type Options = AgentOptions<unknown, OutputSpec | undefined, unknown>

/** A model that nobody may ask. */
export const silent = new FunctionModel(() => {
  throw new Error('Nobody is to be asked')
})

/** A run to be recorded. */
export interface Recorded {
  readonly store: Store
  readonly options: Partial<Options>
  readonly drive?: (run: AgentRun) => Promise<unknown>
}

/** Records a run, and replays it with the same agent, but for what has changed since. */
export async function replayed(
  { store, options, drive = (run) => run.finish() }: Recorded,
  changes: Partial<Options> = {},
): Promise<ReplayReport> {
  const run = new Agent(options).iter('Hello', { store })
  await drive(run)
  await run.dispose()
  const before = JSON.stringify(await store.export(run.runId))
  const report = await new Agent({ ...options, model: silent, ...changes }).replay(run.runId, {
    store,
  })
  expect(JSON.stringify(await store.export(run.runId))).toBe(before)
  return report
}

/** What the tool has done. */
export const looked: string[] = []

export function looking(inputSchema = z.object({ at: z.string() })): Tool {
  return tool({
    name: 'look',
    description: 'Looks',
    inputSchema,
    execute: ({ at }) => {
      looked.push(at)
      return 'grey'
    },
  })
}

/** Looks at the sky, then says what it is like. */
export function looks(changes: Partial<Options> = {}): Recorded {
  const model = script([call('look', { at: 'sky' })], [says('It is grey')])
  const options = { model, tools: [looking()], instructions: 'Be brief', ...changes }
  return { store: memoryStore(), options }
}

/** A report of nothing. */
export const same = { difference: null }
