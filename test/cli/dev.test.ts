import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readCommand } from '../../src/cli/arguments.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { sqliteStore } from '../../src/store/sqlite/index.ts'
import { clerk } from '../ui/agents.ts'
import { latest, visit, type Visitor } from '../ui/visitor.ts'
import { agentchart, fixtures } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'agentchart-dev-'))
afterAll(() => rmSync(folder, { recursive: true }))

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')

/** Uses the inspector of a command line until it is interrupted; gives its exit code. */
async function served(
  words: readonly string[],
  use: (page: Visitor, url: string) => Promise<void>,
): Promise<number | null> {
  const child = spawn(process.execPath, [main, 'dev', ...words, '--no-open'])
  const closed = once(child, 'close') as Promise<[number | null]>
  let out = ''
  for await (const piece of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    out += piece
    const [, url] = /: (http:\S+)\n/.exec(out) ?? []
    if (url === undefined) continue
    const page = await visit({ url })
    await use(page, url)
    page.leave()
    break
  }
  child.kill('SIGINT')
  const [code] = await closed
  return code
}

describe.concurrent('agentchart dev', { timeout: 60_000 }, () => {
  it('serves the agent of a module, on this machine alone, until it is interrupted', async () => {
    const code = await served([fixtures.plain], async (page, url) => {
      expect(new URL(url).hostname).toBe('127.0.0.1')
      await page.until((told) => told.length > 0)
      expect(page.told[0]).toMatchObject({ type: 'hello', hasStore: false, mode: 'live' })
      const session = await page.done({ type: 'start', agent: null, prompt: 'Hi', drive: 'auto' })
      const { output } = await page.run(session, ({ node }) => node.kind === 'end')
      expect(output).not.toBeNull()
    })
    expect(code).toBe(0)
  })

  it('serves the runs of a store', async () => {
    const file = join(folder, 'runs.db')
    const store = sqliteStore(file)
    const run = clerk().iter('Oslo', { store, deferred: 'wait' })
    await run.proceed()
    await run.dispose()
    await store.close()
    const code = await served(['--store', file], async (page) => {
      await page.done({ type: 'open', runId: run.runId })
      await page.until((told) => latest(told, 'session', run.runId)?.session.status === 'waiting')
    })
    expect(code).toBe(0)
  })

  it('fails for a store that is not there', async () => {
    const { code, err } = await agentchart(['dev', '--store', join(folder, 'none.db')])
    expect(err).toContain('There is no store')
    expect(code).toBe(1)
  })

  it('reads its options', () => {
    expect(readCommand(['dev', 'a.ts'])).toEqual({
      name: 'dev',
      module: 'a.ts',
      store: undefined,
      port: 0,
      host: '127.0.0.1',
      opens: true,
    })
    const words = ['dev', '--store', 'a.db', '--port', '8080', '--host', '0.0.0.0', '--no-open']
    expect(readCommand(words)).toMatchObject({ port: 8080, host: '0.0.0.0', opens: false })
  })

  it.each([
    { words: ['dev'], says: /needs a module or a store/ },
    { words: ['dev', 'a.ts', 'b.ts'], says: /one module/ },
    { words: ['dev', 'a.ts', '--port', '70000'], says: /up to 65535/ },
    { words: ['dev', 'a.ts', '--port', 'http'], says: /up to 65535/ },
  ])('refuses $words', ({ words, says }) => {
    expect(() => readCommand(words)).toThrow(UsageError)
    expect(() => readCommand(words)).toThrow(says)
  })
})
