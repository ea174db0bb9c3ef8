/**
 * A web service over a store. It starts runs and lets go of them; workers drive them. It may be stopped and started at
 * any time: `node examples/service/server.ts runs.db`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'
import {
  AgentError,
  AmbiguousCallError,
  RunNotFoundError,
  UnknownCallError,
  ValidationError,
} from '../../src/index.ts'
import { sqliteStore } from '../../src/store/sqlite/index.ts'
import { agent } from './agent.ts'

const store = sqliteStore(process.argv[2] ?? 'runs.db')

const newRun = z.object({ prompt: z.string().max(10_000) })
const verdict = z.strictObject({
  toolCallId: z.string(),
  approve: z.boolean(),
  overrideArgs: z.record(z.string(), z.unknown()).optional(),
  message: z.string().optional(),
})

/** POST /runs: the run is in the store when the answer goes out; the client need not stay. */
async function startRun(body: unknown) {
  const { prompt } = newRun.parse(body)
  const run = agent.iter(prompt, { store })
  await run.save()
  await run.release() // from here on any worker may take it up
  return { status: 202, body: { runId: run.runId } }
}

/** GET /runs/:id */
async function showRun(runId: string) {
  const { record, awaits, snapshot, messages } = await store.load(runId)
  const { status } = record
  // A run that rests is only looked at: nothing is driven, and nobody needs its lease.
  const output =
    status === 'done'
      ? agent.resume(Object.assign({}, snapshot, { messages })).result?.output
      : undefined
  const waitingFor = awaits.map(({ toolCallId, toolName, args }) => ({
    toolCallId,
    toolName,
    args,
  }))
  return { status: 200, body: { runId, status, waitingFor, output } }
}

/** POST /runs/:id/approvals: goes to the inbox of the run. Said twice, or too late, it does nothing. */
async function decide(runId: string, body: unknown, by: string | undefined) {
  const { approve, overrideArgs, message, toolCallId } = verdict.parse(body)
  const call = { toolCallId, ...(by !== undefined && { by }) }
  const outcome = await store.deliver(
    runId,
    approve
      ? { type: 'tool-call-approved', ...call, ...(overrideArgs && { overrideArgs }) }
      : { type: 'tool-call-denied', ...call, ...(message !== undefined && { message }) },
  )
  return { status: 202, body: { outcome } }
}

async function answer(request: IncomingMessage) {
  const [, runs, id, approvals] = (request.url ?? '').split('/').map(decodeURIComponent)
  const place = `${request.method} ${[runs, id && ':id', approvals].filter(Boolean).join('/')}`
  if (place === 'POST runs') return startRun(await readBody(request))
  if (place === 'GET runs/:id') return showRun(id ?? '')
  if (place === 'POST runs/:id/approvals') {
    return decide(id ?? '', await readBody(request), userOf(request))
  }
  return { status: 404, body: { error: `There is no ${place}` } }
}

/** Stands in for a session: who decides is never taken from the body. */
function userOf({ headers }: IncomingMessage): string | undefined {
  return headers['x-user']?.toString()
}

const longestBody = 100_000

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    if (text.length <= longestBody) text += chunk // the rest is read and forgotten
  }
  if (text.length > longestBody) throw new TooLongError('The body is too long')
  return JSON.parse(text)
}

class TooLongError extends Error {}

/** What is to be answered to errors; those of the store that are not here mean that it is away. */
const statuses = [
  [404, [RunNotFoundError, UnknownCallError]],
  [409, [AmbiguousCallError]],
  [413, [TooLongError]],
  [400, [z.ZodError, SyntaxError, URIError, ValidationError]],
  [503, [AgentError]],
] as const

function answerTo(error: unknown) {
  for (const [status, classes] of statuses) {
    const isOne = classes.some((each) => error instanceof each)
    if (isOne && error instanceof Error) return { status, body: { error: error.message } }
  }
  console.error(error)
  return { status: 500, body: { error: 'Something went wrong here' } }
}

function send(response: ServerResponse, { status, body }: { status: number; body: object }): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

const server = createServer((request, response) => {
  answer(request)
    .catch(answerTo)
    .then((result) => send(response, result))
    .catch(console.error)
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : address
  console.log(`http://127.0.0.1:${port}`)
})
