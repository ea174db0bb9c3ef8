import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface CommandOptions {
  /** Given on stdin; stdin is empty without it. */
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /** Is interrupted as soon as stdout says this. */
  readonly interruptAt?: string
}

/** The paths of modules for the command line. */
export const fixtures = {
  desk: fileURLToPath(import.meta.resolve('./fixtures/desk.ts')),
  chatty: fileURLToPath(import.meta.resolve('./fixtures/chatty.ts')),
  failing: fileURLToPath(import.meta.resolve('./fixtures/failing.ts')),
  noAgent: fileURLToPath(import.meta.resolve('./fixtures/no-agent.ts')),
  gated: fileURLToPath(import.meta.resolve('./fixtures/gated.ts')),
  oddValues: fileURLToPath(import.meta.resolve('./fixtures/odd-values.ts')),
  plain: fileURLToPath(import.meta.resolve('./fixtures/plain.ts')),
  slow: fileURLToPath(import.meta.resolve('./fixtures/slow.ts')),
  withDeps: fileURLToPath(import.meta.resolve('./fixtures/with-deps.ts')),
}

/** Runs the command line from its source. */
export function agentchart(words: readonly string[], options: CommandOptions = {}): Promise<Ran> {
  const { stdin = '', env = {}, interruptAt } = options
  const child = spawn(process.execPath, [main, ...words], { env: { ...process.env, ...env } })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    if (interruptAt !== undefined && text.includes(interruptAt)) child.kill('SIGINT')
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  child.stdin.end(stdin)
  const { promise, resolve: settle } = Promise.withResolvers<Ran>()
  child.on('close', (code) => settle({ code, out, err }))
  return promise
}
