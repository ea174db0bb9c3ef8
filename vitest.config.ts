import { defineConfig } from 'vitest/config'

/** Packs, installs and runs the package: minutes rather than seconds, so it is a suite of its own. */
const packageTests = ['test/package/install.test.ts']
/** Start a database server of their own. */
const postgresTests = ['test/**/*postgres.test.ts']
/** Start processes, and kill them. */
const crashTests = ['test/crash/*.test.ts']
/** Start a browser, and want the page built. */
const browserTests = ['test/**/*.browser.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...packageTests, ...postgresTests, ...crashTests, ...browserTests],
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
    ],
  },
})
