import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agentMachine } from '../../machines/index.ts'
import { Page, root } from './page.ts'

const page = new Page('README.md')
beforeAll(() => page.install())
afterAll(() => page.remove())

describe('the README', { timeout: 60_000 }, () => {
  it('has programs that type-check', async () => {
    expect(await page.typeErrors()).toEqual([])
  })

  it.concurrent.each(page.programs)('has programs that run: $file', async (program) => {
    const { stdout } = await page.run(program)
    expect(stdout === '').toBe(program.text.startsWith('// '))
  })

  it('draws the arrows that work takes from state to state', () => {
    const drawn = page.blocksOf('mermaid')[0]?.matchAll(/^ +(\w+) --> (\w+)/gm) ?? []
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
    expect(page.blocksOf('sh').join('')).toMatch(/^npm ci && npm start\nnpm ci && npm test$/m)
  })

  it('links to files that are there', () => {
    const links = Array.from(page.text.matchAll(/\]\((?!https?:)([^)]+)\)/g), (match) => match[1])
    for (const link of links)
      expect(() => readFileSync(join(root, `${link}`))).not.toThrow(/ENOENT/)
  })
})
