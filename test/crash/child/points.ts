/**
 * Points at which a process can die. They are counted as they are passed; the one that was chosen kills the process, at
 * once and without a last word to anybody.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { EffectLog } from './effects.ts'

/** Which point is the last: the `nth` of those whose name begins so. */
export interface Death {
  readonly at: string
  readonly nth: number
}

export class Points {
  /** What the store is being asked for; heartbeats and polls come when they like, and have no points. */
  readonly operation = new AsyncLocalStorage<string>()
  readonly passed: string[] = []
  #death: Death | null = null
  #count = 0
  #log: EffectLog | null = null

  arm(death: Death | null, log: EffectLog): void {
    this.#death = death
    this.#count = 0
    this.#log = log
    this.passed.length = 0
  }

  pass(name: string): void {
    this.passed.push(name)
    if (this.#death === null || !name.startsWith(this.#death.at)) return
    this.#count += 1
    if (this.#count < this.#death.nth) return
    this.#log?.write({ kind: 'killed', point: name })
    process.kill(process.pid, 'SIGKILL')
    for (;;); // nothing of what would come next
  }

  /** Of the operation under way, if it has points. */
  passIn(moment: string): void {
    const operation = this.operation.getStore()
    if (operation !== undefined) this.pass(`${operation} ${moment}`)
  }
}
