/**
 * `npm run fuzz -- --seed S --count N`: changes snapshots by chance and says what came of resuming them. The same seed
 * does the same again; `--from I --count 1` does one try of it.
 */
import { inspect, parseArgs } from 'node:util'
import { fuzz } from '../test/snapshot/fuzz.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '10000' },
    from: { type: 'string', default: '0' },
    failures: { type: 'string', default: '1' },
  },
})
const numbers = [values.seed, values.count, values.from, values.failures].map(Number)
const [seed = 1, count = 0, from = 0, mostFailures = 1] = numbers
if (numbers.some((number) => !Number.isSafeInteger(number) || number < 0)) {
  console.error('Usage: npm run fuzz -- --seed S --count N [--from I] [--failures F]')
  process.exit(2)
}

const startMs = performance.now()
const seconds = (): string => `${((performance.now() - startMs) / 1000).toFixed(0)} s`
process.on('beforeExit', () => {
  console.error('It hangs: nothing is left to wait for')
  process.exit(1)
})

console.log(`seed ${seed}, ${count} snapshots from number ${from}, Node ${process.versions.node}`)
const { tries, counts, failures } = await fuzz({
  seed,
  count,
  from,
  mostFailures,
  onProgress: (done) => done % 100_000 === 0 && console.log(`  ${done} after ${seconds()}`),
})
for (const [name, times] of Object.entries(counts).toSorted(([, one], [, other]) => other - one)) {
  console.log(`${String(times).padStart(9)}  ${name}`)
}
for (const { index, moment, error, mutations } of failures) {
  console.error(`\nFailed: --seed ${seed} --from ${index} --count 1, put away ${moment}`)
  console.error(inspect(mutations, { depth: 6, maxStringLength: 200, breakLength: 100 }))
  console.error(error)
}
console.log(`${tries} tried, ${failures.length} failed, ${seconds()}`)
process.exit(failures.length === 0 ? 0 : 1)
