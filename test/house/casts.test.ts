import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAst } from 'vitest/node'

const root = resolve(import.meta.dirname, '../..')

/**
 * Where `text` overrules the compiler: a cast or an `any`. `as const` is none, nor is XState's
 * `types: {} as …`. Tells the offsets.
 */
function overrulings(text: string): number[] {
  const offsets: number[] = []
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) for (const child of node) walk(child)
    if (!isNode(node)) return
    if (node.type === 'TSAnyKeyword' || node.type === 'TSTypeAssertion') offsets.push(node.start)
    if (node.type === 'TSAsExpression' && !isFree(text.slice(node.start, node.end)))
      offsets.push(node.start)
    for (const child of Object.values(node)) walk(child)
  }
  walk(parseAst(text, { lang: 'ts' }).body)
  return offsets
}

const isNode = (value: unknown): value is { type: string; start: number; end: number } =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value

const isFree = (cast: string): boolean => /\bas const$/.test(cast) || /^\{\s*\} as\b/.test(cast)

describe('casts', () => {
  it('are counted with any, but for as const and the types of a machine', () => {
    expect(overrulings('a as b; <a>b; let c: any; d as unknown as e')).toHaveLength(5)
    expect(overrulings('a as const; f({ types: {} as { a: 1 } }); // as any')).toHaveLength(0)
  })

  it('are at most 4 in 1,000 lines', () => {
    const files = globSync('{src,machines}/**/*.ts', { cwd: root }).map((file) => {
      const text = readFileSync(resolve(root, file), 'utf8')
      return { file, text, lines: text.split('\n').length }
    })
    const places = files.flatMap(({ file, text }) =>
      overrulings(text).map((at) => `${file}:${text.slice(0, at).split('\n').length}`),
    )
    const lines = files.reduce((sum, file) => sum + file.lines, 0)
    expect(places.length, places.join('\n')).toBeLessThanOrEqual(Math.ceil((lines / 1000) * 4))
  })
})
