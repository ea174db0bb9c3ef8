import { type Worker, work } from '../worker/index.ts'
import { loadWorkModule } from './agent-module.ts'
import { openStore } from './store-option.ts'
import { counted } from './usage-text.ts'
import type { WorkCommand } from './work-arguments.ts'
import { jsonLog, textLog, type WorkLog } from './work-log.ts'

/** Drives the stored runs of a module's agents. Gives the exit code. */
export async function workForAgents(command: WorkCommand): Promise<number> {
  const { module, once, json, options } = command
  const log = json ? jsonLog((text) => void process.stdout.write(text)) : textLog(process.stderr)
  const { agents, options: runOptions } = await loadWorkModule(module)
  const store = await openStore(command, true)
  const worker = work({
    agents,
    store,
    ...options,
    ...runOptions,
    onEvent: (event) => log.event(event),
  })
  const ignore = listenForSignals(worker, log)
  log.note(`Working for ${counted(agents.length, 'agent')}: ${namesOf(agents)}`)
  try {
    if (once) await worker.idle()
    else await worker.done
    await worker.stop()
    return 0
  } finally {
    ignore()
    await worker.stop().catch(() => {}) // thrown already
    await store.close()
  }
}

function namesOf(agents: readonly { readonly name: string | undefined }[]): string {
  return agents.map(({ name }) => name).join(', ')
}

/** What a shell expects of a program that a signal has ended. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

/** The first signal lets steps come to their end, the second one ends the process: leases then run out by themselves. */
function listenForSignals(worker: Worker, log: WorkLog): () => void {
  let isStopping = false
  const onSignal = (signal: 'SIGINT' | 'SIGTERM'): void => {
    if (isStopping) process.exit(exitCodes[signal])
    isStopping = true
    log.note('Stopping behind the steps under way; once more to end at once')
    worker.stop().catch(() => {}) // `done` says it
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return () => signals.forEach((signal) => void process.off(signal, onSignal))
}
