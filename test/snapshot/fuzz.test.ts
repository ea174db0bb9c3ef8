import { expect, it } from 'vitest'
import { fuzz } from './fuzz.ts'

/** `npm run fuzz` does more of them. */
const count = 2_000

it(
  'is refused with a clear error or is a legal run, whatever was changed',
  { timeout: 60_000 },
  async () => {
    const { tries, counts, failures } = await fuzz({ seed: 1, count, scenarios: 20 })
    expect(failures).toEqual([])
    expect(tries).toBe(count)
    const names = [
      'refused: ValidationError',
      'refused: SnapshotMismatchError',
      'refused: SnapshotVersionError',
      'resumed: ended',
      'resumed: rested',
    ]
    for (const name of names) expect(counts[name], name).toBeGreaterThan(0)
  },
)

it('does the same for the same seed', { timeout: 60_000 }, async () => {
  const options = { seed: 7, count: 100, scenarios: 5 }
  expect(await fuzz(options)).toEqual(await fuzz(options))
})
