/**
 * `node test/crash/run.ts --seed S --kills N [--store postgres://…] [--run R]`: kills processes in the middle of runs, and
 * checks what becomes of the runs. The last line counts; the exit code is not zero when something was wrong.
 */
import { parseArgs } from 'node:util'
import { campaign, type CampaignResult, runOf } from './campaign.ts'
import { openStage } from './stage.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '300' },
    store: { type: 'string' },
    run: { type: 'string' },
  },
})
const began = performance.now()
const stage = openStage(values.store)
try {
  if (values.run === undefined) {
    const options = { seed: Number(values.seed), kills: Number(values.kills), lanes: 2 }
    report(await campaign({ ...options, onRun: tellProgress }, stage))
  } else {
    const { kills, violations } = await runOf(Number(values.run), stage)
    const places = new Map(kills.map((place) => [place, 1]))
    report({ kills: kills.length, runs: 1, places, violations })
  }
} finally {
  await stage.close()
}

function tellProgress({
  seed,
  result,
}: {
  seed: number
  result: { violations: readonly string[] }
}) {
  for (const told of result.violations) console.log(`WRONG run ${seed}: ${told}`)
}

function report({ kills, runs, places, violations }: CampaignResult): void {
  const seconds = Math.round((performance.now() - began) / 1_000)
  const where = [...places].toSorted(([, one], [, other]) => other - one)
  for (const [place, count] of where) console.log(`${String(count).padStart(6)}  ${place}`)
  console.log(
    `seed ${values.seed}, ${values.store === undefined ? 'SQLite' : 'Postgres'}, ${seconds} s`,
  )
  console.log(`${kills} kills, ${runs} runs, ${violations.length} violations`)
  if (violations.length > 0) process.exitCode = 1
}
