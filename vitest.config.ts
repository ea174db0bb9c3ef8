import { defineConfig } from 'vitest/config'

/** Packs, installs and runs the package: minutes rather than seconds, so it is a suite of its own. */
const packageTests = ['test/package/install.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: packageTests,
          typecheck: { enabled: true, checker: 'tsc', include: ['test/types/*.test-d.ts'] },
        },
      },
      {
        test: { name: 'package', include: packageTests, testTimeout: 60_000, hookTimeout: 300_000 },
      },
    ],
  },
})
