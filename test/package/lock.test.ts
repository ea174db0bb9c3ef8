import { expect, it } from 'vitest'
import lock from '../../package-lock.json' with { type: 'json' }

interface Locked {
  readonly version: string
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
const packages: Readonly<Record<string, Locked>> = lock.packages
const names = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)))

it('the lock file names no place to download from', () => {
  expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([])
})

it('the lock file holds the binaries of every platform', () => {
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies),
  )
  expect(wanted.filter((name) => !names.has(name))).toEqual([])
})
