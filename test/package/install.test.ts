import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }

const root = resolve(import.meta.dirname, '../..')
const project = mkdtempSync(join(tmpdir(), 'agentchart-install-'))
afterAll(() => rmSync(project, { recursive: true }))

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { cwd: project, encoding: 'utf8' })

const manifest = { private: true, type: 'module', allowScripts: { node: true } }

/** The oldest line of Node we support, installed in the project, and the one that runs this test. */
const runtimes = [
  { name: 'Node 22', node: join(project, 'node_modules/.bin/node'), major: /^v22\./ },
  { name: 'Node 24', node: process.execPath, major: /^v24\./ },
]

/** A module that uses every door, so that the compiler reads all our types. */
const doorsImported = Object.keys(packageJson.exports)
  .filter((subpath) => !subpath.endsWith('.json'))
  .map((subpath) => `export type * from '${subpath.replace('.', packageJson.name)}'`)
  .join('\n')

beforeAll(() => {
  const pack = ['pack', root, '--pack-destination', project, '--json', '--foreground-scripts=false']
  const [tarball] = JSON.parse(run('npm', ...pack)) as { filename: string }[]
  const example = /^```ts\n(.*?)^```/ms.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1]
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest))
  writeFileSync(
    join(project, 'example.ts'),
    example ?? `throw new Error('No example in README.md')`,
  )
  run('npm', 'install', `./${tarball?.filename}`, 'xstate@5', 'zod@4', 'node@22')
})

describe('the packed tarball in an empty project', () => {
  it('gives the example of the README its types', () => {
    const options = '--noEmit --strict --skipLibCheck --module nodenext --target es2024'
    const tsc = join(root, 'node_modules/.bin/tsc')
    expect(run(tsc, ...options.split(' '), 'example.ts')).toBe('')
  })

  it('has types that hold by themselves, without those of Node and with libraries checked', () => {
    writeFileSync(join(project, 'doors.ts'), doorsImported)
    const options = '--noEmit --strict --module nodenext --target es2024 --lib es2024,dom --types'
    const tsc = join(root, 'node_modules/.bin/tsc')
    expect(run(tsc, ...options.split(' '), '', 'doors.ts')).toBe('')
  })

  it('goes into one file for a browser, where no optional package is installed', async () => {
    const { outputFiles, warnings } = await build({
      entryPoints: [join(project, 'example.ts')],
      bundle: true,
      write: false,
      platform: 'browser',
      target: 'es2022',
      format: 'esm',
      logLevel: 'silent',
    })
    expect(warnings).toEqual([])
    expect(outputFiles).toHaveLength(1)
  })

  it('brings no development files', () => {
    const installed = run('ls', 'node_modules/agentchart').trim().split('\n')
    expect(installed.toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json'])
  })

  describe.each(runtimes)('under $name', ({ node, major }) => {
    it('runs the example of the README', () => {
      expect(run(node, '--version')).toMatch(major)
      expect(run(node, 'example.ts')).not.toBe('')
    })

    it.each(Object.keys(packageJson.exports))('opens %s', (subpath) => {
      const door = JSON.stringify(subpath.replace('.', packageJson.name))
      const as = subpath.endsWith('.json') ? `, { with: { type: 'json' } }` : ''
      const script = `console.log(Object.keys(await import(${door}${as})).length)`
      expect(Number(run(node, '--input-type=module', '--eval', script))).toBeGreaterThan(0)
    })

    it('has a command that answers', () => {
      const command = join(project, 'node_modules/agentchart', packageJson.bin.agentchart)
      expect(run(node, command, '--help')).toMatch(/agentchart/)
    })
  })
})
