// What was asked for on the command line.
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { home } from './child.mjs'
import { workloads } from './job.mjs'

const order = ['agentchart', 'bare', 'xstate-scope', 'xstate-invoke', 'ai-generate']
const usualRounds = {
  W1: 7,
  W2: 7,
  W3: 7,
  W4: 7,
  W5: 3,
  W6: 3,
  W7: 10,
  W8: 5,
  W9: 3,
  W10: 3,
  W11: 3,
}
const short = {
  only: 'agentchart,ai-generate',
  workloads: 'W1,W2,W3,W5,W6,W8,W9',
  rounds: '2',
  ms: '1200',
}

export function readOptions() {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      only: { type: 'string' },
      workloads: { type: 'string' },
      rounds: { type: 'string' },
      ms: { type: 'string' },
      out: { type: 'string' },
    },
  })
  const given = { ...(values.short && short), ...values }
  return {
    isCheck: given.check,
    isShort: given.short,
    contenders: chosen('contender', allContenders(), given.only),
    workloads: chosen('workload', Object.keys(workloads), given.workloads),
    roundsOf: (workload) => positive('rounds', given.rounds) ?? usualRounds[workload],
    ms: positive('ms', given.ms) ?? 1000,
    out: path.resolve(given.out ?? path.join(home, 'results', 'latest.json')),
  }
}

function allContenders() {
  const found = readdirSync(path.join(home, 'contenders'))
    .filter((file) => file.endsWith('.mjs') && !file.startsWith('_'))
    .map((file) => path.basename(file, '.mjs'))
  return [...new Set([...order, ...found])].filter((name) => found.includes(name))
}

function chosen(what, known, list) {
  if (list === undefined) return known
  const names = list.split(',')
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return known.filter((name) => names.includes(name))
  throw new Error(`There is no ${what} '${unknown}'; there are ${known.join(', ')}`)
}

function positive(flag, text) {
  if (text === undefined) return undefined
  if (Number(text) > 0) return Number(text)
  throw new Error(`--${flag} must be a number above 0, not '${text}'`)
}
