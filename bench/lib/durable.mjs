// W9: what it costs that every step is in a file of SQLite before the run goes on.
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { resetTally, scriptOf, tally } from './job.mjs'
import { median, stopwatch } from './timing.mjs'

/** What a commit survives, and the pragma that says so: the end of the process, or that of the machine's power. */
const durabilities = { process: 'NORMAL', power: 'FULL' }

/**
 * Runs with a store, the same runs without one, and as many raw inserts as the runs with a store commit, in turns. An
 * insert is a commit of one row, of the size that the run writes in one commit on average, in a file of its own.
 *
 * @param create makes the contender for a script
 * @param checkRun proves that a run does its work
 */
export async function measureDurable({ create, script, forMs, checkRun }) {
  const contender = await create(script)
  if (contender.durable === undefined) return { isMissing: true }
  const folder = mkdtempSync(path.join(tmpdir(), 'agentchart-w9-'))
  try {
    const counts = await countsOf({ create, script, folder, checkRun })
    if (forMs === null) return counts
    const usual = await inTurns({ contender, counts, folder, forMs, durability: 'process' })
    const power = await inTurns({ contender, counts, folder, forMs, durability: 'power' })
    const growth = await growthOf({ create, folder, forMs })
    const { ms: powerMs, rawMs: powerRawMs, ratio: powerRatio } = power
    return { ...counts, ...usual, powerMs, powerRawMs, powerRatio, ...growth }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Commits of a run, those that ten more rounds add, and how many bytes of text a commit writes. */
async function countsOf({ create, script, folder, checkRun }) {
  const { rounds } = script
  const longer = scriptOf({ rounds: rounds + 10, fanOut: 1 })
  const few = await countRun({ create, script, file: path.join(folder, 'few.db'), checkRun })
  const more = await countRun({ create, script: longer, file: path.join(folder, 'more.db') })
  return {
    commits: few.commits,
    commitsPerRound: (more.commits - few.commits) / 10,
    bytesPerCommit: few.bytes / few.commits,
  }
}

async function countRun({ create, script, file, checkRun = (run) => run() }) {
  const { durable } = await create(script)
  const { run, close } = await durable({ file, durability: 'process' })
  await run() // the tables are made
  const { exec } = DatabaseSync.prototype
  const { run: write, get } = StatementSync.prototype
  let [commits, bytes] = [0, 0]
  const isCommit = (sql) => /^\s*COMMIT\b/i.test(sql)
  DatabaseSync.prototype.exec = function (sql) {
    if (isCommit(sql)) commits += 1
    return exec.call(this, sql)
  }
  const counting = (execute) =>
    function (...values) {
      if (isCommit(this.sourceSQL)) commits += 1
      const isWrite = !/^\s*SELECT\b/i.test(this.sourceSQL)
      for (const value of values) if (isWrite && typeof value === 'string') bytes += value.length
      return execute.apply(this, values)
    }
  Object.assign(StatementSync.prototype, { run: counting(write), get: counting(get) })
  await checkRun(run)
  Object.assign(DatabaseSync.prototype, { exec })
  Object.assign(StatementSync.prototype, { run: write, get })
  await close()
  return { commits, bytes }
}

async function inTurns({ contender, counts, folder, forMs, durability }) {
  const { run, close } = await contender.durable({
    file: path.join(folder, `${durability}.db`),
    durability,
  })
  const raw = rawInserts(path.join(folder, `${durability}-raw.db`), durability, counts)
  const runsAtOnce = 8
  const turns = [contender.run, run, raw.insertAll].map((work) => ({ work, times: [] }))
  const turn = async () => {
    for (const { work, times } of turns) {
      const time = stopwatch()
      for (let i = 0; i < runsAtOnce; i += 1) await work()
      times.push(time() / runsAtOnce)
    }
  }
  for (const warmUp = stopwatch(); warmUp() < forMs;) await turn()
  for (const { times } of turns) times.length = 0
  for (const whole = stopwatch(); whole() < 2 * forMs || turns[0].times.length < 5;) await turn()
  await close()
  raw.close()
  const [plainMs, ms, allRawMs] = turns.map(({ times }) => median(times))
  return { ms, plainMs, rawMs: allRawMs / counts.commits, ratio: (ms - plainMs) / allRawMs }
}

/** As many as a run commits. */
function rawInserts(file, durability, { commits, bytesPerCommit }) {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(`PRAGMA synchronous = ${durabilities[durability]}`)
  database.exec(
    'CREATE TABLE raw (run_id TEXT NOT NULL, seq BIGINT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (run_id, seq))',
  )
  const insert = database.prepare('INSERT INTO raw VALUES (?, ?, ?)')
  const text = 'x'.repeat(Math.round(bytesPerCommit))
  return {
    insertAll() {
      const id = crypto.randomUUID()
      for (let seq = 0; seq < commits; seq += 1) insert.run(id, seq, text)
    },
    close: () => database.close(),
  }
}

/** Steps 251–300 over steps 1–50 of one run, both with everything that is saved meanwhile. */
async function growthOf({ create, folder, forMs }) {
  const { durable } = await create(scriptOf({ rounds: 300, fanOut: 1 }))
  const { run, close } = await durable({
    file: path.join(folder, 'long.db'),
    durability: 'process',
  })
  const [early, late] = [[], []]
  await run()
  for (const whole = stopwatch(); whole() < forMs || early.length < 5;) {
    resetTally()
    tally.stepTimes = []
    await run()
    const at = tally.stepTimes
    early.push(at[50] - at[0])
    late.push(at[300] - at[250])
  }
  tally.stepTimes = null
  await close()
  const [first50, last50] = [median(early), median(late)]
  return { first50, last50, growth: last50 / first50 }
}
