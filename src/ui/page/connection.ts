/**
 * The line to the server: a stream of what it tells, and one POST for each command. A page that was exported as a file
 * carries what it shows within itself and has no line.
 */
import type { Command, CommandResult } from '../protocol.ts'
import { receive } from './feed.ts'
import { isObject } from './json.ts'
import { connection, notice } from './state.ts'

const tokenKey = 'agentchart-token'
const retryMs = 1_000

/** The token of the address, which is then kept out of sight. */
function takeToken(): string {
  const address = new URL(location.href)
  const given = address.searchParams.get('token')
  if (given === null) return sessionStorage.getItem(tokenKey) ?? ''
  sessionStorage.setItem(tokenKey, given)
  address.searchParams.delete('token')
  history.replaceState(null, '', address)
  return given
}

let token = ''

/** Begins to take in what there is. */
export function connect(): void {
  const recording = document.getElementById('recording')?.textContent
  if (recording === undefined || recording === null) {
    token = takeToken()
    void follow()
    return
  }
  connection.value = 'file'
  const messages: unknown = JSON.parse(recording)
  if (Array.isArray(messages)) for (const message of messages) receive(message)
}

async function follow(): Promise<void> {
  for (;;) {
    connection.value = connection.value === 'open' ? 'lost' : connection.value
    const isRefused = await readStream().catch(() => false)
    connection.value = isRefused ? 'refused' : 'lost'
    if (isRefused) return
    await new Promise((resolve) => setTimeout(resolve, retryMs))
  }
}

/** Reads until the stream ends; tells whether the server does not want us. */
async function readStream(): Promise<boolean> {
  const response = await fetch('events', { headers: { authorization: `Bearer ${token}` } })
  if (response.status === 401 || response.status === 403) return true
  if (!response.ok || response.body === null) return false
  connection.value = 'open'
  let rest = ''
  for await (const text of textsOf(response.body)) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) takeBlock(block)
  }
  return false
}

async function* textsOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

function takeBlock(block: string): void {
  const data = block
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trimStart())
    .join('\n')
  if (data !== '') receive(data)
}

/** Sends a command; what goes wrong is also shown. */
export async function send(command: Command): Promise<CommandResult> {
  const result = await post(command).catch((error: unknown) =>
    failed(error instanceof Error ? error.message : String(error)),
  )
  notice.value = result.ok ? null : result.error.message
  return result
}

async function post(command: Command): Promise<CommandResult> {
  const response = await fetch('command', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(command),
  })
  const answer: unknown = await response.json()
  return isResult(answer) ? answer : failed(`The server answered ${response.status}`)
}

function isResult(value: unknown): value is CommandResult {
  return isObject(value) && (value['ok'] === true || isObject(value['error']))
}

function failed(message: string): CommandResult {
  return { ok: false, error: { name: 'Error', message } }
}
