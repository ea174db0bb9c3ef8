/**
 * Drives the runs that the service has started: `node examples/service/worker.ts runs.db`. There may be as many as you
 * like. `agentchart work examples/service/agent.ts --store runs.db` is the same with more options.
 */
import { work } from '../../src/worker/index.ts'
import { sqliteStore } from '../../src/store/sqlite/index.ts'
import { agent } from './agent.ts'

const store = sqliteStore(process.argv[2] ?? 'runs.db')

const worker = work({
  agent,
  store,
  pollMs: 100,
  leaseMs: 2_000,
  onEvent: (event) => console.log(event.kind),
})

process.once('SIGTERM', () => void worker.stop()) // steps under way come to their end first
await worker.done
await store.close()
