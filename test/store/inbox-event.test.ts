import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/store/index.ts'
import { Agent } from '../../src/index.ts'
import { TestModel } from '../../src/testing/index.ts'

describe('an event with a field that it does not have', () => {
  it('is refused with the fields that it may have', async () => {
    const store = memoryStore()
    const run = new Agent({ model: new TestModel() }).iter('Hi', { store, runId: 'run-1' })
    await run.save()
    const event: object = { type: 'cancel', why: 'Too late.' }
    await expect(store.deliver('run-1', event as { type: 'cancel' })).rejects.toThrow(
      'No field of this event, which has `type`, `reason` (at why)',
    )
    await run.dispose()
  })
})
