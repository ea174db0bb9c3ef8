import { memoryBackend } from './memory-backend.ts'
import { Store } from './store.ts'
import type { StoreOptions } from './store-options.ts'

/** A store in this process, for tests and for work that need not outlive it. */
export function memoryStore(options: StoreOptions = {}): Store {
  return new Store(memoryBackend(), options)
}
