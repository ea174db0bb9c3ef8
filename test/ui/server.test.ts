import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServedInspector, serveInspector } from '../../src/ui/index.ts'
import { clerk } from './agents.ts'
import { visit } from './visitor.ts'

let inspector: ServedInspector
beforeAll(async () => {
  inspector = await serveInspector({ agents: [clerk()] })
})
afterAll(() => inspector.close())

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

interface Question {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Asks in ways that `fetch` would not. */
function ask({ method = 'GET', path = '/', headers = {}, body = '' }: Question): Promise<Answer> {
  const { port, hostname } = new URL(inspector.url)
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const asking = request({ hostname, port, method, path, headers }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    response.on('end', () =>
      resolve({ status: response.statusCode, headers: response.headers, body: text }),
    )
  })
  asking.on('error', reject)
  asking.end(body)
  return promise
}

const token = (): string => new URL(inspector.url).searchParams.get('token') ?? ''
const bearer = (): { authorization: string } => ({ authorization: `Bearer ${token()}` })
const json = { 'content-type': 'application/json' }
const search = JSON.stringify({ type: 'search', text: '', status: null, limit: 5 })
const command = (headers: Readonly<Record<string, string>>, body = search): Promise<Answer> =>
  ask({ method: 'POST', path: '/command', headers, body })

describe('the inspector over HTTP', () => {
  it('listens to this machine alone, and makes a token of its own', async () => {
    const other = await serveInspector({})
    expect(new URL(inspector.url).hostname).toBe('127.0.0.1')
    expect(token()).toMatch(/^[\w-]{32}$/)
    expect(new URL(other.url).searchParams.get('token')).not.toBe(token())
    await other.close()
  })

  it('answers whoever knows the token', async () => {
    const { status, body } = await command({ ...bearer(), ...json })
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual({ ok: true, sessions: [] })
  })

  it.each([
    { why: 'no token', headers: {} },
    { why: 'a wrong token', headers: { authorization: `Bearer ${'x'.repeat(32)}` } },
    { why: 'an empty token', headers: { authorization: 'Bearer ' } },
  ])('refuses commands and events with $why', async ({ headers }) => {
    expect((await command({ ...headers, ...json })).status).toBe(401)
    expect((await ask({ path: '/events', headers })).status).toBe(401)
    expect((await ask({ path: '/export?session=x', headers })).status).toBe(401)
  })

  it('takes no token from an address, which ends up in histories', async () => {
    expect((await ask({ path: `/events?token=${token()}` })).status).toBe(401)
  })

  it.each(['http://evil.example', 'null', 'http://127.0.0.1:1', 'https://localhost'])(
    'refuses a page of the origin %s, even with the token',
    async (origin) => {
      expect((await command({ ...bearer(), ...json, origin })).status).toBe(403)
      expect((await ask({ path: '/events', headers: { ...bearer(), origin } })).status).toBe(403)
    },
  )

  it('takes commands of its own page', async () => {
    const { origin } = new URL(inspector.url)
    expect((await command({ ...bearer(), ...json, origin })).status).toBe(200)
  })

  it.each(['evil.example', 'evil.example:80', 'localhost.evil.example', '127.0.0.1.evil.example'])(
    'refuses the host name %s, which may have been made to point here',
    async (host) => {
      expect((await ask({ headers: { host } })).status).toBe(403)
      expect((await command({ ...bearer(), ...json, host })).status).toBe(403)
    },
  )

  it.each(['localhost', '127.0.0.1', '[::1]'])('answers to %s', async (name) => {
    const { port } = new URL(inspector.url)
    expect((await command({ ...bearer(), ...json, host: `${name}:${port}` })).status).toBe(200)
  })

  it.each([
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '//etc/passwd',
    '/page.js/../../index.ts',
    '/%2e%2e/%2e%2e/package.json',
    '/page.js%00.html',
    '/constructor',
    '/__proto__',
  ])('has nothing at %s', async (path) => {
    const { status, body } = await ask({ path })
    expect(status).toBe(404)
    expect(body).not.toContain('agentchart')
  })

  it('refuses commands that are too large, no JSON, or none', async () => {
    const large = JSON.stringify({ type: 'search', text: 'x'.repeat(3e6), status: null, limit: 5 })
    expect((await command({ ...bearer(), ...json }, large)).status).toBe(413)
    expect((await command({ ...bearer(), ...json }, '{')).status).toBe(400)
    expect((await command({ ...bearer(), 'content-type': 'text/plain' })).status).toBe(415)
    const unknown = await command({ ...bearer(), ...json }, '{"type":"shutdown"}')
    expect(unknown.status).toBe(400)
    expect(unknown.body).toContain('shutdown')
    const more = await command({ ...bearer(), ...json }, '{"type":"open","runId":"a","x":1}')
    expect(more.body).toContain('`x` is not known')
  })

  it('says what it does not find', async () => {
    const { status, body } = await command({ ...bearer(), ...json }, '{"type":"open","runId":"a"}')
    expect(status).toBe(422)
    expect(JSON.parse(body)).toMatchObject({ ok: false, error: { name: 'RunNotFoundError' } })
  })

  it('forbids browsers to frame, sniff, cache or share what it says', async () => {
    const { headers } = await ask({ path: '/nothing' })
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
    })
  })

  it('closes while pages are open', async () => {
    const other = await serveInspector({ agents: [clerk()] })
    const page = await visit(other)
    await page.until((told) => told.length > 0)
    await other.close()
    await expect(fetch(other.url)).rejects.toThrow('fetch failed')
  })

  it('warns whoever lets other machines in', async () => {
    const open = await serveInspector({ host: '0.0.0.0' })
    expect(open.warnings).toContainEqual(expect.stringContaining('not encrypted'))
    await open.close()
  })
})
