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

/** The examples beside the declarations that are published, which is what a user's editor reads. */
function asPublished(): string {
  const home = mkdtempSync(join(tmpdir(), 'agentchart-types-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  tsc('-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', home)
  cpSync(join(root, 'examples'), join(home, 'examples'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
  writeFileSync(join(home, 'package.json'), JSON.stringify({ type: 'module' }))
  const project = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { rootDir: '/', typeRoots: [join(root, 'node_modules/@types')] },
    include: ['examples'],
  }
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify(project))
  return home
}

it(
  'checking the examples takes fewer than 300,000 type instantiations, most of them for XState',
  { timeout: 60_000 },
  () => {
    const stdout = tsc('-p', asPublished(), '--extendedDiagnostics')
    expect(stdout).not.toContain('error TS')
    const instantiations = Number(/^Instantiations:\s+(\d+)$/m.exec(stdout)?.[1])
    expect(instantiations, stdout).toBeLessThan(300_000)
  },
)
