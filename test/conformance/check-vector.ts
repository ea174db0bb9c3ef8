import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { compareVector, formatDifferences } from './compare.mjs'
import type { Json } from './recording.ts'
import { readVector, type RunVector, type WireVector } from './vector.ts'

export type Outcome =
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly report: string }
  | { readonly status: 'skipped'; readonly reason: string }

/** How long one vector may take; the longest sleep of a tool that nobody cancels counts, too. */
const deadlineMs = 20_000

export async function checkFile(path: string): Promise<Outcome> {
  try {
    return await checkVector(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    return { status: 'failed', report: `the file cannot be read: ${textOf(error)}` }
  }
}

/** Runs one vector and judges it. Only the judge reads `expect`. */
export async function checkVector(file: unknown): Promise<Outcome> {
  try {
    const vector = readVector(file)
    const { actual, complaints } = await withinDeadline(run(vector))
    const differences = compareVector(z.record(z.string(), z.unknown()).parse(file), actual)
    const report = [
      ...complaints,
      ...(differences.length > 0 ? [formatDifferences(differences)] : []),
    ]
    return report.length === 0
      ? { status: 'passed' }
      : { status: 'failed', report: report.join('\n') }
  } catch (error) {
    return { status: 'failed', report: `the vector cannot be run: ${textOf(error)}` }
  }
}

/** Loads the framework only for vectors that run it: wire vectors need no more than the messages. */
async function run(
  vector: WireVector | RunVector,
): Promise<{ actual: Json; complaints: readonly string[] }> {
  if ('wire' in vector) {
    const { runWireVector } = await import('./wire-vector.ts')
    return { actual: runWireVector(vector), complaints: [] }
  }
  const { runVector } = await import('./run-vector.ts')
  return runVector(vector)
}

async function withinDeadline<T>(work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`not done after ${deadlineMs} ms`)), deadlineMs)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
