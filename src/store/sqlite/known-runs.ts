import type { FoundRun } from '../sql/rows.ts'

/** A run as this process has written it. */
export interface KnownRun {
  readonly found: FoundRun
  /** Whether no mark of it is open; false when that is not known. */
  readonly isUnmarked: boolean
}

const mostRuns = 1_000

/** Runs that need not be read again before they are written, as long as nobody else writes to the file. */
export class KnownRuns {
  readonly #runs = new Map<string, KnownRun>()
  #version: unknown

  /** @param version of the file: another one once another connection has written to it */
  check(version: unknown): void {
    if (version === this.#version) return
    this.#version = version
    this.#runs.clear()
  }

  get(runId: string): KnownRun | undefined {
    return this.#runs.get(runId)
  }

  forget(runId: string): void {
    this.#runs.delete(runId)
  }

  /** The one that was written longest ago makes room. */
  keep(runId: string, known: KnownRun): void {
    this.#runs.set(runId, known)
    if (this.#runs.size <= mostRuns) return
    const [first] = this.#runs.keys()
    if (first !== undefined) this.#runs.delete(first)
  }
}
