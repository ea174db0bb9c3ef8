// Children of run.mjs: one process for every measurement.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'

export const home = path.dirname(import.meta.dirname)

const installed = path.join(home, 'node_modules', '.bin', 'node')
/** The Node that is measured: `BENCH_NODE`, else the one this package installs, else the one that runs. */
export const node = process.env.BENCH_NODE ?? (existsSync(installed) ? installed : process.execPath)

const env = {
  ...process.env,
  NODE_ENV: 'production',
  LANGCHAIN_TRACING_V2: 'false',
  LANGSMITH_TRACING: 'false',
  MASTRA_TELEMETRY_DISABLED: '1',
  OPENAI_AGENTS_DISABLE_TRACING: '1',
}
const timeoutMs = 300_000
const mark = 'result: '

/** Runs one measurement; `{ error }` when it went wrong. */
export async function measure(contender, workload, duration) {
  if (workload !== 'W7') {
    const { result } = await run(['--expose-gc', 'worker.mjs', contender, workload, `${duration}`])
    return result
  }
  const { result, resultAtMs } = await run(['cold.mjs', contender])
  return { ms: resultAtMs, ...result }
}

export async function nodeVersion() {
  return (await run(['--version'])).output.trim()
}

function run(args) {
  return new Promise((resolve) => {
    const start = performance.now()
    const child = spawn(node, args, { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [output, complaints, resultAtMs] = ['', '', undefined]
    child.stdout.on('data', (chunk) => {
      output += chunk
      if (output.includes(mark)) resultAtMs ??= performance.now() - start
    })
    child.stderr.on('data', (chunk) => (complaints += chunk))
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    child.on('close', (code) => {
      clearTimeout(timer)
      const line = output.split('\n').findLast((text) => text.startsWith(mark))
      const trouble = complaints.trim().slice(-600) || `ended with ${code} and no result`
      const result = line === undefined ? { error: trouble } : JSON.parse(line.slice(mark.length))
      resolve({ output, result, resultAtMs })
    })
  })
}
