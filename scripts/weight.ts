/** What an installation of the package weighs, as `npm pack` packs it: `size-limit` knows only what is loaded of it. */
import { execFileSync } from 'node:child_process'

const mostBytes = 3_800_000

const packing = ['pack', '--dry-run', '--ignore-scripts', '--json']
const [packed] = JSON.parse(execFileSync('npm', packing, { encoding: 'utf8' })) as {
  unpackedSize: number
  entryCount: number
}[]
if (packed === undefined) throw new TypeError('npm packed nothing')

const { unpackedSize, entryCount } = packed
console.log(`Unpacked: ${unpackedSize} bytes in ${entryCount} files, at most ${mostBytes}`)
if (unpackedSize > mostBytes) process.exitCode = 1
