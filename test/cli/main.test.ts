import { describe, expect, it } from 'vitest'
import { createActor, createMachine, type MachineConfig } from 'xstate'
import packageJson from '../../package.json' with { type: 'json' }
import { readCommand } from '../../src/cli/arguments.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { agentchart, fixtures } from './command.ts'

describe.concurrent('agentchart', { timeout: 60_000 }, () => {
  it('explains itself', async () => {
    const { code, out } = await agentchart(['--help'])
    expect(code).toBe(0)
    expect(out).toMatch(/^Usage: agentchart /)
    expect(out).toContain('run <module> [prompt]')
    expect(out).toContain('chat <module>')
    expect(out).toContain('graph [module]')
  })

  it('tells its version', async () => {
    expect((await agentchart(['--version'])).out).toBe(`${packageJson.version}\n`)
  })

  it('exits with 2 and points to its help when it is not understood', async () => {
    const { code, out, err } = await agentchart(['walk'])
    expect(err).toBe(
      "Unknown command 'walk'; there are: run, chat, dev, graph, work, runs\nSee: agentchart --help\n",
    )
    expect(out).toBe('')
    expect(code).toBe(2)
  })

  it('exits with 2 when it has no prompt', async () => {
    const { code, err } = await agentchart(['run', fixtures.plain])
    expect(err).toContain('needs a prompt')
    expect(code).toBe(2)
  })
})

describe('readCommand', () => {
  it('takes options before and behind the words', () => {
    const command = { name: 'run', module: 'a.ts', prompt: 'Hi', json: true, model: 'test:x' }
    expect(readCommand(['run', '--json', 'a.ts', 'Hi', '--model=test:x'])).toEqual(command)
    expect(readCommand(['--model', 'test:x', 'run', 'a.ts', '--json', '--', 'Hi'])).toEqual(command)
  })

  it('takes what a chat begins with', () => {
    const words = ['chat', 'a.ts', '--continue', 'b.json', '--yes']
    const command = { name: 'chat', module: 'a.ts', model: undefined, from: 'b.json', yes: true }
    expect(readCommand(words)).toEqual(command)
  })

  it('tells an empty prompt from none', () => {
    expect(readCommand(['run', 'a.ts', ''])).toMatchObject({ prompt: '' })
    expect(readCommand(['run', 'a.ts'])).toMatchObject({ prompt: undefined })
  })

  it.each([
    { words: [], says: /No command/ },
    { words: ['run'], says: /needs a module/ },
    { words: ['run', 'a.ts', 'two', 'words'], says: /"two words"/ },
    {
      words: ['run', 'a.ts', 'Hi', '--loud'],
      says: /Unknown option '--loud'; words that begin with - go behind --$/,
    },
    { words: ['run', 'a.ts', 'Hi', '--model'], says: /--model <value>' argument missing/ },
    { words: ['run', 'a.ts', 'Hi', '--yes'], says: /`run` takes no --yes/ },
    { words: ['chat'], says: /needs a module/ },
    { words: ['chat', 'a.ts', 'Hi'], says: /prompts are typed/ },
    { words: ['chat', 'a.ts', '--json'], says: /`chat` takes no --json/ },
    { words: ['graph', 'one', 'two'], says: /one module/ },
    { words: ['graph', '--model', 'openai:gpt-5.2'], says: /`graph` takes no --model/ },
    { words: ['graph', '--store', 'runs.db'], says: /--store with --run/ },
    { words: ['run', 'a.ts', 'Hi', '--store', 'runs.db'], says: /`run` takes no --store/ },
  ])('refuses $words', ({ words, says }) => {
    expect(() => readCommand(words)).toThrow(UsageError)
    expect(() => readCommand(words)).toThrow(says)
  })
})

describe.concurrent('agentchart graph', { timeout: 60_000 }, () => {
  it('prints the chart as Mermaid, the same for every agent', async () => {
    const { code, out } = await agentchart(['graph'])
    expect(code).toBe(0)
    expect(out).toMatch(/^stateDiagram-v2\n/)
    for (const state of ['UserPrompt', 'ModelRequest', 'CallTools', 'End']) {
      expect(out).toContain(state)
    }
    expect((await agentchart(['graph', fixtures.plain])).out).toBe(out)
  })

  it('prints a configuration that XState takes with --json', async () => {
    const { out } = await agentchart(['graph', '--json'])
    const config: MachineConfig<object, { type: string }> = JSON.parse(out)
    const machine = createMachine(config)
    expect(Object.keys(machine.states)).toEqual(['UserPrompt', 'ModelRequest', 'CallTools', 'End'])
    expect(createActor(machine).getSnapshot().value).toEqual({ UserPrompt: 'ready' })
  })

  it('fails for a module without an agent', async () => {
    const { code, err } = await agentchart(['graph', fixtures.noAgent])
    expect(code).toBe(1)
    expect(err).toContain('exports no agent')
  })
})
