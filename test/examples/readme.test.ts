import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agentMachine } from '../../machines/index.ts'
import packageJson from '../../package.json' with { type: 'json' }

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const project = mkdtempSync(join(tmpdir(), 'agentchart-readme-'))
afterAll(() => rmSync(project, { recursive: true }))

const blocksOf = (language: string): string[] =>
  Array.from(readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms')), (match) =>
    String(match[1]),
  )

/** Every program; one that begins with `// name.ts` is a file of that name, for the others to import. */
const programs = blocksOf('ts').map((text, index) => ({
  file: /^\/\/ (\S+\.ts)\n/.exec(text)?.[1] ?? `example-${index + 1}.ts`,
  text,
}))

/** The package as it is in a user's project, but from its source. */
function installSource(): void {
  const home = join(project, 'node_modules/agentchart')
  mkdirSync(home, { recursive: true })
  const doors = Object.entries(packageJson.exports).flatMap(([subpath, target]) => {
    if (typeof target === 'string') return []
    return [[subpath, target.default.replace('dist/', '').replace(/\.js$/, '.ts')]]
  })
  const manifest = { name: 'agentchart', type: 'module', exports: Object.fromEntries(doors) }
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest))
  for (const folder of ['src', 'machines']) symlinkSync(join(root, folder), join(home, folder))
  for (const name of ['xstate', 'zod']) {
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name))
  }
}

beforeAll(() => {
  installSource()
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }))
  for (const { file, text } of programs) writeFileSync(join(project, file), text)
  const compilerOptions = {
    rootDir: '/',
    lib: ['es2024', 'esnext.disposable', 'dom'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
})

describe('the README', { timeout: 60_000 }, () => {
  it('has programs that type-check', async () => {
    const tsc = run(join(root, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: project })
    const { stdout } = await tsc.catch((error: { stdout: string }) => error)
    expect(stdout.split('\n').filter((line) => /^[\w-]+\.ts\(/.test(line))).toEqual([])
  })

  it.concurrent.each(programs)('has programs that run: $file', async ({ file, text }) => {
    const { stdout } = await run(process.execPath, [join(project, file)])
    expect(stdout === '').toBe(text.startsWith('// '))
  })

  it('draws the arrows that work takes from state to state', () => {
    const drawn = blocksOf('mermaid')[0]?.matchAll(/^ +(\w+) --> (\w+)/gm) ?? []
    const taken = Object.values(agentMachine.root.states).flatMap((state) =>
      Object.values(state.states).flatMap(({ transitions }) =>
        Array.from(transitions, ([event, ways]) =>
          event.startsWith('xstate.done.')
            ? ways.flatMap(({ target = [] }) => target.map(({ path }) => `${state.key} ${path[0]}`))
            : [],
        ).flat(),
      ),
    )
    const between = taken.filter((arrow) => new Set(arrow.split(' ')).size === 2)
    expect(Array.from(drawn, ([, from, to]) => `${from} ${to}`).toSorted()).toEqual(
      [...new Set(between)].toSorted(),
    )
  })

  it('says how to start and how to test', () => {
    expect(blocksOf('sh').join('')).toMatch(/^npm ci && npm start\nnpm ci && npm test$/m)
  })

  it('links to files that are there', () => {
    const links = Array.from(readme.matchAll(/\]\((?!https?:)([^)]+)\)/g), (match) => match[1])
    for (const link of links)
      expect(() => readFileSync(join(root, `${link}`))).not.toThrow(/ENOENT/)
  })
})
