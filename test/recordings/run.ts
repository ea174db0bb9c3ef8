/**
 * `npm run recordings -- <directory> [--via ai-sdk]`: answers with recorded bytes, and judges what a model named by a
 * string made of them. Says for each recording that did not pass why; skipped ones count as not passed.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { judgeRecording, type Outcome } from './outcome.ts'
import { findJudge, findRecordings, type Found, type RequestCase } from './recording.ts'
import { ReplayServer } from './replay-server.ts'
import { sendRequestCase } from './request-case.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { via: { type: 'string', default: 'ai-sdk' }, verbose: { type: 'boolean' } },
})
const [given] = positionals
if (given === undefined || values.via !== 'ai-sdk') {
  console.error('Usage: npm run recordings -- <directory> [--via ai-sdk] [--verbose]')
  process.exit(2)
}

const directory = resolve(given)
const { recordings, requestCases } = findRecordings(directory)
const judge = await findJudge(directory)
const counts: Record<Outcome['kind'], number> = { passed: 0, failed: 0, skipped: 0 }

for (const recording of recordings) {
  const server = await ReplayServer.start()
  const outcome = await judgeRecording(recording, server, judge)
  await server.close()
  counts[outcome.kind] += 1
  report(recording.name, outcome)
}
if (requestCases.length > 0) console.log(await compareRequests(requestCases))
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.passed > 0 && counts.failed + counts.skipped === 0 ? 0 : 1

function report(name: string, outcome: Outcome): void {
  if (outcome.kind === 'skipped') console.log(`skipped ${name}: ${outcome.reason}`)
  if (outcome.kind !== 'failed') return
  console.log(`FAILED ${name}`)
  for (const failure of outcome.failures) console.log(`    ${failure}`)
}

/** For information: bodies need not be equal to do the same. */
async function compareRequests(cases: readonly Found<RequestCase>[]): Promise<string> {
  const server = await ReplayServer.start()
  const unequal: string[] = []
  for (const { name, content } of cases) {
    const { isEqual, body } = await sendRequestCase(content, server)
    if (isEqual) continue
    unequal.push(name)
    if (values.verbose)
      console.log(
        `request ${name}\n  ${JSON.stringify(content.request.body)}\n  ${JSON.stringify(body)}`,
      )
  }
  await server.close()
  return `request bodies: ${cases.length - unequal.length} of ${cases.length} equal the reference's`
}
