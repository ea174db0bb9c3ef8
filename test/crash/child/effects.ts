/** What has really happened, written beside the store by the process that did it, and read by whoever judges. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'

export type Effect =
  /** A process took the run up. */
  | { readonly kind: 'up'; readonly pid: number }
  /** `below`: the call whose agent the model answers; `null` for the run itself. */
  | { readonly kind: 'asked'; readonly round: number; readonly below: string | null }
  | { readonly kind: 'answered'; readonly round: number; readonly below: string | null }
  | { readonly kind: 'started'; readonly toolCallId: string; readonly attempt: number }
  | { readonly kind: 'finished'; readonly toolCallId: string }
  /** What must not happen, seen from inside. */
  | { readonly kind: 'violation'; readonly told: string }
  /** The process is about to kill itself at this point. */
  | { readonly kind: 'killed'; readonly point: string }

/** An append-only file of effects; each is on the disk when `write` returns. */
export class EffectLog {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  write(effect: Effect): void {
    writeSync(this.#file, `${JSON.stringify(effect)}\n`)
    fsyncSync(this.#file)
  }

  close(): void {
    closeSync(this.#file)
  }
}

export function readEffects(path: string): readonly Effect[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.slice(0, -1).map((line): Effect => JSON.parse(line))
}
