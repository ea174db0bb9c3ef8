import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The parts of a recording that a replay reads; the README beside the recordings describes the rest. */
export interface Recording {
  readonly provider: string
  readonly vendor: string
  readonly name: string
  readonly streaming: boolean
  readonly interactions: readonly Interaction[]
  readonly calls: readonly RecordedCall[]
  readonly expected: readonly Item[]
}

export interface Interaction {
  readonly request: { readonly method: string; readonly path: string }
  readonly response: {
    readonly status: number
    readonly content_type: string
    readonly body: string
  }
}

export interface RecordedCall {
  readonly stream?: boolean
  readonly model_name: string
  readonly model_settings: Readonly<Record<string, unknown>>
  readonly model_request_parameters: Readonly<Record<string, unknown>>
  readonly messages: unknown
}

/** An item of `expected`, or what a replay made of the same bytes. */
export type Item = Readonly<Record<string, unknown>> & { readonly kind: string }

/** A history with the body that the reference sends for it. */
export interface RequestCase extends RecordedCall {
  readonly provider: string
  readonly name: string
  readonly provider_name: string
  readonly request: { readonly method: string; readonly path: string; readonly body: unknown }
}

export interface Difference {
  readonly pointer: string
  readonly expected: unknown
  readonly actual: unknown
  readonly why: string
  readonly severity: 'major' | 'minor'
}

/** The judge that lies with the recordings. */
export interface Judge {
  compareRecording(expected: Item, actual: Item, options?: { streaming?: boolean }): Difference[]
  passes(differences: readonly Difference[]): boolean
}

export interface Found<T> {
  /** Path below the directory, without the ending. */
  readonly name: string
  readonly content: T
}

/** All recordings and request cases below a directory, by name. */
export function findRecordings(directory: string): {
  recordings: Found<Recording>[]
  requestCases: Found<RequestCase>[]
} {
  const files = jsonFiles(directory).map((path) => ({
    name: relative(directory, path).replace(/\.json$/, ''),
    content: JSON.parse(readFileSync(path, 'utf8')) as Partial<Recording & RequestCase>,
  }))
  const recordings = files.filter(({ content }) => content.interactions && content.expected)
  const requestCases = files.filter(({ content }) => content.request && content.messages)
  return {
    recordings: recordings as Found<Recording>[],
    requestCases: requestCases as Found<RequestCase>[],
  }
}

function jsonFiles(directory: string): string[] {
  if (statSync(directory).isFile()) return [directory]
  const entries = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return entries
    .filter((entry) => entry.endsWith('.json') && basename(entry) !== 'package.json')
    .toSorted()
    .map((entry) => join(directory, entry))
}

/** Imports `compare.mjs` from the directory or the nearest one above it that has it. */
export async function findJudge(directory: string): Promise<Judge> {
  for (let at = directory; ; at = dirname(at)) {
    const path = join(at, 'compare.mjs')
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) {
      return (await import(pathToFileURL(path).href)) as Judge
    }
    if (dirname(at) === at) throw new Error(`No compare.mjs in ${directory} or above it`)
  }
}
