import { memoryBackend, Store } from '../../src/store/index.ts'
import { storeConformance } from '../conformance/store.ts'

storeConformance('memory', () => {
  const backend = memoryBackend()
  return { open: (options) => new Store(backend, options) }
})
