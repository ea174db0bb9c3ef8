// Results as Markdown tables.
const mebi = 2 ** 20

/** One table for each workload that was measured. */
export function tablesOf({ summary, workloads }) {
  return Object.entries(summary)
    .map(([workload, rows]) => tableOf(workload, workloads[workload].title, rows, summary))
    .join('\n\n')
}

function tableOf(workload, title, rows, summary) {
  const columns = [...columnsOf[workload], ...ratios(workload), ['from–to', spread]]
  const head = ['contender', ...columns.map(([heading]) => heading)]
  const lines = Object.entries(rows).map(([name, row]) => {
    const cells =
      row.ms === undefined
        ? [row.missing, ...columns.slice(1).map(() => '')]
        : columns.map(([, cell]) => cell(row, { name, rows, summary }))
    return [name, ...cells]
  })
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'))
  const table = [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`)
  return [`### ${workload}: ${title}`, '', ...table].join('\n')
}

const micros = ['µs/run', ({ ms }) => show(ms * 1000)]

const columnsOf = {
  W1: [micros],
  W2: [
    micros,
    ['µs/round', ({ ms }, { name, summary }) => show((ms - summary.W1?.[name]?.ms) * 100)],
  ],
  W3: [micros, ['µs/tool', ({ ms }) => show((ms * 1000) / 16)]],
  W4: [
    ['µs/delta', ({ ms }) => show(ms / 2)],
    ['deltas/s', ({ ms }) => show(2_000_000 / ms)],
  ],
  W5: [
    ['runs/s', ({ ms }) => show(1_000_000 / ms)],
    ['RSS peak MiB', ({ rssPeak }) => show(rssPeak / mebi)],
    ['grown by MiB', ({ rssPeak, rssBefore }) => show((rssPeak - rssBefore) / mebi)],
  ],
  W6: [
    ['ms/run', ({ ms }) => show(ms)],
    ['steps 1–50, ms', ({ first50 }) => show(first50)],
    ['steps 251–300, ms', ({ last50 }) => show(last50)],
    ['growth', ({ growth }) => show(growth)],
  ],
  W7: [
    ['ms', ({ ms }) => show(ms)],
    ['without Node’s own', ({ ms }, { rows }) => show(ms - rows.empty?.ms)],
    ['import', ({ importMs }) => show(importMs)],
    ['first run', ({ runMs }) => show(runMs)],
    ['RSS MiB', ({ rss }) => show(rss / mebi)],
  ],
  W8: [
    ['bytes', ({ bytes, keptBytes }) => show(bytes, 6) + (keptBytes ? ` (of ${keptBytes})` : '')],
    ['write µs', ({ writeMs }) => show(writeMs * 1000)],
    ['read µs', ({ readMs }) => show(readMs * 1000)],
    ['both µs', ({ ms }) => show(ms * 1000)],
    ['what', ({ what }) => what],
  ],
  W9: [
    micros,
    ['without a store', ({ plainMs }) => show(plainMs * 1000)],
    ['commits', ({ commits }) => show(commits)],
    ['a round', ({ commitsPerRound }) => show(commitsPerRound)],
    ['raw insert µs', ({ rawMs }) => show(rawMs * 1000)],
    ['a commit × raw', ({ ratio }) => show(ratio)],
    ['power: µs/run', ({ powerMs }) => show(powerMs * 1000)],
    ['power: raw µs', ({ powerRawMs }) => show(powerRawMs * 1000)],
    ['power: × raw', ({ powerRatio }) => show(powerRatio)],
    ['growth', ({ growth }) => show(growth)],
  ],
  W10: [
    ['bytes a run beyond its messages', ({ bytesBeyond }) => show(bytesBeyond)],
    ['bytes of its messages', ({ bytesOfMessages }) => show(bytesOfMessages)],
    ['µs/run from approval to answer', ({ ms }) => show(ms / 10)],
    ['what', ({ what }) => what],
  ],
  W11: [
    ['MB', ({ bytes }) => show(bytes / 1e6)],
    ['JSON.parse ms', ({ parseMs }) => show(parseMs)],
    ['ready after ms', ({ ms }) => show(ms)],
    ['× JSON.parse', ({ ms, parseMs }) => show(ms / parseMs)],
    ['what', ({ what }) => what],
  ],
}

/** Times compared with the floor and with the peer; 2 is twice as slow. */
function ratios(workload) {
  if (workload === 'W9') return [] // its peer is the raw insert
  const peer = workload === 'W4' ? 'ai-stream' : 'ai-generate'
  return [
    ['× bare', ({ ms }, { rows }) => show(ms / rows.bare?.ms)],
    [`× ${peer}`, ({ ms }, { rows }) => show(ms / rows[peer]?.ms)],
    ...(['W7', 'W8', 'W11'].includes(workload)
      ? []
      : [['the same in CPU time', ({ cpuMs }, { rows }) => show(cpuMs / rows[peer]?.cpuMs)]]),
  ]
}

/** How far the rounds lie from their median. */
function spread({ ms, least, most }) {
  return `${show(least / ms, 2)}–${show(most / ms, 2)}`
}

function show(number, digits = 3) {
  if (!Number.isFinite(number)) return '–'
  const rounded = Number(number.toPrecision(digits))
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 5 })
}
