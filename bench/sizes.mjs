// What an installation brings along: packages, bytes and files of a fresh production install of each contender, and of
// this package as `npm pack` packs it. Needs the registry.
// node sizes.mjs
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { home } from './lib/child.mjs'

const { dependencies } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'))
const temporary = path.join(home, '.tmp')
mkdirSync(temporary, { recursive: true })

const installs = {
  zod: ['zod'],
  'xstate and zod': ['xstate', 'zod'],
  'AI SDK': ['ai', 'zod'],
  'OpenAI Agents SDK': ['@openai/agents', 'zod'],
  LangChain: ['langchain', '@langchain/core', '@langchain/langgraph', 'zod'],
  Mastra: ['@mastra/core', 'zod'],
  'agentchart, xstate and zod': [packed(), 'xstate', 'zod'],
}

console.log(
  '| install | packages | MB | of it JavaScript | files |\n| --- | ---: | ---: | ---: | ---: |',
)
for (const [name, packages] of Object.entries(installs)) {
  const { count, files } = install(packages)
  const scripts = files.filter(({ file }) => /\.[cm]?js$/.test(file))
  console.log(
    `| ${name} | ${count} | ${megabytes(files)} | ${megabytes(scripts)} | ${files.length} |`,
  )
}

function packed() {
  const root = path.dirname(home)
  const options = { cwd: root, encoding: 'utf8' }
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', temporary], options).replace(
      /^[^[]*/,
      '',
    ),
  )
  return path.join(temporary, filename)
}

function install(packages) {
  const folder = mkdtempSync(path.join(temporary, 'size-'))
  try {
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }')
    const wanted = packages.map((name) =>
      dependencies[name] ? `${name}@${dependencies[name]}` : name,
    )
    const flags = ['--omit=dev', '--no-audit', '--no-fund', '--loglevel=error']
    execFileSync('npm', ['install', ...flags, ...wanted], { cwd: folder, stdio: 'ignore' })
    const lock = JSON.parse(
      readFileSync(path.join(folder, 'node_modules/.package-lock.json'), 'utf8'),
    )
    return {
      count: Object.keys(lock.packages).length,
      files: filesIn(path.join(folder, 'node_modules')),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({ file, bytes: statSync(file).size }))
}

function megabytes(files) {
  return (files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1)
}
