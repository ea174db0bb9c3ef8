import { describe, expect, it } from 'vitest'
import { StoreError } from '../../src/errors/index.ts'
import { memoryBackend, Store } from '../../src/store/index.ts'
import { FailingBackend } from '../../src/testing/index.ts'
import { newRun, saved } from '../../src/testing/store-conformance/check.ts'

const mine = { owner: 'mine' }

async function failing() {
  const backend = new FailingBackend(memoryBackend())
  const store = new Store(backend)
  const lease = await store.create(newRun('a'), mine)
  return { backend, store, lease }
}

describe('FailingBackend', () => {
  it('fails before anything is done, as often as it was asked to', async () => {
    const { backend, store, lease } = await failing()
    backend.failNext(2)
    await expect(store.save(lease, saved(2))).rejects.toMatchObject({ isRetryable: true })
    await expect(store.load('a')).rejects.toMatchObject({ isRetryable: true })
    expect((await store.record('a')).seq).toBe(1)
    expect(backend.pendingFailures).toBe(0)
  })

  it('loses the answer of what was done', async () => {
    const { backend, store, lease } = await failing()
    backend.failAfterCommit()
    await expect(store.save(lease, saved(2))).rejects.toThrow(StoreError)
    expect((await store.record('a')).seq).toBe(2)
    expect(await store.save(lease, saved(2))).toEqual([])
  })

  it('fails with an error of choice, which is for its database to judge', async () => {
    const { backend, store } = await failing()
    const cause = new Error('worn out')
    backend.failNext(1, cause)
    await expect(store.record('a')).rejects.toMatchObject({ isRetryable: false, cause })
  })

  it('hangs until it is released', async () => {
    const { backend, store, lease } = await failing()
    const release = backend.hang()
    let isSaved = false
    const saving = store.save(lease, saved(2)).finally(() => {
      isSaved = true
    })
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(isSaved).toBe(false)
    release()
    await saving
    expect((await store.record('a')).seq).toBe(2)
  })

  it('lets a creation whose answer was lost be sent again', async () => {
    const { backend, store } = await failing()
    const run = newRun('b', { creationId: 'once' })
    backend.failAfterCommit()
    await expect(store.create(run, mine)).rejects.toThrow(StoreError)
    expect(await store.create(run, mine)).toMatchObject({ runId: 'b', token: 1 })
  })
})
