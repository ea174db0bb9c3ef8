import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { agentchart, fixtures } from './command.ts'
import { agent as desk } from './fixtures/desk.ts'
import { agents as gated } from './fixtures/gated.ts'
import { storeFile } from './stored.ts'

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')

const gatedAgent = gated[0] ?? expect.fail('The fixture has no agent')

/** A worker in a process of its own, and what it says. */
function startWorker(path: string) {
  const env = { ...process.env, GATED_STORE: path }
  const child = spawn(process.execPath, [main, 'work', fixtures.gated], { env })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  /** Resolves when stderr says this. */
  const says = async (text: string): Promise<void> => {
    while (!err.includes(text)) await once(child.stderr, 'data')
  }
  return { child, ended, says, err: () => err }
}

describe('agentchart work', { timeout: 60_000 }, () => {
  it('drives runs that are ready and ends with --once; several times, until all is done', async () => {
    const { path, store, begin } = await storeFile()
    await begin(desk, 'run-1', 'Refund order 7.')
    const first = await agentchart(['work', fixtures.desk, '--store', path, '--once'])
    expect(first.code).toBe(0)
    expect(first.out).toBe('')
    expect(first.err).toMatch(/^\d\d:\d\d:\d\d Working for 1 agent: desk$/m)
    expect(first.err).toMatch(/desk run-1 goes on$/m)
    expect(first.err).toMatch(
      /desk run-1 waits for refund \{"euros":30\} \(approval, call-refund\)$/m,
    )
    expect(await store.record('run-1')).toMatchObject({ status: 'waiting', owner: null })

    await store.deliver('run-1', { type: 'tool-call-approved', toolCallId: 'call-refund' })
    const second = await agentchart(['work', fixtures.desk, '--once', '--json'], {
      env: { AGENTCHART_STORE: path },
    })
    const lines = second.out
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(second.err).toBe('')
    expect(lines).toMatchObject([
      { kind: 'note' },
      { kind: 'taken-up', runId: 'run-1', agentName: 'desk', attempt: 1 },
      { kind: 'ended', runId: 'run-1' },
    ])
    expect((await store.record('run-1')).status).toBe('done')
  })

  it('lets the step under way come to its end on SIGTERM, and gives the run back', async () => {
    const { path, store, begin } = await storeFile()
    await begin(gatedAgent, 'run-1', 'Go.')
    const { child, ended, says } = startWorker(path)
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    await says('Stopping behind the steps under way')
    child.stdin.end('open\n')
    expect(await ended).toEqual([0, null])
    await says('gated run-1 is given back')
    const { record, messages } = await store.load('run-1')
    expect(record).toMatchObject({ status: 'active', owner: null, step: 1 })
    expect(messages, 'the result is part of the next request').toHaveLength(2)
    expect(JSON.stringify(await store.export('run-1'))).toContain('"over"')
  })

  it('ends at once on a second signal, and the run is still there', async () => {
    const { path, store, begin } = await storeFile()
    await begin(gatedAgent, 'run-1', 'Go.')
    const { child, ended, says } = startWorker(path)
    await once(child.stdout, 'data')
    child.kill('SIGINT')
    await says('once more to end at once')
    child.kill('SIGINT')
    expect(await ended).toEqual([130, null])
    expect(await store.record('run-1')).toMatchObject({ status: 'active', step: 1 })
  })

  it.each([
    {
      why: 'nothing says which store',
      words: [fixtures.desk],
      code: 2,
      says: /--store <SQLite file/,
    },
    { why: 'there is no module', words: [], code: 2, says: /needs a module/ },
    {
      why: 'the agent has no name',
      words: [fixtures.failing, '--store', ':memory:'],
      code: 1,
      says: /by its name[^]*Give it one/,
    },
    {
      why: 'there is no folder for the file',
      words: [fixtures.desk, '--store', '/nowhere/at/all/runs.db'],
      code: 1,
      says: /UserError: There is no folder '\/nowhere\/at\/all'/,
    },
    {
      why: 'the file is no store',
      words: [fixtures.desk, '--store', fixtures.desk],
      code: 1,
      says: /StoreError: .*no SQLite database/,
    },
  ])('says what is wrong when $why', async ({ words, code, says }) => {
    const env = { AGENTCHART_STORE: '' }
    const ran = await agentchart(['work', ...words], { env })
    expect(ran.code).toBe(code)
    expect(ran.err).toMatch(says)
  })
})
