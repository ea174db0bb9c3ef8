import { describe, expect, it } from 'vitest'
import { storeConformance as tests, type StorePlace } from '../../src/testing/index.ts'

/** The suite that every store passes. */
export function storeConformance(name: string, make: () => StorePlace | Promise<StorePlace>): void {
  describe(`a store in ${name}`, () => {
    it.each(tests(make))('$name', async ({ run }) => {
      await expect(run()).resolves.toBeUndefined()
    })
  })
}
