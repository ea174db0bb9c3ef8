import { defineConfig } from 'vitest/config'

/** Packs, installs and runs the package: minutes rather than seconds, so it is a suite of its own. */
const packageTests = ['test/package/install.test.ts']
/** Start a database server of their own. */
const postgresTests = ['test/**/*postgres.test.ts']
/** Start processes and kill them, or do so much that it takes a minute. */
const crashTests = ['test/crash/*.test.ts', 'test/lessons/leaks.test.ts']
/** Start a browser, and want the page built. */
const browserTests = ['test/**/*.browser.test.ts']
/** Start a browser and a worker's runtime, on the package as it is built. */
const edgeTests = ['test/edge/*.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            ...packageTests,
            ...postgresTests,
            ...crashTests,
            ...browserTests,
            ...edgeTests,
          ],
          typecheck: { enabled: true, checker: 'tsc', include: ['test/types/*.test-d.ts'] },
        },
      },
      {
        test: { name: 'package', include: packageTests, testTimeout: 60_000, hookTimeout: 300_000 },
      },
      {
        test: {
          name: 'postgres',
          include: postgresTests,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'crash',
          include: crashTests,
          exclude: postgresTests,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: browserTests,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: { name: 'edge', include: edgeTests, testTimeout: 60_000, hookTimeout: 60_000 },
      },
    ],
  },
})
