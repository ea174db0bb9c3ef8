import { posix } from 'node:path'
import type { OxlintConfig } from 'oxlint'

type Override = NonNullable<OxlintConfig['overrides']>[number]

const data = ['errors', 'codec', 'usage', 'messages', 'nodes']
const ports = ['tools', 'toolsets', 'output', 'models']

/**
 * The rooms of the house in the direction of imports, each with the rooms whose door it may open.
 * `import type` is free; a value comes in by the door, and no file imports its own.
 */
export const rooms: Readonly<Record<string, readonly string[] | 'all above'>> = {
  errors: [],
  codec: ['errors'],
  usage: ['errors'],
  messages: ['errors', 'codec', 'usage'],
  schema: ['errors', 'usage', 'messages'],
  nodes: ['errors', 'usage', 'messages'],
  snapshot: [...data, 'schema'],
  streaming: data,
  machines: data,
  diagram: [...data, 'snapshot', 'machines'],
  tools: [...data, 'schema'],
  toolsets: [...data, 'schema', 'tools'],
  output: [...data, 'schema', 'tools'],
  models: [...data, 'schema', 'tools', 'streaming'],
  steps: [...data, 'schema', ...ports, 'streaming'],
  store: [...data, 'snapshot'],
  run: [
    ...data,
    'schema',
    'snapshot',
    ...ports,
    'machines',
    'diagram',
    'steps',
    'streaming',
    'store',
  ],
  agent: 'all above',
  worker: 'all above',
  durable: 'all above',
  inspect: 'all above',
  ui: 'all above',
  testing: 'all above',
  cli: 'all above',
}

/** Rooms that may import `xstate` as a value. */
const hosts = ['machines', 'run', 'durable', 'inspect']

/** Rooms that need not run in a browser. */
const nodeOnly = ['store', 'durable', 'inspect', 'ui', 'cli']

/** Rooms whose folders have doors of their own. */
const withDoorsBelow = ['models', 'store']

const names = Object.keys(rooms)

const folderOf = (room: string): string => (room === 'machines' ? room : `src/${room}`)

export function allowedBy(room: string): readonly string[] {
  const row = rooms[room]
  return row === undefined || row === 'all above' ? names.slice(0, names.indexOf(room)) : row
}

/** The rule for the files of a room that lie `depth` folders below it. */
function roomOverride(room: string, depth: number): Override {
  const folder = folderOf(room) + '/x'.repeat(depth)
  const up = (levels: number): string => '../'.repeat(levels)
  const doors = allowedBy(room)
    .flatMap((other) => (withDoorsBelow.includes(other) ? [other, `${other}/*`] : [other]))
    .map((other) => `!${posix.relative(folder, `${folderOf(other)}/index.ts`)}`)
  const ownDoors = Array.from({ length: depth + 1 }, (_, level) => `${up(level) || './'}index.ts`)
  const patterns = [
    {
      group: [`${up(depth + 1)}**`, ...doors],
      allowTypeImports: true,
      message: `${folderOf(room)} may import, by the door: ${allowedBy(room).join(', ') || 'nothing'}.`,
    },
    { group: ownDoors, message: 'A file never imports its own door.' },
  ]
  if (!hosts.includes(room))
    patterns.push({
      group: ['xstate', 'xstate/**'],
      allowTypeImports: true,
      message: 'Only machines and their hosts import XState.',
    })
  if (!nodeOnly.includes(room))
    patterns.push({ group: ['node:*'], message: `${folderOf(room)} also runs in a browser.` })
  return {
    files: [`${folderOf(room)}/${'*/'.repeat(depth)}*.ts`],
    rules: { 'typescript/no-restricted-imports': ['error', { patterns }] },
  }
}

/** `src/index.ts` takes every name from a door. */
const mainDoor: Override = {
  files: ['src/index.ts'],
  rules: {
    'typescript/no-restricted-imports': [
      'error',
      { patterns: [{ group: ['../**', './*/**', '!./*/index.ts', '!../machines/index.ts'] }] },
    ],
  },
}

/** The inspector's page runs in a browser only: of the house it knows nothing but types. */
const pageOverrides: readonly Override[] = [0, 1].map((depth) => ({
  files: [`src/ui/page/${'*/'.repeat(depth)}*.{ts,tsx}`],
  rules: {
    'typescript/no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: [`${'../'.repeat(depth + 1)}**`, 'xstate', 'xstate/**'],
            allowTypeImports: true,
            message: 'The page imports types only.',
          },
          { group: ['node:*'], message: 'The page runs in a browser.' },
        ],
      },
    ],
  },
}))

/** The room table as overrides of oxlint. */
export const roomOverrides: Override[] = [
  mainDoor,
  ...names.flatMap((room) => [0, 1, 2].map((depth) => roomOverride(room, depth))),
  ...pageOverrides,
]
