import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const maxEntries = 1_000

/** What was typed at the prompt, in this chat and in earlier ones; nobody but its user may read the file. */
export class InputHistory {
  readonly #path: string | undefined
  /** Latest first, as readline wants it. */
  #entries: readonly string[]

  /** @param path `undefined` keeps nothing beyond this chat. What cannot be read or written is left alone. */
  constructor(path: string | undefined) {
    this.#path = path
    this.#entries = path === undefined ? [] : entriesOf(path)
  }

  get entries(): readonly string[] {
    return this.#entries
  }

  add(text: string): void {
    const entry = text.replaceAll('\n', ' ')
    if (entry.trim() === '' || entry === this.#entries[0]) return
    this.#entries = [entry, ...this.#entries.slice(0, maxEntries - 1)]
    if (this.#path !== undefined) write(this.#path, this.#entries)
  }
}

/** `AGENTCHART_HISTORY` names another file; empty, it means none. */
export function historyPath(env: NodeJS.ProcessEnv): string | undefined {
  const path = env['AGENTCHART_HISTORY'] ?? join(homedir(), '.agentchart_history')
  return path === '' ? undefined : path
}

function entriesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean).toReversed().slice(0, maxEntries)
  } catch {
    return []
  }
}

function write(path: string, entries: readonly string[]): void {
  try {
    writeFileSync(path, `${entries.toReversed().join('\n')}\n`, { mode: 0o600 })
    chmodSync(path, 0o600)
  } catch {
    // a home that cannot be written to is no reason not to chat
  }
}
