import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Page } from './page.ts'

/** What programs print is behind their last `console.log`, if they say it. */
const promised = (text: string): string | undefined =>
  /console\.log\(.*\) \/\/ (.*)$/m.exec(text)?.[1]

describe.each([
  'docs/gallery.md',
  'docs/machines.md',
  'docs/inspection.md',
  'docs/runtimes.md',
  'docs/snapshots.md',
  'docs/stores.md',
  'docs/time-travel.md',
  'docs/services.md',
  'docs/streaming.md',
  'docs/workers.md',
  'docs/legal-moves.md',
])('%s', { timeout: 60_000 }, (file) => {
  const page = new Page(file)
  beforeAll(() => page.install())
  afterAll(() => page.remove())

  it('has programs that type-check', async () => {
    expect(await page.typeErrors()).toEqual([])
  })

  it.concurrent.each(page.programs)('has programs that run: $file', async (program) => {
    const { stdout, stderr } = await page.run(program)
    expect(stderr).toBe('')
    expect(stdout.trim()).toBe(promised(program.text) ?? stdout.trim())
  })
})
