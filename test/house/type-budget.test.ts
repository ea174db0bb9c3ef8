import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

function tsc(...options: string[]): string {
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), options, {
    cwd: root,
    encoding: 'utf8',
  })
  return stdout
}

/** Examples beside the declarations that are published, which is what a user's editor reads. */
function asPublished(include: readonly string[], exclude: readonly string[]): string {
  const home = mkdtempSync(join(tmpdir(), 'agentchart-types-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  tsc('-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', home)
  cpSync(join(root, 'examples'), join(home, 'examples'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
  writeFileSync(join(home, 'package.json'), JSON.stringify({ type: 'module' }))
  const project = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { rootDir: '/', typeRoots: [join(root, 'node_modules/@types')] },
    include,
    exclude,
  }
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify(project))
  return home
}

/** Examples with machines of their own, where XState's types take far more work than ours. */
const machines = ['examples/in-a-machine.ts', 'examples/refund.ts', 'examples/refund']
/** Each of these by itself adds at most 5,000 to the examples of agents; all six cost more than their sum. */
const gallery = ['examples/gallery']

it.each([
  {
    what: 'agents and tools',
    include: ['examples'],
    exclude: [...machines, ...gallery],
    limit: 150_000,
  },
  { what: 'machines around agents', include: machines, exclude: [], limit: 300_000 },
  { what: 'the gallery', include: gallery, exclude: [], limit: 400_000 },
])(
  'checking the examples of $what takes fewer than $limit type instantiations',
  { timeout: 60_000 },
  ({ include, exclude, limit }) => {
    const stdout = tsc('-p', asPublished(include, exclude), '--extendedDiagnostics')
    expect(stdout).not.toContain('error TS')
    const instantiations = Number(/^Instantiations:\s+(\d+)$/m.exec(stdout)?.[1])
    expect(instantiations, stdout).toBeLessThan(limit)
  },
)
