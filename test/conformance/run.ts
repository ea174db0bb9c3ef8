/**
 * `npm run conformance -- <dir>`: runs every vector of a directory. The last line counts the outcomes; the exit code
 * is not zero when a vector failed or there was none.
 */
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import { checkFile, type Outcome } from './check-vector.ts'

const directory = process.argv[2] ?? join(import.meta.dirname, 'vectors')
const strays: unknown[] = []
process.on('unhandledRejection', (error) => strays.push(error))

const counts = { passed: 0, failed: 0, skipped: 0 }
for (const path of await vectorsOf(directory)) {
  const outcome = await checkAlone(path)
  counts[outcome.status] += 1
  report(relative(directory, path), outcome)
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exit(counts.failed > 0 || counts.passed + counts.skipped === 0 ? 1 : 0)

async function vectorsOf(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true }).catch(cannotRead)
  return names
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => join(root, name))
}

/** A directory that is not there counts as a vector that failed. */
function cannotRead(error: Error): string[] {
  console.log(`FAILED ${directory}: cannot be read (${error.message})`)
  counts.failed += 1
  return []
}

/** A rejection that nobody handled fails the vector it happened in. */
async function checkAlone(path: string): Promise<Outcome> {
  const outcome = await checkFile(path)
  await setImmediate()
  const [stray] = strays.splice(0)
  if (stray === undefined) return outcome
  return { status: 'failed', report: `a rejection was not handled: ${inspect(stray)}` }
}

function report(name: string, outcome: Outcome): void {
  if (outcome.status === 'skipped') console.log(`skipped ${name}: ${outcome.reason}`)
  if (outcome.status !== 'failed') return
  console.log(`FAILED ${name}\n${outcome.report.replaceAll(/^/gm, '  ')}\n`)
}
