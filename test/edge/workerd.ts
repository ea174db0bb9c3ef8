import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

/** The package tells where its program is. */
const { default: program } = createRequire(import.meta.url)('workerd') as { default: string }

/** One worker without any flag for Node.js; it may reach servers on this machine. */
const config = `
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2025-01-01",
);
`

/** The runtime of Cloudflare's workers, with a worker that was bundled into `source`. */
export class Workerd {
  readonly url: string
  readonly #child: ChildProcess
  readonly #folder: string

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url
    this.#child = child
    this.#folder = folder
  }

  static async start(source: string): Promise<Workerd> {
    const folder = mkdtempSync(join(tmpdir(), 'agentchart-workerd-'))
    writeFileSync(join(folder, 'worker.js'), source)
    writeFileSync(join(folder, 'config.capnp'), config)
    const args = ['serve', join(folder, 'config.capnp'), '--control-fd=3']
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
    for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
      const { event, port } = JSON.parse(line) as { event: string; port: number }
      if (event === 'listen') return new Workerd(`http://127.0.0.1:${port}`, child, folder)
    }
    rmSync(folder, { recursive: true })
    throw new Error('workerd does not serve')
  }

  async close(): Promise<void> {
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
    rmSync(this.#folder, { recursive: true })
  }
}
