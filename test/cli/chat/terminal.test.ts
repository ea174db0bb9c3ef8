import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagesFromJson } from '../../../src/messages/index.ts'
import { fixtures } from '../command.ts'
import { chat, ctrlC, ctrlD, interrupt, up } from './terminal.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agentchart-chat-'))
})
afterAll(() => rm(directory, { recursive: true }))

const prompt = '› '

describe('a chat on a terminal', () => {
  it('says who answers, prints the answer, and leaves with Ctrl-D', async () => {
    const { code, screen } = await chat(fixtures.chatty, [
      [prompt, 'Hello\r'],
      ['Prompts: 1', ''],
      [prompt, ctrlD],
    ])
    expect(code).toBe(0)
    expect(screen).toContain('filer on function:scripted · /help\n')
    expect(screen).toContain('You said: Hello. Prompts: 1\n')
  })

  it('goes on from what was said, and /undo takes the last turn back', async () => {
    const { screen } = await chat(fixtures.chatty, [
      [prompt, 'One\r'],
      ['Prompts: 1', ''],
      [prompt, 'Two\r'],
      ['Prompts: 2', ''],
      [prompt, '/undo\r'],
      ['2 messages left', ''],
      [prompt, 'Three\r'],
      ['Prompts: 2', ''],
      [prompt, '/clear\r'],
      [prompt, 'Four\r'],
      ['You said: Four. Prompts: 1', ''],
      [prompt, '/undo\r'],
      [prompt, '/undo\r'],
      ['no turn to take back', ''],
      [prompt, '/exit\r'],
    ])
    expect(screen).toContain('You said: Three. Prompts: 2')
  })

  it('shows each tool call with its result and how long it took', async () => {
    const { screen } = await chat(fixtures.chatty, [
      [prompt, 'tools\r'],
      ['Done: ', ''],
      [prompt, '/exit\r'],
    ])
    expect(screen).toMatch(/^… waiting for the model$/m)
    expect(screen).toMatch(/^· list_files \{\} running$/m)
    expect(screen).toMatch(/^✓ list_files \{\} → \["a\.txt","b\.txt"\] \(\d+ ms\)$/m)
    expect(screen).toMatch(/^✗ read_file \{\} failed: No such file�\[2J \(\d+ ms\)$/m)
  })

  it('sends lines that are pasted at once as one prompt, and lines that end in a backslash', async () => {
    const { screen } = await chat(fixtures.chatty, [
      [prompt, 'one\rtwo\rthr'],
      ['thr', 'ee\r'],
      ['Prompts: 1', ''],
      [prompt, 'four\\\r'],
      ['… ', 'five\r'],
      ['Prompts: 2', ''],
      [prompt, ctrlD],
    ])
    expect(screen).toContain('You said: one\ntwo\nthree. Prompts: 1')
    expect(screen).toContain('You said: four\nfive. Prompts: 2')
  })

  it('remembers what was typed, for its user alone', async () => {
    const history = join(directory, 'typed')
    const options = { history }
    await chat(
      fixtures.chatty,
      [
        [prompt, 'Remember me\r'],
        ['Prompts', ''],
        [prompt, ctrlD],
      ],
      options,
    )
    expect((await stat(history)).mode & 0o777).toBe(0o600)
    const { screen } = await chat(
      fixtures.chatty,
      [
        [prompt, `${up}\r`],
        ['Prompts', ''],
        [prompt, ctrlD],
      ],
      options,
    )
    expect(screen).toContain('You said: Remember me. Prompts: 1')
  })

  it('tells a failure and goes on', async () => {
    const { code, screen } = await chat(fixtures.chatty, [
      [prompt, 'fail\r'],
      ['/undo takes it back', ''],
      [prompt, 'Hello\r'],
      ['You said: Hello', ''],
      [prompt, '/nothing\r'],
      ["There is no command '/nothing'", ''],
      [prompt, ctrlD],
    ])
    expect(screen).toContain('Error: The provider is down\n  In ModelRequest\n')
    expect(code).toBe(0)
  })
})

describe('Ctrl-C', () => {
  it('stops the turn, keeps what came, marked as interrupted, and the chat goes on', async () => {
    const file = join(directory, 'interrupted.json')
    const { code, screen } = await chat(fixtures.chatty, [
      [prompt, 'wait\r'],
      ['Half an ', interrupt],
      ['Interrupted.', ''],
      [prompt, 'Hello\r'],
      ['Prompts: 2', ''],
      [prompt, `/save ${file}\r`],
      [prompt, '/history\r'],
      [prompt, ctrlD],
    ])
    expect(code).toBe(0)
    expect(screen).toContain('  This takes\n  a while.\nHalf an \n')
    expect(screen).toMatch(/^text +Half an $/m)
    expect(screen).toMatch(/^interrupted +$/m)
    const messages = messagesFromJson(await readFile(file, 'utf8'))
    expect(messages[1]).toMatchObject({ kind: 'response', state: 'interrupted' })
  })

  it('leaves when it is pressed at the prompt after a turn was stopped', async () => {
    const { code } = await chat(fixtures.chatty, [
      [prompt, 'wait\r'],
      ['Half an ', interrupt],
      ['Interrupted.', ''],
      [prompt, ctrlC],
    ])
    expect(code).toBe(130)
  })

  it('empties a line first, and warns before it leaves', async () => {
    const { code, screen } = await chat(fixtures.chatty, [
      [prompt, 'Never sent'],
      ['Never sent', ctrlC],
      [prompt, ctrlC],
      ['Ctrl-C once more leaves', ''],
      [prompt, ctrlC],
    ])
    expect(code).toBe(130)
    expect(screen).not.toContain('You said')
  })

  it('stops a turn that waits for an approval, and the next prompt is answered', async () => {
    const { screen } = await chat(fixtures.chatty, [
      [prompt, 'delete\r'],
      ['Allow?', ctrlC],
      ['Interrupted.', ''],
      [prompt, 'Hello\r'],
      ['You said: Hello', ''],
      [prompt, ctrlD],
    ])
    expect(screen).toContain('You said: Hello. Prompts: 2')
  })
})

describe('an approval', () => {
  const asked = ['Allow?', ''] as const
  const leave = [prompt, ctrlD] as const

  it('shows the tool and its arguments, and y lets it run', async () => {
    const { screen } = await chat(fixtures.chatty, [
      [prompt, 'delete\r'],
      ['Allow?', 'maybe\r'],
      ['Allow?', 'y\r'],
      ['Done', ''],
      leave,
    ])
    expect(screen).toContain(
      '? delete_file asks for approval\n    {\n      "path": "old.log"\n    }\n',
    )
    expect(screen).toContain('Done: ["gone: {\\"path\\":\\"old.log\\"}"]')
  })

  it('is denied with a message for the model', async () => {
    const steps = [
      [prompt, 'delete\r'],
      ['Allow?', 'n\r'],
      ['Reason', 'Not today\r'],
      ['Done', ''],
      leave,
    ] as const
    const { screen } = await chat(fixtures.chatty, steps)
    expect(screen).toContain('⊘ delete_file {"path":"old.log"} denied: Not today\n')
    expect(screen).toContain('Done: ["Not today"]')
  })

  it('runs with other arguments', async () => {
    const { screen } = await chat(fixtures.chatty, [
      [prompt, 'delete\r'],
      ['Allow?', 'e\r'],
      ['Arguments: {"path":"old.log"}', '\u0015[1]\r'],
      ['no JSON object', '\u0015{"path":"new.log"}\r'],
      ['Done', ''],
      leave,
    ])
    expect(screen).toContain('Done: ["gone: {\\"path\\":\\"new.log\\"}"]')
  })

  it('is not asked for again when it was given for good', async () => {
    const { screen } = await chat(fixtures.chatty, [
      [prompt, 'delete\r'],
      ['Allow?', 'a\r'],
      ['Done', ''],
      [prompt, 'delete\r'],
      ['Done', ''],
      leave,
    ])
    expect(screen.match(/asks for approval/g)).toHaveLength(1)
  })

  it('is asked for again in a new conversation, though it was given for good', async () => {
    const { screen } = await chat(fixtures.chatty, [
      [prompt, 'delete\r'],
      ['Allow?', 'a\r'],
      ['Done', ''],
      [prompt, '/clear\r'],
      [prompt, 'delete\r'],
      ['Allow?', 'y\r'],
      ['Done', ''],
      leave,
    ])
    expect(screen.match(/asks for approval/g)).toHaveLength(2)
  })

  it('is given without asking with --yes', async () => {
    const steps = [[prompt, 'delete\r'], ['Done', ''], leave] as const
    const { screen } = await chat(fixtures.chatty, steps, { yes: true })
    expect(screen).not.toContain(asked[0])
  })

  it('may be an answer instead, for a tool that somebody else runs', async () => {
    const { screen } = await chat(fixtures.chatty, [
      [prompt, 'ask\r'],
      ['Answer, as text or JSON: ', '{"yes": true}\r'],
      ['Done', ''],
      leave,
    ])
    expect(screen).toContain('Done: [{"yes":true}]')
  })
})

describe('saved messages', () => {
  it('are gone on from, and their turns can be taken back', async () => {
    const file = join(directory, 'saved.json')
    await chat(fixtures.chatty, [
      [prompt, 'One\r'],
      ['Prompts: 1', ''],
      [prompt, 'tools\r'],
      ['Done', ''],
      [prompt, `/save ${file}\r`],
      ['Saved 6 messages', ''],
      [prompt, ctrlD],
    ])
    const { screen } = await chat(
      fixtures.chatty,
      [
        [prompt, 'Two\r'],
        ['Prompts: 3', ''],
        [prompt, '/undo\r'],
        [prompt, '/undo\r'],
        ['2 messages left', ''],
        [prompt, '/save\r'],
        [`Saved 2 messages to ${file}`, ''],
        [prompt, ctrlD],
      ],
      { from: file },
    )
    expect(screen).toContain('Going on from 6 messages')
    expect(messagesFromJson(await readFile(file, 'utf8'))).toHaveLength(2)
  })

  it('never take the place of another file', async () => {
    const file = join(directory, 'mine.txt')
    await writeFile(file, 'mine')
    const { screen } = await chat(fixtures.chatty, [
      [prompt, `/save ${file}\r`],
      ['already', ''],
      [prompt, ctrlD],
    ])
    expect(screen).toContain('There is a file')
    expect(await readFile(file, 'utf8')).toBe('mine')
  })
})
