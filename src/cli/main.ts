#!/usr/bin/env node
import { createRequire } from 'node:module'
import { help, readCommand, UsageError } from './arguments.ts'

/** Does what the command line says, loading only what that needs. Gives the exit code. */
async function main(words: readonly string[]): Promise<number> {
  const command = readCommand(words)
  switch (command.name) {
    case 'help':
      process.stdout.write(help)
      return 0
    case 'version':
      process.stdout.write(`${version()}\n`)
      return 0
    case 'graph': {
      const { graphText } = await import('./graph-command.ts')
      process.stdout.write(`${await graphText(command)}\n`)
      return 0
    }
    case 'run': {
      const { runAgent } = await import('./run-command.ts')
      return runAgent(command)
    }
    case 'chat': {
      const { chatWithAgent } = await import('./chat-command.ts')
      return chatWithAgent(command)
    }
  }
}

async function fail(error: unknown): Promise<number> {
  const { stderr } = process
  if (error instanceof UsageError) {
    stderr.write(`${error.message}\nSee: agentchart --help\n`)
    return 2
  }
  const { failureFacts } = await import('./failure.ts')
  const { failureText } = await import('./text-report.ts')
  stderr.write(failureText(failureFacts(error, undefined), stderr))
  return 1
}

function version(): string {
  const manifest: unknown = createRequire(import.meta.url)('agentchart/package.json')
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return known ? String(manifest.version) : 'unknown'
}

/** Leaves although the user's module may hold something open, but not before all was written. */
function exit(code: number): void {
  process.stderr.write('', () => process.stdout.write('', () => process.exit(code)))
}

process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0) // the reader has seen enough, as in `| head`
})

await main(process.argv.slice(2)).catch(fail).then(exit)
