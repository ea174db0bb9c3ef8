import { spawn, spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { fixtures } from '../command.ts'
import { ctrlC, ctrlD, type Step } from './terminal.ts'

const main = resolve(import.meta.dirname, '../../../src/cli/main.ts')
const hasScript = String(spawnSync('script', ['--version']).stdout).includes('util-linux')

/** Types on a terminal of the system, made by `script`. */
function typed(steps: readonly Step[]): Promise<{ code: number | null; screen: string }> {
  // In place of the shell, which the key interrupts, too: some shells tell of that in their own exit code.
  const command = ['exec', process.execPath, main, 'chat', fixtures.chatty].join(' ')
  const env = { ...process.env, AGENTCHART_HISTORY: '', TERM: 'xterm' }
  const child = spawn('script', ['-qec', command, '/dev/null'], { env })
  let [raw, seen] = ['', 0]
  const left = [...steps]
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    raw += text
    const screen = stripVTControlCharacters(raw)
    for (let [step] = left; step !== undefined; [step] = left) {
      const [at, keys] = step
      const found = screen.indexOf(at, seen)
      if (found < 0) return
      seen = found + at.length
      child.stdin.write(keys)
      left.shift()
    }
  })
  const { promise, resolve: settle } = Promise.withResolvers<{
    code: number | null
    screen: string
  }>()
  child.on('close', (code) => settle({ code, screen: stripVTControlCharacters(raw) }))
  return promise
}

describe.skipIf(!hasScript)(
  'agentchart chat on a terminal of the system',
  { timeout: 60_000 },
  () => {
    it('streams, is interrupted by the key, asks for approval and leaves', async () => {
      const { code, screen } = await typed([
        ['› ', 'wait\r'],
        ['Half an ', ctrlC],
        ['Interrupted.', ''],
        ['› ', 'delete\r'],
        ['Allow?', 'y\r'],
        ['Done', ''],
        ['› ', ctrlD],
      ])
      expect(screen).toContain('Done: ["gone: {\\"path\\":\\"old.log\\"}"]')
      expect(code).toBe(0)
    })

    it('leaves with 130 when the key is pressed again', async () => {
      const { code } = await typed([
        ['› ', 'wait\r'],
        ['Half an ', ctrlC],
        ['Interrupted.', ''],
        ['› ', ctrlC],
      ])
      expect(code).toBe(130)
    })
  },
)
