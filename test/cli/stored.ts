import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Agent } from '../../src/index.ts'
import { sqliteStore } from '../../src/store/sqlite/index.ts'

/** A store in a file of its own, for the time of a test. */
export async function storeFile() {
  const folder = await mkdtemp(join(tmpdir(), 'agentchart-runs-'))
  const path = join(folder, 'runs.db')
  const store = sqliteStore(path)
  onTestFinished(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  /** Begins a run and lets go of it. */
  const begin = async (agent: Agent, runId: string, prompt: string): Promise<void> => {
    const run = agent.iter(prompt, { store, runId })
    await run.save()
    await run.release()
  }
  return { path, store, begin }
}
