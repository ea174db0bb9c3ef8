import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { messagesFromJson } from '../../../src/messages/index.ts'
import { agentchart, fixtures } from '../command.ts'

const piped = (stdin: string, ...words: string[]) =>
  agentchart(['chat', fixtures.chatty, ...words], { stdin })

describe.concurrent('agentchart chat in a pipe', { timeout: 60_000 }, () => {
  it('answers each line on stdout, without prompts and colours', async () => {
    expect(await piped('Hello\n\nAnd you?')).toEqual({
      code: 0,
      out: 'You said: Hello. Prompts: 1\nYou said: And you?. Prompts: 2\n',
      err: '',
    })
  })

  it('tells of tool calls on stderr', async () => {
    const { code, out, err } = await piped('tools\n')
    expect(code).toBe(0)
    expect(out).toBe('Let me look.\nDone: [["a.txt","b.txt"],"No such file\\u001b[2J"]\n')
    expect(err).toMatch(
      /^✓ list_files \{\} → \["a\.txt","b\.txt"\] \(\d+ ms\)\n✗ read_file \{\} failed: No such file�\[2J \(\d+ ms\)\n$/,
    )
  })

  it('denies what needs approval, says so, and says how to approve', async () => {
    const { code, out, err } = await piped('delete\n')
    expect(code).toBe(0)
    expect(out).toContain('Done: ["The tool call was denied: it needs the approval of a person')
    expect(err).toContain(
      'Denied, for nobody is there to approve (--yes approves all): delete_file',
    )
  })

  it('decides by itself for an agent whose runs wait elsewhere', async () => {
    const words = ['chat', fixtures.desk, '--yes']
    const { code, out } = await agentchart(words, { stdin: 'Refund it.\n' })
    expect({ code, out }).toEqual({ code: 0, out: 'Done: refunded {"euros":30}\n' })
  })

  it('approves all with --yes', async () => {
    const { out } = await piped('delete\n', '--yes')
    expect(out).toBe('Done: ["gone: {\\"path\\":\\"old.log\\"}"]\n')
  })

  it('fails calls that only a person can answer', async () => {
    const { code, out } = await piped('ask\n')
    expect(code).toBe(0)
    expect(out).toContain('Done: ["The tool is answered by a person, and nobody is there')
  })

  it('lets no model steer the terminal', async () => {
    const { out } = await piped('colours\n')
    expect(out).toBe('red �[31m and �2J� back\n')
  })

  it('says what files the model has made', async () => {
    expect((await piped('image\n')).out).toBe('Here: \n(image/png, 3 bytes)\n')
  })

  it('prints an output that is no text as JSON', async () => {
    const { out } = await agentchart(['chat', fixtures.oddValues], { stdin: 'Hi\n' })
    expect(JSON.parse(out)).toEqual({ big: '18446744073709551616', bytes: 'AQID', set: ['a'] })
  })

  it('ends at the first failure with 1, and tells it on stderr', async () => {
    const { code, out, err } = await piped('Hello\nfail\nNever asked\n')
    expect(code).toBe(1)
    expect(out).toBe('You said: Hello. Prompts: 1\n')
    expect(err).toMatch(/^Error: The provider is down\n {2}In ModelRequest\n/)
  })

  it('keeps what came when it is interrupted, and exits with 130', async () => {
    const options = { stdin: 'wait\nNever asked\n', interruptAt: 'Half an' }
    const { code, out, err } = await agentchart(['chat', fixtures.chatty], options)
    expect(code).toBe(130)
    expect(out).toBe('Half an \n')
    expect(err).toContain('Interrupted')
  })

  it('takes commands', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'agentchart-'))
    const file = join(directory, 'chat.json')
    const { out } = await piped(`One\nTwo\n/undo\n/save ${file}\n/usage\n/exit\nNever asked\n`)
    expect(out.split('\n').slice(2)).toEqual([
      'Took the last turn back; 2 messages left',
      `Saved 2 messages to ${file}`,
      expect.stringMatching(/^last turn {2}1 request · 0 tool calls · \d+ input and \d+ output/),
      expect.stringMatching(/^this chat {2}2 requests · 0 tool calls/),
      '',
    ])
    expect(messagesFromJson(await readFile(file, 'utf8'))).toHaveLength(2)
    const more = await piped('Three\n', '--continue', file)
    await rm(directory, { recursive: true })
    expect(more.out).toBe('You said: Three. Prompts: 2\n')
    expect(more.err).toBe('Going on from 2 messages\n')
  })

  it('sends what only looks like a command', async () => {
    const { out } = await piped(' /undo\n/etc/hosts is what?\n')
    expect(out).toContain('You said:  /undo.')
    expect(out).toContain('You said: /etc/hosts is what?.')
  })

  it('uses another model from a command on', async () => {
    const { code, err } = await piped('/model nobody\n')
    expect(code).toBe(1)
    expect(err).toContain("'nobody'")
    const { out } = await piped('/model openai:gpt-5.2\n/model\n')
    expect(out).toBe('The model is openai:gpt-5.2\n'.repeat(2))
  })

  it('exits with 1 when there is nothing to go on from', async () => {
    const { code, err } = await piped('Hi\n', '--continue', 'nowhere.json')
    expect(code).toBe(1)
    expect(err).toContain("There is no file 'nowhere.json'")
  })
})
