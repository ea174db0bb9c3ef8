// W7: loads one contender and lets it answer once; run.mjs holds the clock, from the start of this process to the line.
// node cold.mjs <contender | empty>
const start = performance.now()
const [name] = process.argv.slice(2)

async function firstAnswer() {
  const { answer, scriptOf, workloads } = await import('./lib/job.mjs')
  const { create } = await import(`./contenders/${name}.mjs`)
  const loaded = performance.now()
  const contender = await create(scriptOf(workloads.W7))
  if ((await contender.run()) !== answer) throw new Error(`${name}: wrong answer`)
  const runMs = performance.now() - loaded
  return { importMs: loaded - start, runMs, rss: process.memoryUsage().rss }
}

const facts = name === 'empty' ? {} : await firstAnswer()
process.stdout.write(`\nresult: ${JSON.stringify(facts)}\n`, () => process.exit(0))
