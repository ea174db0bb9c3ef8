import { defineConfig } from 'oxlint'
import { roomOverrides } from './scripts/rooms.ts'

const browserless = ['process', 'Buffer', 'global', 'setImmediate']
const impure = 'Date setTimeout setInterval queueMicrotask fetch crypto performance'.split(' ')

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error' },
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  ignorePatterns: ['dist', 'bench', 'test/**/fixtures', 'test/**/vectors', 'test/**/compare.mjs'],
  rules: {
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    'max-lines': ['error', { max: 450 }],
    'no-var': 'error',
    'prefer-const': 'error',
    'import/no-cycle': ['error', { ignoreTypes: true }],
    'import/no-self-import': 'error',
    'typescript/consistent-type-exports': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-import-type-side-effects': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/return-await': ['error', 'in-try-catch'],
    'typescript/switch-exhaustiveness-check': 'error',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'unicorn/prefer-node-protocol': 'error',
    'vitest/expect-expect': ['error', { assertFunctionNames: ['expect*', 'fc.assert'] }],
    'vitest/valid-expect': ['error', { maxArgs: 2 }],

    'import/no-named-as-default-member': 'off', // `fc.assert` is how fast-check is read
    'no-new': 'off', // `new URL(text)` is a test
    'promise/no-callback-in-promise': 'off', // judges by names
    'typescript/consistent-return': 'off', // the compiler knows better
    'typescript/no-unnecessary-type-parameters': 'off', // `withDeps<Db>()`
    'typescript/no-unsafe-type-assertion': 'off', // casts have a budget: test/house
    'unicorn/consistent-function-scoping': 'off', // a helper lives beside its only caller
  },
  overrides: [
    {
      files: ['src/**', 'machines/**'],
      rules: {
        'max-lines-per-function': ['error', { max: 80 }],
        'no-console': 'error',
        'no-restricted-globals': ['error', ...browserless],
        'import/no-default-export': 'error',
        'typescript/no-non-null-assertion': 'error',
        'typescript/no-unsafe-argument': 'error',
        'typescript/no-unsafe-assignment': 'error',
        'typescript/no-unsafe-call': 'error',
        'typescript/no-unsafe-member-access': 'error',
        'typescript/no-unsafe-return': 'error',
        'typescript/only-throw-error': 'error',
      },
    },
    {
      // Machines decide and never act: no I/O, no clock, no randomness.
      files: ['machines/**'],
      rules: {
        'no-restricted-globals': ['error', ...browserless, ...impure],
        'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
        'typescript/no-unnecessary-type-assertion': 'off', // `types: {} as {…}` is how XState reads types
      },
    },
    // An invoked actor finds its parent, and a snapshot its states, under these names of XState's.
    {
      files: ['src/run/**', 'src/inspect/**', 'test/inspect/**'],
      rules: {
        'no-underscore-dangle': ['error', { allow: ['_parent', '_nodes', '_transitions'] }],
      },
    },
    { files: ['src/cli/**'], rules: { 'no-console': 'off', 'no-restricted-globals': 'off' } },
    { files: ['test/types/**'], rules: { 'typescript/no-floating-promises': 'off' } },
    ...roomOverrides,
  ],
})
