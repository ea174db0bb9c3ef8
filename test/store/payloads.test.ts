import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { StoreError, UserError } from '../../src/errors/index.ts'
import { memoryBackend, type PayloadInfo, Store } from '../../src/store/index.ts'
import { awaited, newRun, saved } from '../../src/testing/store-conformance/check.ts'

const mine = { owner: 'mine' }
const secret = 'very secret'

/** AES that also checks which payload it was: one cannot be put in the place of another. */
function encryption(key: Buffer) {
  return {
    encode: (text: string, info: PayloadInfo) => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      cipher.setAAD(Buffer.from(JSON.stringify(info)))
      const bytes = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([bytes, cipher.getAuthTag()]).toString('base64')
    },
    decode: (text: string, info: PayloadInfo) => {
      const bytes = Buffer.from(text, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
      decipher.setAAD(Buffer.from(JSON.stringify(info)))
      decipher.setAuthTag(bytes.subarray(-16))
      return decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
    },
  }
}

describe('encryption', () => {
  it('hides everything that is data of a user', async () => {
    const backend = memoryBackend()
    const store = new Store(backend, encryption(randomBytes(32)))
    const messages = { from: 0, items: [{ text: secret }] }
    const data = {
      title: secret,
      messages,
      snapshot: { secret },
      error: { name: 'Error', message: secret },
      awaits: [awaited('x', { args: { secret }, metadata: { secret } })],
    }
    const lease = await store.create(newRun('a', data), mine)
    await store.deliver('a', { type: 'tool-call-denied', toolCallId: 'x', message: secret })
    await store.deliver('a', { type: 'enqueue', content: secret })
    await store.deliver('a', { type: 'cancel', reason: secret })
    await store.save(lease, saved(2, { ...data, messages: { from: 1, items: [{ text: secret }] } }))
    expect(JSON.stringify(await backend.dump('a'))).not.toContain('secret')
    expect(JSON.stringify(await store.export('a')).split(secret).length).toBeGreaterThan(9)
  })

  it('with another key gives nothing, and its error is that of the hook', async () => {
    const backend = memoryBackend()
    await new Store(backend, encryption(randomBytes(32))).create(newRun('a'), mine)
    const other = new Store(backend, encryption(randomBytes(32)))
    await expect(other.load('a')).rejects.toThrow(/authenticate/)
    await expect(new Store(backend).load('a')).rejects.toThrow(StoreError)
    expect((await other.record('a')).status).toBe('active')
  })

  it('has to give text that a database takes', async () => {
    for (const bad of ['a\0b', '\uD800']) {
      const store = new Store(memoryBackend(), { encode: () => bad })
      await expect(store.create(newRun('a'), mine)).rejects.toThrow(UserError)
    }
  })
})

describe('numbers', () => {
  it('that no double holds come back exactly', async () => {
    const store = new Store(memoryBackend())
    const raw: unknown = Reflect.get(JSON, 'rawJSON')('12345678901234567890')
    await store.create(newRun('a', { messages: { from: 0, items: [{ id: raw }] } }), mine)
    expect((await store.load('a')).messages).toEqual([{ id: 12345678901234567890n }])
    expect(JSON.stringify(await store.export('a'))).toContain('"id":12345678901234567890}')
  })
})

describe('a listener that throws', () => {
  it('does not undo what was delivered', async () => {
    const store = new Store(memoryBackend())
    await store.create(newRun('a'), mine)
    const thrown = new Error('listener')
    store.onDelivered('a', () => {
      throw thrown
    })
    const uncaught = new Promise((resolve) => process.once('uncaughtException', resolve))
    const others = process.listeners('uncaughtException').slice(0, -1)
    for (const other of others) process.removeListener('uncaughtException', other)
    expect(await store.deliver('a', { type: 'cancel' })).toBe('accepted')
    expect(await uncaught).toBe(thrown)
    for (const other of others) process.on('uncaughtException', other)
  })
})
