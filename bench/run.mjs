// The bench: measures every contender at every workload, prints tables, writes the results. See README.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import path from 'node:path'
import { brokenBounds } from './lib/bounds.mjs'
import { home, measure, nodeVersion } from './lib/child.mjs'
import { workloads } from './lib/job.mjs'
import { readOptions } from './lib/options.mjs'
import { tablesOf } from './lib/tables.mjs'
import { median } from './lib/timing.mjs'

const options = readOptions()
process.exitCode = options.isCheck ? await checkAll() : await measureAll()

/** Everybody does everything once. */
async function checkAll() {
  let failures = 0
  for (const workload of options.workloads) {
    for (const name of options.contenders) {
      const { error, isMissing } = await measure(name, workload, 'check')
      if (error !== undefined) failures += 1
      const verdict = error ?? (isMissing ? await whyMissing(name, workload) : 'ok')
      console.log(`${workload}  ${name.padEnd(14)} ${verdict}`)
    }
  }
  console.log(failures === 0 ? 'Everybody does the work.' : `${failures} failed.`)
  return failures === 0 ? 0 : 1
}

async function measureAll() {
  const summary = {}
  for (const workload of options.workloads) {
    summary[workload] = await measureWorkload(workload)
    console.error(`${workload} is done, ${Math.round(performance.now() / 1000)} s so far`)
  }
  const results = { ...(await circumstances()), summary }
  mkdirSync(path.dirname(options.out), { recursive: true })
  writeFileSync(options.out, `${JSON.stringify(results, null, 2)}\n`)
  console.log(tablesOf(results))
  const broken = options.isShort ? brokenBounds(summary) : []
  for (const line of broken) console.error(`Out of bounds: ${line}`)
  const isWhole = Object.values(summary).every((rows) => rowsWithout('failed', rows))
  return isWhole && broken.length === 0 ? 0 : 1
}

/** Round after round, one contender after the other: what disturbs the machine disturbs all of them. */
async function measureWorkload(workload) {
  const names = workload === 'W7' ? ['empty', ...options.contenders] : options.contenders
  const taken = new Map(names.map((name) => [name, []]))
  if (workload === 'W7') for (const name of names) await measure(name, workload) // reads the files once
  for (let round = 0; round < options.roundsOf(workload); round += 1) {
    for (const [name, results] of taken) {
      if (results.at(-1)?.ms !== undefined || round === 0) {
        results.push(await measure(name, workload, options.ms))
      }
    }
  }
  const rows = {}
  for (const [name, results] of taken) rows[name] = await rowOf(name, workload, results)
  return rows
}

async function rowOf(name, workload, results) {
  const bad = results.find(({ ms }) => ms === undefined)
  if (bad?.error !== undefined) {
    console.error(`${workload}, ${name}: ${bad.error}`)
    return { missing: 'failed' }
  }
  if (bad !== undefined) return { missing: await whyMissing(name, workload) }
  const row = {}
  for (const [key, value] of Object.entries(results[0])) {
    row[key] = typeof value === 'number' ? median(results.map((result) => result[key])) : value
  }
  const times = results.map(({ ms }) => ms)
  return { ...row, least: Math.min(...times), most: Math.max(...times), rounds: times.length }
}

async function whyMissing(name, workload) {
  const { later = [] } = await import(`./contenders/${name}.mjs`)
  return later.includes(workload) ? 'not supported yet' : 'not there'
}

function rowsWithout(trouble, rows) {
  return Object.values(rows).every(({ missing }) => missing !== trouble)
}

async function circumstances() {
  const { dependencies } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'))
  return {
    date: new Date().toISOString().slice(0, 10),
    node: await nodeVersion(),
    cores: cpus().length,
    processor: cpus()[0].model,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    ms: options.ms,
    seconds: Math.round(performance.now() / 1000),
    versions: dependencies,
    workloads,
  }
}
