import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { agentchart, fixtures } from './command.ts'

const linesOf = (out: string): Record<string, unknown>[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe.concurrent('agentchart run', { timeout: 60_000 }, () => {
  it('prints each node, what the model is told, the answer and the usage', async () => {
    const { code, out, err } = await agentchart(['run', fixtures.plain, 'What is 1 + 1?'])
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toMatch(/^adder on test:test, run \S+\n/)
    expect(out.match(/^[A-Z]\w+$/gm)).toEqual([
      'UserPrompt',
      'ModelRequest',
      'CallTools',
      'ModelRequest',
      'CallTools',
      'End',
    ])
    expect(out).toMatch(/^ {2}instructions {2}Use the tool\.$/m)
    expect(out).toMatch(/^ {2}tools +add$/m)
    expect(out).toMatch(/^ {2}call +add \{\}$/m)
    expect(out).toMatch(/^ {2}result +add → 2$/m)
    expect(out).toMatch(/^ {2}output +\{"add":2\}$/m)
    expect(out).toMatch(
      /^2 requests · 1 tool call · \d+ input and \d+ output tokens · [\d.]+ m?s$/m,
    )
  })

  it('fails when somebody has to approve a call, since it asks nobody', async () => {
    const { code, out, err } = await agentchart(['run', fixtures.desk, 'Refund it.'])
    expect(code).toBe(1)
    expect(out).toMatch(/^ {2}call +refund \{"euros":30\}$/m)
    expect(err).toMatch(/waits for refund \{"euros":30\} \(approval, call-refund\)/)
    expect(err).toMatch(/agentchart chat/)
  })

  it('has no colours where nobody would see them', async () => {
    const { out } = await agentchart(['run', fixtures.plain, 'Hi'])
    expect(out).not.toContain('\u001B')
  })

  it('prints one JSON object a line with --json, the result last', async () => {
    const { code, out } = await agentchart(['run', fixtures.plain, 'Hi', '--json'])
    const lines = linesOf(out)
    expect(code).toBe(0)
    expect(lines.map(({ kind }) => kind)).toEqual([
      'user-prompt',
      'model-request',
      'call-tools',
      'model-request',
      'call-tools',
      'end',
      'result',
    ])
    expect(lines[0]).toMatchObject({ userPrompt: 'Hi', visit: 0 })
    expect(lines.at(-1)).toEqual({
      kind: 'result',
      output: '{"add":2}',
      usage: expect.objectContaining({ requests: 2, toolCalls: 1 }),
      runId: lines[0]?.['runId'],
    })
  })

  it('reads the prompt from stdin when none is given', async () => {
    const { out } = await agentchart(['run', fixtures.plain, '--json'], { stdin: 'Piped\n' })
    expect(linesOf(out)[0]).toMatchObject({ kind: 'user-prompt', userPrompt: 'Piped' })
  })

  it('takes an agent exported as default, and deps made by a function', async () => {
    const { code, out } = await agentchart(['run', fixtures.withDeps, 'Hi', '--json'])
    expect(code).toBe(0)
    expect(linesOf(out).at(-1)).toMatchObject({ output: '{"greet":"Good morning"}' })
  })

  it('writes what JSON has no word for, cuts nothing, and ends though the module holds on', async () => {
    const { code, out } = await agentchart(['run', fixtures.oddValues, 'Hi', '--json'])
    expect(code).toBe(0)
    expect(linesOf(out).at(-1)).toMatchObject({
      output: { big: '18446744073709551616', bytes: 'AQID', set: ['a'] },
    })
    expect(out).toContain('x'.repeat(200_000))
  })
})

describe.concurrent('a run that fails', { timeout: 60_000 }, () => {
  it('exits with 1 and says what, where and in which line', async () => {
    const { code, out, err } = await agentchart(['run', fixtures.failing, 'Hi'])
    expect(code).toBe(1)
    expect(out).toContain('CallTools')
    expect(err).toMatch(/^\nRangeError: The disk is full.*\n {2}In CallTools\n {2}At .*failing\.ts/)
  })

  it('ends in an error line with --json', async () => {
    const { code, out, err } = await agentchart(['run', fixtures.failing, 'Hi', '--json'])
    expect(code).toBe(1)
    expect(err).toBe('')
    expect(linesOf(out).at(-1)).toMatchObject({
      kind: 'error',
      name: 'RangeError',
      node: 'call-tools',
    })
  })

  it('neither shows the value of a secret nor lets an error steer the terminal', async () => {
    const env = { DISK_TOKEN: 'k-1234567890abcdef' }
    const { err } = await agentchart(['run', fixtures.failing, 'Hi'], { env })
    expect(err).toContain('said [DISK_TOKEN]')
    expect(err).not.toContain('k-1234567890abcdef')
    expect(err).not.toContain('\u001B')
  })

  it.each([
    { why: 'no such file', words: ['nowhere.ts', 'Hi'], says: /no module 'nowhere\.ts'/ },
    { why: 'no agent', words: [fixtures.noAgent, 'Hi'], says: /exports no agent.*agents/ },
    {
      why: 'no such model',
      words: [fixtures.plain, 'Hi', '--model', 'gpt-5.2'],
      says: /Did you mean 'openai:gpt-5\.2'\?/,
    },
    {
      why: 'no key',
      words: [fixtures.plain, 'Hi', '--model', 'openai:gpt-5.2'],
      says: /Set the environment variable OPENAI_API_KEY\n {2}In ModelRequest/,
    },
  ])('exits with 1 and names the way out: $why', async ({ words, says }) => {
    const env = { OPENAI_API_KEY: '' }
    const { code, err } = await agentchart(['run', ...words], { env })
    expect(err).toMatch(says)
    expect(code).toBe(1)
  })

  it.each([
    ['wrong.mjs', 'export const agent = = 1'],
    ['wrong.ts', 'export const agent: number = = 1'],
  ])('names the line of a syntax error in %s', async (name, line) => {
    const directory = await mkdtemp(join(tmpdir(), 'agentchart-'))
    const file = join(directory, name)
    await writeFile(file, `// wrong\n${line}\n`)
    const { code, err } = await agentchart(['run', file, 'Hi'])
    await rm(directory, { recursive: true })
    expect(code).toBe(1)
    expect(err).toMatch(/^\nSyntaxError: /)
    expect(err).toContain(`${name}:2\n`)
  })

  it('settles and exits with 130 when it is interrupted', async () => {
    const words = ['run', fixtures.slow, 'Hi', '--json']
    const { code, out } = await agentchart(words, { interruptAt: '"kind":"call-tools"' })
    expect(code).toBe(130)
    expect(linesOf(out).at(-1)).toMatchObject({ kind: 'error', name: 'RunCancelledError' })
  })
})
