import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAst } from 'vitest/node'
import packageJson from '../../package.json' with { type: 'json' }

const root = resolve(import.meta.dirname, '../..')

const doors = Object.entries(packageJson.exports).flatMap(([subpath, target]) =>
  typeof target === 'string' ? [] : [{ subpath, ...target }],
)

/** Those that serve something: they need Node. */
const onNode = ['./ui']

/** Packages whose code is built into ours. */
const builtIn = ['@noble/hashes']

/** The source a built file comes from. */
const sourceOf = (built: string): string =>
  resolve(root, built.replace('dist/', '').replace(/(\.d\.ts|\.js)$/, '.ts'))

/** The files and packages that loading a file loads with it, by whatever way. */
function loadedBy(file: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(file)) return loaded
  loaded.add(file)
  for (const specifier of loads(readFileSync(file, 'utf8')))
    if (specifier.startsWith('.')) loadedBy(resolve(dirname(file), specifier), loaded)
    else loaded.add(nameOf(specifier))
  return loaded
}

const packagesOf = (file: string): string[] =>
  [...loadedBy(file)].filter((name) => !isAbsolute(name))

/** The rooms of the files, such as `src/messages`. */
const roomsOf = (file: string): string[] =>
  [...loadedBy(file)]
    .filter((name) => isAbsolute(name))
    .map((name) => dirname(relative(root, name)))

/** What a module imports or re-exports as values, and not lazily. */
function loads(text: string): string[] {
  return parseAst(text, { lang: 'ts' }).body.flatMap((statement) => {
    if (!('source' in statement) || statement.source === null) return []
    const isType = 'importKind' in statement && statement.importKind === 'type'
    const isTypeExport = 'exportKind' in statement && statement.exportKind === 'type'
    return isType || isTypeExport ? [] : [statement.source.value]
  })
}

const nameOf = (specifier: string): string =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

describe('the doors of the package', () => {
  it.each(doors)(
    '$subpath opens on a source file with values',
    async ({ types, default: built }) => {
      expect(sourceOf(types)).toBe(sourceOf(built))
      expect(Object.keys(await import(sourceOf(built)))).not.toEqual([])
    },
  )

  it('include every model adapter', () => {
    const adapters = globSync('src/models/*/index.ts', { cwd: root })
    const opened = doors.map(({ default: built }) => sourceOf(built))
    expect(opened).toEqual(expect.arrayContaining(adapters.map((file) => resolve(root, file))))
  })

  it('hold a command that says which program runs it', () => {
    const text = readFileSync(sourceOf(packageJson.bin.agentchart), 'utf8')
    expect(text).toMatch(/^#!\/usr\/bin\/env node\n/)
  })

  it.each(doors)('$subpath loads nothing that a user may lack', ({ subpath, default: built }) => {
    const optional = Object.keys(packageJson.peerDependenciesMeta)
    const present = [...Object.keys(packageJson.peerDependencies), ...builtIn]
    for (const name of packagesOf(sourceOf(built))) {
      if (onNode.includes(subpath) && isBuiltin(name)) continue
      expect(present).toContain(name)
      expect(optional).not.toContain(name)
    }
  })

  it('need no package but those that applications share with them', () => {
    expect(packageJson).not.toHaveProperty('dependencies')
  })

  it('leave XState out of the messages', () => {
    expect(packagesOf(sourceOf('dist/src/messages/index.js'))).toEqual(builtIn)
  })

  it('leave models and their providers out of the machines', () => {
    const machines = sourceOf('dist/machines/index.js')
    expect(packagesOf(machines)).toEqual(['xstate'])
    expect(roomsOf(machines).filter((room) => /models|steps|tools/.test(room))).toEqual([])
  })
})
