import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job, Report } from './job.ts'

/** How a child's work came to its end. */
export type WorkEnd = Exclude<Report, { kind: 'ready' }> | { readonly kind: 'killed' }

/** A process that drives runs until it is killed. */
export class Child {
  readonly #process: ChildProcess
  readonly #ready = Promise.withResolvers<void>()
  #end: ((end: WorkEnd) => void) | undefined
  #said = ''
  isDead = false

  constructor(cache: string) {
    const main = join(import.meta.dirname, 'child', 'main.ts')
    this.#process = fork(main, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      env: { ...process.env, NODE_COMPILE_CACHE: cache },
    })
    this.#ready.promise.catch(() => {})
    this.#process.stderr?.on('data', (text) => {
      this.#said = `${this.#said}${text}`.slice(-10_000)
    })
    this.#process.on('message', (report: Report) => this.#hear(report))
    this.#process.on('error', () => {}) // it was killed while it was told something
    this.#process.on('exit', (_, signal) => this.#exited(signal))
  }

  get ready(): Promise<void> {
    return this.#ready.promise
  }

  async drive(job: Job): Promise<WorkEnd> {
    const end = Promise.withResolvers<WorkEnd>()
    this.#end = end.resolve
    this.#process.send(job)
    return end.promise
  }

  signal(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL') this.isDead = true // as good as
    this.#process.kill(signal)
  }

  #hear(report: Report): void {
    if (report.kind === 'ready') this.#ready.resolve()
    else this.#settle(report)
  }

  #exited(signal: NodeJS.Signals | null): void {
    this.isDead = true
    const told = `The process ended by itself (${signal ?? 'no signal'}): ${this.#said}`
    this.#ready.reject(new Error(told))
    this.#settle(signal === 'SIGKILL' ? { kind: 'killed' } : { kind: 'failed', told })
  }

  #settle(end: WorkEnd): void {
    this.#end?.(end)
    this.#end = undefined
  }
}

/** Children that have loaded everything before they are needed: starting one takes longer than most runs. */
export class Children {
  readonly #cache = mkdtempSync(join(tmpdir(), 'agentchart-crash-cache-'))
  readonly #idle: Child[] = []
  readonly #all = new Set<Child>()
  readonly #spare: number

  constructor(spare: number) {
    this.#spare = spare
  }

  async take(): Promise<Child> {
    while (this.#idle.length < this.#spare + 1) this.#idle.push(this.#start())
    const [child = this.#start()] = this.#idle.splice(0, 1)
    await child.ready
    return child
  }

  /** Somebody else may use it. */
  give(child: Child): void {
    if (child.isDead) this.#all.delete(child)
    else this.#idle.unshift(child)
  }

  close(): void {
    for (const child of this.#all) child.signal('SIGKILL')
    rmSync(this.#cache, { recursive: true, force: true })
  }

  #start(): Child {
    const child = new Child(this.#cache)
    this.#all.add(child)
    return child
  }
}
