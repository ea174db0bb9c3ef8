import { describe, expect, it } from 'vitest'
import { isSecretKey, withoutSecrets } from '../../src/inspect/secrets.ts'

const clean = (text: string) => withoutSecrets(text, 10_000, (key) => key === 'pin')

describe('secrets', () => {
  it.each([
    'apiKey',
    'api_key',
    'X-Api-Key',
    'OPENAI_API_KEY',
    'authorization',
    'Proxy-Authorization',
    'password',
    'clientSecret',
    'secretAccessKey',
    'access_token',
    'refreshToken',
    'token',
    'headers',
    'extraHeaders',
    'set-cookie',
    'deps',
    'privateKey',
    'credentials',
    'auth',
    'pwd',
    'idJwt',
  ])('are what is called %s', (key) => expect(isSecretKey(key)).toBe(true))

  it.each([
    'maxTokens',
    'inputTokens',
    'tokens',
    'key',
    'author',
    'keyboard',
    'monkey',
    'toolCallId',
    'runId',
    'deposit',
    'tokenCount',
  ])('are not what is called %s', (key) => expect(isSecretKey(key)).toBe(false))

  it.each([
    ['Bearer abcdefgh1234', 'Bearer (hidden)'],
    ['Incorrect API key provided: sk-proj-abcdef123456.', 'Incorrect API key provided: (hidden).'],
    ['AKIAIOSFODNN7EXAMPLE', '(hidden)'],
    ['ghp_abcdefghijklmnopqrstuvwxyz0123456789', '(hidden)'],
    ['postgres://ada:lovelace@db/x', 'postgres://ada:(hidden)@db/x'],
    ['https://x.example/?api_key=abc123&q=1', 'https://x.example/?api_key=(hidden)&q=1'],
    ['X-API-Key: abc123def', 'X-API-Key: (hidden)'],
    ['{"pin":1234,"city":"Oslo"}', '{"pin":"(hidden)","city":"Oslo"}'],
    ['{"a":{"headers":{"b":{"c":"d"}}}}', '{"a":{"headers":"(hidden)"}}'],
    ['{"city":"Oslo","password":"hunter2 and', '{"city":"Oslo","password":"(hidden)"'],
    ['{"password":"hunter2","headers":{"a":{"b":"c', '{"password":"(hidden)","headers":{(hidden)'],
  ])('are taken out of %j', (text, safe) => expect(clean(text)).toBe(safe))

  it.each(['Do I need a coat?', '{"city": "Oslo", "max_tokens": 100}', 'a token of love', 'sk-i'])(
    'are not suspected in %j',
    (text) => expect(clean(text)).toBe(text),
  )

  it('are looked for in time that grows with the text', () => {
    for (const text of ['"'.repeat(200_000), `{${'"a\\'.repeat(100_000)}`, ':'.repeat(300_000)]) {
      const start = performance.now()
      withoutSecrets(text, 2_000, () => false)
      expect(performance.now() - start).toBeLessThan(500)
    }
  })
})
