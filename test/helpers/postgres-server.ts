import { execFileSync, spawn } from 'node:child_process'
import { chownSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { once } from 'node:events'

/** A database server in a folder of its own, for as long as the tests run. */
export interface PostgresServer {
  /** As a superuser. */
  readonly url: string
  /** Ends all connections at once, without a word to those that work. */
  readonly restart: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Where `postgres` and `initdb` are; `null` when they are not installed. */
export const postgresFolder: string | null =
  [
    ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'initdb')),
    '/usr/lib/postgresql/*/bin/initdb',
  ]
    .flatMap((pattern) => globSync(pattern))
    .map((path) => dirname(path))
    .at(-1) ?? null

/** Postgres refuses to run as root; another user of the machine does it then. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const user = ['postgres', 'nobody'].flatMap((name) => users.filter(([each]) => each === name))[0]
  return { uid: Number(user?.[2]), gid: Number(user?.[3]) }
}

/** @param binaries what {@link postgresFolder} has found */
export async function startPostgres(binaries: string): Promise<PostgresServer> {
  const user = unprivileged()
  const folder = mkdtempSync(join(tmpdir(), 'agentchart-postgres-'))
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const initdb = ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8']
  execFileSync(join(binaries, 'initdb'), initdb, { ...user, cwd: folder, stdio: 'ignore' })
  const port = await freePort()
  let running = await launch()
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    restart: async () => {
      await end('SIGQUIT')
      running = await launch()
    },
    stop: async () => {
      await end('SIGQUIT')
      rmSync(folder, { recursive: true })
    },
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const over = once(running, 'exit')
    running.kill(signal)
    await over
  }

  async function launch() {
    const options = ['-D', data, '-p', `${port}`, '-h', '127.0.0.1', '-k', folder, '-F']
    const child = spawn(join(binaries, 'postgres'), options, {
      ...user,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await new Promise<void>((resolve, reject) => {
      let said = ''
      child.stderr.on('data', (text) => {
        said = `${said}${text}`.slice(-10_000)
        if (said.includes('ready to accept connections')) resolve()
      })
      child.once('exit', () => reject(new Error(`Postgres did not start: ${said}`)))
    })
    return child
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address === 'object' && address !== null) return address.port
  throw new Error('No port is free')
}
