import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { alterations, altered } from './alterations.ts'
import { checkFile, checkVector } from './check-vector.ts'

const directory = join(import.meta.dirname, 'vectors')
const names = readdirSync(directory).filter((name) => name.endsWith('.json'))

const anyVector = z.looseObject({ name: z.string(), expect: z.looseObject({}) })
const vectors = names.map((name) =>
  anyVector.parse(JSON.parse(readFileSync(join(directory, name), 'utf8'))),
)

describe('the reference vectors', () => {
  it.for(names)('%s', async (name, { skip }) => {
    const outcome = await checkFile(join(directory, name))
    if (outcome.status === 'skipped') skip(outcome.reason)
    expect(outcome.status === 'failed' ? outcome.report : '').toBe('')
  })
})

describe('a vector fails', () => {
  const cases = alterations.map((alteration) => {
    const found = vectors.find((vector) => altered(vector, alteration) !== undefined)
    return { ...alteration, name: found?.name, vector: found }
  })

  it.for(cases)('when its `expect` has $what altered ($name)', async (alteration) => {
    const { vector = {} } = alteration
    expect(await checkVector(vector)).toEqual({ status: 'passed' })
    expect(await checkVector(altered(vector, alteration))).toEqual({
      status: 'failed',
      report: expect.stringMatching(/^\/expect\//),
    })
  })

  const [vector] = vectors
  const spare = { parts: [{ part_kind: 'text', content: 'never asked for' }] }
  it.for([
    { why: 'it is of another format', file: { ...vector, format: 2 } },
    { why: 'it expects nothing', file: { ...vector, expect: undefined } },
    { why: 'it has no run', file: { ...vector, run: undefined } },
    { why: 'it is no object', file: [vector] },
    {
      why: 'responses are left over',
      file: { ...vector, model: { responses: [spare, spare, spare] } },
    },
    { why: 'responses are missing', file: { ...vector, model: { responses: [] } } },
  ])('when $why', async ({ file }) => {
    expect(await checkVector(file)).toMatchObject({ status: 'failed' })
  })

  it('when its file is not JSON', async () => {
    expect(await checkFile(join(import.meta.dirname, 'FORMAT.md'))).toMatchObject({
      status: 'failed',
    })
  })
})

describe('npm run conformance', () => {
  it('fails in one line for a directory that is not there', () => {
    const words = [join(import.meta.dirname, 'run.ts'), join(directory, 'nowhere')]
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^FAILED .*nowhere: cannot be read .*\n0 passed, 1 failed, 0 skipped\n$/)
  })
})
