import { spawn } from 'node:child_process'
import { styleText } from 'node:util'
import { type ServedInspector, serveInspector } from '../ui/index.ts'
import { type AgentModule, loadStore, loadWorkModule } from './agent-module.ts'
import type { DevCommand } from './dev-arguments.ts'
import { openStore } from './store-option.ts'
import { counted } from './usage-text.ts'

/** Serves the inspector until it is interrupted. Gives the exit code. */
export async function inspectRuns(command: DevCommand): Promise<number> {
  const { agents, options } = await agentsOf(command)
  const store = await storeOf(command)
  try {
    const { host, port } = command
    const inspector = await serveInspector({
      agents,
      ...options,
      host,
      port,
      ...(store !== undefined && { store }),
    })
    try {
      tell(inspector, agents.length)
      if (command.opens && process.stdout.isTTY) open(inspector.url)
      await interruption()
      return 0
    } finally {
      await inspector.close()
    }
  } finally {
    await store?.close()
  }
}

async function agentsOf({ module }: DevCommand) {
  const none: { agents: readonly AgentModule['agent'][]; options: AgentModule['options'] } = {
    agents: [],
    options: {},
  }
  return module === undefined ? none : loadWorkModule(module)
}

/** A module that exports no store keeps its runs in memory. */
async function storeOf({ module, store }: DevCommand) {
  if (store !== undefined) return openStore({ module, store }, module !== undefined)
  return module === undefined ? undefined : loadStore(module)
}

function tell({ url, inspectUrl, warnings }: ServedInspector, agents: number): void {
  const { stdout } = process
  const bold = (text: string): string => styleText('bold', text, { stream: stdout })
  const lines = [
    `Inspector for ${counted(agents, 'agent')}: ${bold(url)}`,
    `Other XState apps connect to ${inspectUrl}`,
    'Whoever has these addresses can see and drive the runs. Ctrl-C ends it.',
  ]
  stdout.write(`${lines.join('\n')}\n`)
  for (const warning of warnings) process.stderr.write(`${warning}\n`)
}

/** Where there is no browser, the address has been printed. */
function open(url: string): void {
  const [program, ...words]: readonly [string, ...string[]] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url]
        : ['xdg-open', url]
  const child = spawn(program, words, { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}

/** Resolves when the process is asked to end; asked once more, it does so at once. */
async function interruption(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  await promise
}
