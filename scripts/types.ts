/** Leaves out of `dist/` the types that no door leads to: `tsc` writes those of every source file. */
import { globSync, readFileSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import packageJson from '../package.json' with { type: 'json' }

const root = resolve(import.meta.dirname, '..')
const reached = new Set<string>()

function reach(file: string): void {
  if (reached.has(file)) return
  reached.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, next = ''] of text.matchAll(/\b(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g)) {
    reach(resolve(dirname(file), next.replace(/\.(?:d\.)?[tj]s$/, '.d.ts')))
  }
}

for (const target of Object.values(packageJson.exports)) {
  if (typeof target !== 'string') reach(resolve(root, target.types))
}
for (const file of globSync('dist/**/*.d.ts', { cwd: root })) {
  const path = resolve(root, file)
  if (!reached.has(path)) rmSync(path)
}
