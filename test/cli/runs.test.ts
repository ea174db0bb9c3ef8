import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { readCommand } from '../../src/cli/arguments.ts'
import { graphText } from '../../src/cli/graph-command.ts'
import { readRuns } from '../../src/cli/runs-arguments.ts'
import { reportOf } from '../../src/cli/runs-command.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { awaited, newRun } from '../../src/testing/store-conformance/check.ts'
import { agentchart, fixtures } from './command.ts'
import { agent as desk } from './fixtures/desk.ts'
import { storeFile } from './stored.ts'

/** A run that waits for approval, in a store, and what the command line says of it. */
async function waiting() {
  const { path, store } = await storeFile()
  const run = desk.iter('Refund order 7,\n please.', { store, runId: 'run-1' })
  await run.proceed()
  await run.dispose()
  const runs = (...words: readonly string[]) => reportOf(readRuns([...words, '--store', path]))
  const textOf = async (...words: readonly string[]) => (await runs(...words)).text
  return { path, store, runs, textOf }
}

describe('runs', () => {
  it('are listed, for people and for machines', async () => {
    const { runs, textOf } = await waiting()
    const text = await textOf('list', '--status', 'waiting,done', '--search', 'REFUND')
    expect(text).toMatch(/^RUN +STATUS +AGENT +REQUESTS +UPDATED +TITLE\n/)
    expect(text).toMatch(
      /^run-1 +waiting +desk +2 +\S+ \d\d:\d\d:\d\dZ +Refund order 7, please\.$/m,
    )
    const { json } = await runs('list', '--agent', 'desk')
    expect(json).toMatchObject({ runs: [{ runId: 'run-1' }], cursor: null })
    expect(await textOf('list', '--after', '2026-01-31')).toContain('run-1')
    expect(await textOf('list', '--before', '2026-01-31T12:00Z')).toBe('There are no such runs')
    expect(await textOf('list', '--agent', 'nobody')).toBe('There are no such runs')
  })

  it('show what they wait for, and how to say yes', async () => {
    const { textOf } = await waiting()
    const text = await textOf('show', 'run-1')
    expect(text).toMatch(/^status +waiting$/m)
    expect(text).toMatch(/^usage +2 requests · 1 tool call/m)
    expect(text).toMatch(/^ {2}refund \{"euros":30\}\n.*agentchart runs approve run-1 call-refund/m)
    expect(text).toMatch(/result +look_up → order 7: 30 euros/)
    expect(text).toMatch(/^ {2}\d+ +CallTools +2 +4 /m)
    expect(text, 'what tools say does not steer the terminal').not.toContain('\u001B[2J')
  })

  it('show a way to decide each call that works as it stands, also where several have one id', async () => {
    const { path, store } = await storeFile()
    const calls = [
      awaited('pay', { index: 0 }),
      awaited('pay', { index: 1 }),
      awaited('pay', { path: ["o'hara", 'b c'] }),
      awaited('ask', { awaits: 'answer' }),
    ]
    const run = newRun('run-1', { awaits: calls, status: 'waiting' })
    await store.release(await store.create(run, { owner: 'test' }))
    const { text = '' } = await reportOf(readRuns(['show', 'run-1', '--store', path]))
    const commands = text.match(/(?<=^ +agentchart runs ).*$/gm) ?? []
    const outcomes = []
    for (const command of commands) {
      const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command.replace('<json>', '7')}`])
      const given = words.toString().split('\n').slice(0, -1)
      outcomes.push((await reportOf(readRuns([...given, '--store', path]))).json)
    }
    expect(outcomes).toMatchObject(calls.map(() => ({ outcome: 'accepted' })))
  })

  it('are drawn with the path they have taken', async () => {
    const { path } = await waiting()
    const graph = { name: 'graph', module: undefined, run: 'run-1', store: path } as const
    const drawn = await graphText({ ...graph, json: false })
    expect(drawn).toContain('state "CallTools (2×, next)" as CallTools')
    expect(drawn).toContain('ModelRequest --> CallTools : 2×')
    expect(JSON.parse(await graphText({ ...graph, json: true }))).toMatchObject({
      entered: { UserPrompt: 1, ModelRequest: 2, CallTools: 2, End: 0 },
      pending: 'CallTools',
    })
    await expect(graphText({ ...graph, run: 'run-2', json: false })).rejects.toThrow("'run-2'")
  })

  it('take one verdict on a call, with other arguments and who gave it', async () => {
    const { runs, textOf, store } = await waiting()
    const words = ['run-1', 'call-refund', '--args', '{"euros":10}', '--by', 'Ada']
    expect(await textOf('approve', ...words)).toBe(
      "Approved 'call-refund'; a worker takes it, or `agentchart runs resume`",
    )
    expect(await runs('deny', 'run-1', 'call-refund', '--message', 'Too much')).toMatchObject({
      code: 0,
      text: "The call 'call-refund' has been decided already; the first one counts",
      json: { runId: 'run-1', toolCallId: 'call-refund', outcome: 'repeated' },
    })
    expect(await textOf('show', 'run-1')).toMatch(/is decided, and not taken yet[^]*"by":"Ada"/)
    expect(await store.inbox('run-1')).toMatchObject([
      { event: { type: 'tool-call-approved', overrideArgs: { euros: 10 }, by: 'Ada' } },
    ])
    expect(await runs('approve', 'run-1', 'call-look_up')).toMatchObject({
      code: 1,
      text: "Too late: the call 'call-look_up' does not wait any more",
    })
  })

  it('say why they rest, and how they are put back', async () => {
    const { store, textOf } = await waiting()
    expect(await textOf('show', 'run-1')).not.toContain('requeue')
    await store.deliver('run-1', { type: 'tool-call-approved', toolCallId: 'call-refund' })
    expect(await store.claim({ owner: 'victim', ttlMs: 1 })).toHaveLength(1)
    await sleep(5)
    await store.claim({ owner: 'next', maxAttempts: 1 })
    const text = await textOf('show', 'run-1')
    expect(text).toMatch(/^status +stuck$/m)
    expect(text).toMatch(/^error +whoever took it up has died, 1 time without getting on$/m)
    expect(text).toMatch(/^put back by +agentchart runs requeue run-1$/m)
  })

  it('are forked at an earlier step, replayed, exported and deleted', async () => {
    const { runs, textOf, store } = await waiting()
    const [, second] = await store.history('run-1')
    const withAgent = ['--module', fixtures.desk]
    const forked = await runs('fork', 'run-1', ...withAgent, '--seq', `${second?.seq}`)
    expect(forked.json).toMatchObject({
      status: 'active',
      forkedFrom: { runId: 'run-1', seq: second?.seq },
    })
    expect(await textOf('replay', 'run-1', ...withAgent)).toBe('No difference in 2 requests')
    expect((await runs('export', 'run-1')).json).toMatchObject({
      format: 'agentchart/stored-run',
    })
    await expect(textOf('delete', 'run-1')).rejects.toThrow('Add --yes')
    expect(await textOf('delete', 'run-1', '--yes')).toBe("The run 'run-1' is deleted")
    expect((await store.list()).runs.map(({ runId }) => runId)).not.toContain('run-1')
  })

  it('are pruned when that is meant, and else only counted', async () => {
    const { textOf } = await waiting()
    expect(await textOf('prune')).toBe('This deletes 0 runs; add --yes to do so')
    expect(await textOf('prune', '--status', 'waiting')).toContain('This deletes 1 run;')
    expect(await textOf('prune', '--status', 'waiting', '--yes')).toBe('Deleted 1 run')
  })

  it.each([
    { why: 'another id', words: ['show', 'un-1'], says: /no run 'un-1'[^]*Did you mean 'run-1'\?/ },
    { why: 'no such id', words: ['history', 'x'], says: '`agentchart runs list` tells' },
    { why: 'no such call', words: ['deny', 'run-1', 'x'], says: /no call 'x'[^]*'call-refund'/ },
    { why: 'no id', words: ['show', ''], says: '`agentchart runs list` tells' },
    { why: 'an endless id', words: ['show', 'x'.repeat(1_200)], says: /no run 'xxx/ },
    {
      why: 'the module of another agent',
      words: ['replay', 'run-1', '--module', fixtures.plain],
      says: /a run of 'desk', and '.*plain\.ts' has 'adder'/,
    },
    { why: 'no such time', words: ['prune', '--before', 'soon'], says: 'ISO 8601' },
  ])('say the way out of a mistake: $why', async ({ words, says }) => {
    const { runs } = await waiting()
    await expect(runs(...words)).rejects.toThrow(says)
  })

  it('are in no store that is not there', async () => {
    const listed = (place: string) => reportOf(readRuns(['list', '--store', place]))
    await expect(listed('nowhere.db')).rejects.toThrow("There is no store 'nowhere.db'")
    await expect(listed('mysql://a/b')).rejects.toThrow("no stores behind 'mysql://'")
  })
})

describe('agentchart runs', { timeout: 60_000 }, () => {
  it('drives a run on, here', async () => {
    const { path, store, runs } = await waiting()
    const resume = ['runs', 'resume', 'run-1', '--module', fixtures.desk, '--store', path]
    const { code, out } = await agentchart([...resume, '--json'])
    expect(code).toBe(0)
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(lines.at(-1)).toMatchObject({ kind: 'waiting', waitingFor: [{ toolName: 'refund' }] })

    await runs('cancel', 'run-1')
    const cancelled = await agentchart(resume)
    expect(cancelled).toMatchObject({ code: 1, err: expect.stringContaining('RunCancelledError') })
    expect((await store.record('run-1')).status).toBe('cancelled')

    expect((await runs('requeue', 'run-1')).text).toBe("The run 'run-1' is active")
    await runs('approve', 'run-1', 'call-refund')
    const ended = await agentchart(resume)
    expect(ended.out).toMatch(/^ {2}output +Done: refunded \{"euros":30\}$/m)
    expect((await store.record('run-1')).status).toBe('done')
    const { text } = await runs('show', 'run-1')
    expect(text).toMatch(/Output.*\n {2}Done: refunded \{"euros":30\}/)
  })

  it('prints text, JSON, errors and help', async () => {
    const { path } = await waiting()
    const env = { AGENTCHART_STORE: path }
    const history = await agentchart(['runs', 'history', 'run-1'], { env })
    expect(history.out).toMatch(/^SEQ +STATE +REQUESTS +MESSAGES +SAVED\n/)
    const failed = await agentchart(['runs', 'show', 'x', '--json'], { env })
    expect(failed.code).toBe(1)
    expect(JSON.parse(failed.out)).toMatchObject({ kind: 'error', name: 'UserError' })
    const help = await agentchart(['runs', 'show', '--help'])
    expect(help).toMatchObject({ code: 0, out: expect.stringMatching(/^Usage: agentchart runs/) })
  })
})

describe('the words of `runs` and `work`', () => {
  const call = { toolCallId: 'c' }
  const byWords: readonly [string, object][] = [
    [
      'runs list --limit 3 --status failed',
      { verb: 'list', query: { limit: 3, status: ['failed'] } },
    ],
    [
      'runs answer r c --result [1]',
      { event: { type: 'tool-call-answered', ...call, result: [1] } },
    ],
    ['runs approve r c --path a,b --index 0', { event: { path: ['a', 'b'], index: 0 } }],
    ['runs cancel r --message why', { event: { type: 'cancel', reason: 'why' } }],
    ['runs prune --before 2026-01-31 --yes', { before: '2026-01-31', isSure: true }],
    ['work m.ts --poll 50 --attempts 2', { options: { pollMs: 50, maxAttempts: 2 }, once: false }],
  ]
  it.each(byWords)('%s', (words, command) => {
    expect(readCommand(words.split(' '))).toMatchObject(command)
  })

  it.each([
    { words: 'runs', says: 'needs a verb: list, show' },
    { words: 'runs constructor', says: "Unknown verb 'constructor'" },
    { words: 'runs show', says: 'agentchart runs show <run>' },
    { words: 'runs show a b', says: "no use for 'b'" },
    { words: 'runs show a --yes', says: 'takes no --yes' },
    { words: 'runs list --status gone', says: "Unknown status 'gone'" },
    { words: 'runs approve r c --args [1]', says: 'takes a JSON object' },
    { words: 'runs answer r c', says: '--result <json>' },
    { words: 'runs answer r c --result text', says: `'"text"'` },
    { words: 'runs resume r', says: '--module <module>' },
    { words: 'runs fork r --module m --seq x', says: 'whole number from 1' },
    { words: 'work m --lease 0', says: 'whole number from 1' },
    { words: '--json runs list', says: 'go behind `runs`' },
  ])('refuses `$words`', ({ words, says }) => {
    const read = (): unknown => readCommand(words.split(' '))
    expect(read).toThrow(UsageError)
    expect(read).toThrow(says)
  })
})
