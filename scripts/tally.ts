/** Adds up the JSON reports of test runs; a report that is missing, or counts nothing, is a failure. */
import { existsSync, readFileSync } from 'node:fs'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numFailedTestSuites: number
  readonly success: boolean
}

let passed = 0
let failed = 0
for (const path of process.argv.slice(2)) {
  const report = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Report) : undefined
  passed += report?.numPassedTests ?? 0
  failed += report?.numFailedTests ?? 0
  // A suite may also break outside of its tests.
  if (report?.numFailedTests === 0 && !report.success) failed += 1
  if (report === undefined || report.numPassedTests + report.numFailedTests === 0) failed += 1
}
console.log(`${passed} passed, ${failed} failed`)
if (failed > 0 || passed === 0) process.exitCode = 1
