import type { StoreBackend } from '../../src/store/index.ts'

/** A backend as an object of its own, to put something else in the place of one of its members. */
export function memberwise(backend: StoreBackend): StoreBackend {
  return {
    name: backend.name,
    open: () => backend.open(),
    change: (runId, reads, decide) => backend.change(runId, reads, decide),
    claim: (query, decide) => backend.claim(query, decide),
    run: (runId) => backend.run(runId),
    load: (runId, seq) => backend.load(runId, seq),
    inbox: (runId) => backend.inbox(runId),
    steps: (runId) => backend.steps(runId),
    list: (query) => backend.list(query),
    dump: (runId) => backend.dump(runId),
    close: () => backend.close(),
    explain: (error) => backend.explain?.(error) ?? { isRetryable: false },
  }
}
