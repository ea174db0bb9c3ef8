import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { allowedBy, rooms } from '../../scripts/rooms.ts'

const root = resolve(import.meta.dirname, '../..')
const house = mkdtempSync(join(tmpdir(), 'agentchart-house-'))
afterAll(() => rmSync(house, { recursive: true }))

interface Case {
  readonly why: string
  readonly file: string
  readonly text: string
  readonly says?: string
}

const names = Object.keys(rooms)
const folderOf = (room: string): string => (room === 'machines' ? room : `src/${room}`)

const doors = names.flatMap((room) => [
  { file: `${folderOf(room)}/index.ts`, text: `export const ${room} = 1\nexport type Thing = 1` },
  { file: `${folderOf(room)}/inner.ts`, text: 'export const inner = 1' },
])

/** Every room tries every other door, from its own folder and from one below. */
const visits = names.flatMap((from) =>
  names
    .filter((to) => to !== from)
    .flatMap((to) =>
      [folderOf(from), `${folderOf(from)}/sub`].map((folder) => ({
        from,
        to,
        file: `${folder}/visits-${to}.ts`,
        text: `export { ${to} } from '${posix.relative(folder, `${folderOf(to)}/index.ts`)}'`,
      })),
    ),
)

const room = 'eslint(no-restricted-imports)'
const global = 'eslint(no-restricted-globals)'
const lines = (count: number): string => Array.from({ length: count }, () => '//').join('\n')

const cases: readonly Case[] = [
  {
    why: 'a room is entered by its door',
    file: 'src/agent/deep.ts',
    text: `export { inner } from '../run/inner.ts'`,
    says: room,
  },
  {
    why: 'a late import uses the door as well',
    file: 'src/usage/late.ts',
    text: `export const late = () => import('../run/index.ts')`,
    says: room,
  },
  {
    why: 'a type comes from anywhere',
    file: 'src/errors/type.ts',
    text: `export type { Thing } from '../run/index.ts'`,
  },
  {
    why: 'a file does not import its own door',
    file: 'src/run/own.ts',
    text: `export { run } from './index.ts'`,
    says: room,
  },
  {
    why: 'a file below does not import the door above it',
    file: 'src/models/openai/own.ts',
    text: `export { models } from '../index.ts'`,
    says: room,
  },
  {
    why: 'a step does not know XState',
    file: 'src/steps/chart.ts',
    text: `export { createMachine } from 'xstate'`,
    says: room,
  },
  {
    why: 'a run hosts XState',
    file: 'src/run/chart.ts',
    text: `export { createActor } from 'xstate'`,
  },
  {
    why: 'messages also work in a browser',
    file: 'src/messages/files.ts',
    text: `export { readFileSync } from 'node:fs'`,
    says: room,
  },
  {
    why: 'the command line reads files',
    file: 'src/cli/files.ts',
    text: `export { readFileSync } from 'node:fs'`,
  },
  {
    why: 'the main door takes names from doors',
    file: 'src/index.ts',
    text: `export { inner } from './run/inner.ts'`,
    says: room,
  },
  {
    why: 'only the command line has a process',
    file: 'src/run/exit.ts',
    text: 'export const leave = () => process.exit()',
    says: global,
  },
  {
    why: 'a machine does not read the time',
    file: 'machines/time.ts',
    text: 'export const now = () => Date.now()',
    says: global,
  },
  {
    why: 'a machine throws no dice',
    file: 'machines/dice.ts',
    text: 'export const dice = () => Math.random()',
    says: 'eslint(no-restricted-properties)',
  },
  {
    why: 'imports make no ring',
    file: 'src/ui/ring.ts',
    text: `import { gnir } from './gnir.ts'\nexport const ring = (): unknown => gnir`,
    says: 'import(no-cycle)',
  },
  {
    why: 'imports make no ring, seen from the other side',
    file: 'src/ui/gnir.ts',
    text: `import { ring } from './ring.ts'\nexport const gnir = (): unknown => ring`,
    says: 'import(no-cycle)',
  },
  {
    why: 'no promise is left alone',
    file: 'src/run/floating.ts',
    text: 'declare function work(): Promise<void>\nexport const start = () => {\n  work()\n}',
    says: 'typescript(no-floating-promises)',
  },
  {
    why: 'a switch over a union is exhaustive',
    file: 'src/run/switch.ts',
    text: `export function name(kind: 'a' | 'b') {\n  switch (kind) {\n    case 'a':\n      return 1\n  }\n  return 2\n}`,
    says: 'typescript(switch-exhaustiveness-check)',
  },
  {
    why: 'nothing is any',
    file: 'src/run/any.ts',
    text: 'export declare const thing: any',
    says: 'typescript(no-explicit-any)',
  },
  {
    why: 'a value is not asserted to be there',
    file: 'src/run/bang.ts',
    text: 'export const length = (text?: string) => text!.length',
    says: 'typescript(no-non-null-assertion)',
  },
  {
    why: 'values are exported by name',
    file: 'src/run/default.ts',
    text: 'export default 1',
    says: 'import(no-default-export)',
  },
  {
    why: 'a type is imported as one',
    file: 'src/run/import.ts',
    text: `import { Thing } from '../store/index.ts'\nexport type Other = Thing`,
    says: 'typescript(consistent-type-imports)',
  },
  {
    why: 'a file has at most 450 lines',
    file: 'src/run/long.ts',
    text: lines(450) + '\nexport const last = 1',
    says: 'eslint(max-lines)',
  },
  {
    why: 'a function has at most 80 lines',
    file: 'src/run/longer.ts',
    text: `export function long() {\n${lines(79)}\n}`,
    says: 'eslint(max-lines-per-function)',
  },
]

/** Lints the model of a house under the rules of this repository; tells what is said of each file. */
function lint(files: readonly { file: string; text: string }[]): ReadonlyMap<string, Set<string>> {
  const tsconfig = {
    extends: `${root}/tsconfig.json`,
    compilerOptions: { rootDir: '.' },
    include: ['src', 'machines'],
  }
  const setup = [
    { file: 'tsconfig.json', text: JSON.stringify(tsconfig) },
    { file: 'oxlint.config.ts', text: `export { default } from '${root}/oxlint.config.ts'` },
  ]
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'))
  for (const { file, text } of [...setup, ...files]) {
    mkdirSync(dirname(join(house, file)), { recursive: true })
    writeFileSync(join(house, file), `${text}\n`)
  }
  const { stdout } = spawnSync('oxlint', ['--format=json', 'src', 'machines'], {
    cwd: house,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${root}/node_modules/.bin:${process.env['PATH']}` },
    maxBuffer: 2 ** 26,
  })
  const report = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] }
  const said = new Map<string, Set<string>>()
  for (const { code, filename } of report.diagnostics)
    said.set(filename, (said.get(filename) ?? new Set()).add(code))
  return said
}

describe('the rules of the house', () => {
  const said = lint([...doors, ...visits, ...cases])

  it.each(cases)('$why', ({ file, says }) => {
    expect([...(said.get(file) ?? [])]).toEqual(says === undefined ? [] : [says])
  })

  it.each(names)('%s opens the doors of its row and no others', (from) => {
    const own = visits.filter((visit) => visit.from === from)
    const opened = own.filter((visit) => !said.has(visit.file)).map(({ to }) => to)
    expect([...new Set(opened)].toSorted()).toEqual([...allowedBy(from)].toSorted())
    expect(opened).toHaveLength(2 * allowedBy(from).length)
  })
})
