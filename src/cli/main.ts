#!/usr/bin/env node
import { createRequire } from 'node:module'
import { readCommand } from './arguments.ts'
import { help, runsHelp } from './help.ts'
import { UsageError } from './usage-error.ts'

/** Does what the command line says, loading only what that needs. Gives the exit code. */
async function main(words: readonly string[]): Promise<number> {
  const command = readCommand(words)
  switch (command.name) {
    case 'help':
      process.stdout.write(command.topic === 'runs' ? runsHelp : help)
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
    case 'dev': {
      const { inspectRuns } = await import('./dev-command.ts')
      return inspectRuns(command)
    }
    case 'work': {
      const { workForAgents } = await import('./work-command.ts')
      return workForAgents(command)
    }
    case 'runs': {
      const { manageRuns } = await import('./runs-command.ts')
      return manageRuns(command)
    }
  }
}

async function fail(error: unknown): Promise<number> {
  const { stderr } = process
  if (error instanceof UsageError) {
    const topic = process.argv[2] === 'runs' ? ' runs' : ''
    stderr.write(`${error.message}\nSee: agentchart${topic} --help\n`)
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
