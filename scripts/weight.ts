/**
 * What an installation of the package weighs, as `npm pack` packs it, and whether its files lead on to no more than they
 * should: `size-limit` knows only what is loaded of them.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const mostBytes = 3_600_000

const packing = ['pack', '--dry-run', '--ignore-scripts', '--json']
const [packed] = JSON.parse(execFileSync('npm', packing, { encoding: 'utf8' })) as {
  unpackedSize: number
  entryCount: number
}[]
if (packed === undefined) throw new TypeError('npm packed nothing')

const { unpackedSize, entryCount } = packed
console.log(`Unpacked: ${unpackedSize} bytes in ${entryCount} files, at most ${mostBytes}`)
if (unpackedSize > mostBytes) process.exitCode = 1

// Whoever takes a tool or the machine of an agent from a file that leads on to runs gets all of them from some bundlers.
const tools = readFileSync('dist/rooms/tools.js', 'utf8')
const leadsOn = /\bimport\(|from "\.\/run\.js"/.test(tools)
console.log(`Tools and machines ${leadsOn ? 'lead on to runs' : 'stand alone'}`)
if (leadsOn) process.exitCode = 1
