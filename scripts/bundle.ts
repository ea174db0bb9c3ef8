/**
 * The package's JavaScript, into `dist/` beside the types that `tsc` wrote there: a file for every door and for the
 * command, and what they share in `rooms/` and `parts/`. Node opens files one by one, and six hundred small ones take
 * longer to find and to read than to run.
 */
import { copyFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { type ChunkingContext, type PreRenderedChunk, rolldown } from 'rolldown'
import packageJson from '../package.json' with { type: 'json' }
import { markPure } from './pure.ts'

const root = resolve(import.meta.dirname, '..')
const dist = resolve(root, 'dist')
const mainDoor = resolve(root, 'src/index.ts')

/** Packages whose code comes with ours: all others are imported from where they are installed. */
const brought = '@noble/hashes'

/** Rooms that are of use without an agent: reading what was said takes no machine. */
const standAlone: ReadonlySet<string> = new Set([
  'codec',
  'errors',
  'messages',
  'nodes',
  'streaming',
  'usage',
])

/** Rooms that import nothing lazily: a bundler that splits keeps such imports, and all they lead to, for whatever is in their file. */
const eager: ReadonlySet<string> = new Set(['output', 'schema', 'tools', 'toolsets'])

/**
 * All that the main door loads is in three files, since each further one takes time to find; in one, messages could not be
 * read without XState, and no tool or machine be had without the run. What else there is, is shared as it comes.
 */
function roomOf(file: string, graph: ChunkingContext): string | null {
  if (loaded.size === 0) load(mainDoor, graph)
  if (file === mainDoor || !loaded.has(file)) return null
  const room = relative(resolve(root, 'src'), file).split('/', 1)[0] ?? ''
  if (file.includes(brought) || standAlone.has(room)) return 'rooms/messages'
  const isEager = eager.has(room) || relative(root, file).startsWith('machines/')
  return isEager ? 'rooms/tools' : 'rooms/run'
}

/** What comes with the main door; what is imported lazily does not. */
const loaded = new Set<string>()

function load(file: string, graph: ChunkingContext): void {
  loaded.add(file)
  for (const next of graph.getModuleInfo(file)?.importedIds ?? [])
    if (!loaded.has(next)) load(next, graph)
}

/** Where a shared file goes: what is no room is called after the file that is imported, or after its last one. */
function fileOf({ name, facadeModuleId, moduleIds }: PreRenderedChunk): string {
  if (name.startsWith('rooms/')) return `${name}.js`
  const file = facadeModuleId ?? moduleIds.at(-1) ?? name
  return `parts/${relative(resolve(root, 'src'), file).replace(/\.ts$/, '')}.js`
}

const opened = [
  packageJson.bin.agentchart,
  ...Object.values(packageJson.exports).flatMap((target) =>
    typeof target === 'string' ? [] : target.default,
  ),
]
const names = opened.map((file) => relative(dist, resolve(root, file)).replace(/\.js$/, ''))

const bundle = await rolldown({
  input: Object.fromEntries(names.map((name) => [name, resolve(root, `${name}.ts`)])),
  external: (id) => /^[^./\0]/.test(id) && !id.startsWith(brought),
  platform: 'neutral',
  tsconfig: resolve(root, 'tsconfig.build.json'),
  transform: { target: 'es2024' },
  preserveEntrySignatures: 'allow-extension',
  plugins: [{ name: 'mark-pure', renderChunk: markPure }],
})
await bundle.write({
  dir: dist,
  format: 'esm',
  charset: 'ascii',
  comments: { jsdoc: false, annotation: true, legal: true },
  entryFileNames: '[name].js',
  chunkFileNames: fileOf,
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [{ name: roomOf, debugName: 'rooms' }],
  },
})
await copyFile(
  resolve(root, `node_modules/${brought}/LICENSE`),
  resolve(dist, 'rooms/noble-hashes.LICENSE.txt'),
)
