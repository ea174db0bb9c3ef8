/**
 * `npm run recordings -- <directory> [--via ai-sdk]`: answers with recorded bytes, and judges what a model named by a
 * string made of them. Says for each recording that did not pass why; skipped ones count as not passed.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { judgeRecording, type Outcome } from './outcome.ts'
import { findJudge, findRecordings } from './recording.ts'
import { ReplayServer } from './replay-server.ts'
import { judgeRequestCase } from './request-case.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { via: { type: 'string', default: 'direct' } },
})
const [given] = positionals
if (given === undefined || !['direct', 'ai-sdk'].includes(values.via)) {
  console.error('Usage: npm run recordings -- <directory> [--via ai-sdk]')
  process.exit(2)
}

const via = values.via === 'ai-sdk' ? 'ai-sdk/' : ''
const directory = resolve(given)
const { recordings, requestCases } = findRecordings(directory)
const judge = await findJudge(directory)
const counts: Record<Outcome['kind'], number> = { passed: 0, failed: 0, skipped: 0 }

for (const recording of recordings) {
  const server = await ReplayServer.start()
  const outcome = await judgeRecording(recording, server, judge, via)
  await server.close()
  counts[outcome.kind] += 1
  report(recording.name, outcome)
}
const server = await ReplayServer.start()
for (const { name, content } of requestCases) {
  const outcome = await judgeRequestCase(content, server, via)
  counts[outcome.kind] += 1
  report(name, outcome)
}
await server.close()

const { passed, failed, skipped } = counts
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = passed > 0 && failed + skipped === 0 ? 0 : 1

function report(name: string, outcome: Outcome): void {
  if (outcome.kind === 'skipped') console.log(`skipped ${name}: ${outcome.reason}`)
  if (outcome.kind !== 'failed') return
  console.log(`FAILED ${name}`)
  for (const failure of outcome.failures) console.log(`    ${failure}`)
}
