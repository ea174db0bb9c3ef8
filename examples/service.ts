/**
 * A web service whose runs outlive it: a request starts a run, the client leaves, the service dies, somebody approves
 * hours later at another process, and the result is fetched. In between nothing is kept but a file.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { say } from './print.ts'

const folder = await mkdtemp(join(tmpdir(), 'agentchart-service-'))
const file = join(folder, 'runs.db')

/** Starts one of the two programs. Gives the process and its lines. */
function start(program: 'server' | 'worker') {
  const path = fileURLToPath(import.meta.resolve(`./service/${program}.ts`))
  const child = spawn(process.execPath, [path, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  return { child, lines: createInterface({ input: child.stdout }) }
}

async function startServer() {
  const { child, lines } = start('server')
  const [url]: unknown[] = await once(lines, 'line')
  return { child, url: String(url) }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal)
  await once(child, 'close') // by then all it has said is read
}

async function send(url: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(
    url,
    body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'x-user': 'Ada' } },
  )
  return JSON.parse(await response.text())
}

/** Asks until the run is there, as a page that is open would. */
async function whenIs(status: string, url: string): Promise<Record<string, unknown>> {
  for (;;) {
    const run = await send(url)
    if (run['status'] === status) return run
    await sleep(50)
  }
}

say('A service starts a run, and answers before anything has happened:')
const morning = await startServer()
const { runId } = await send(`${morning.url}/runs`, { prompt: 'Please refund order 7.' })
console.log(`  202 ${JSON.stringify({ runId })}`)

say('The client leaves, and the service is killed. Elsewhere a worker takes the run up:')
await end(morning.child, 'SIGKILL')
const worker = start('worker')
const said: string[] = []
const hasAsked = Promise.withResolvers<void>()
worker.lines.on('line', (line) => {
  said.push(line)
  if (line === 'waiting') hasAsked.resolve()
})
await hasAsked.promise
tellWorker()

say('Hours later another process of the service tells what the run waits for:')
const evening = await startServer()
const run = `${evening.url}/runs/${String(runId)}`
const waiting = await whenIs('waiting', run)
console.log(`  ${JSON.stringify(waiting['waitingFor'])}`)

say('Somebody approves part of it, twice to be sure:')
const verdict = {
  toolCallId: 'call-refund',
  approve: true,
  overrideArgs: { order: 7, euros: 20 },
}
console.log(`  ${JSON.stringify(await send(`${run}/approvals`, verdict))}`)
console.log(`  ${JSON.stringify(await send(`${run}/approvals`, verdict))}`)

const { output } = await whenIs('done', run)
await end(worker.child, 'SIGTERM')
await end(evening.child, 'SIGKILL')
await rm(folder, { recursive: true })
say('The worker has taken it up once more:')
tellWorker()
say('The result:')
console.log(`  ${String(output)}`)

/** Prints what the worker has said since the last time: the processes talk at once. */
function tellWorker(): void {
  for (const line of said.splice(0)) console.log(`  worker: ${line}`)
}
