// How long until the first text arrives, over loopback: the provider's own package alone, and an agent's stream on top
// of it. `node first-delta.mjs [rounds]`. Rounds alternate; what counts is the difference of the medians.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const dist = path.resolve(process.env.AGENTCHART_DIST ?? path.join(import.meta.dirname, '../dist'))
const entry = path.join(dist, 'src/index.js')
const { Agent, model } = await import(pathToFileURL(entry).href)
const { default: OpenAI } = await import(pathToFileURL(createRequire(entry).resolve('openai')).href)

const boundMs = 1
const rounds = Number(process.argv[2] ?? 300)

const chunk = (delta, rest = {}) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: null, ...rest }] })}\n\n`

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(chunk({ role: 'assistant', content: 'Hello' }))
    for (let i = 0; i < 20; i += 1) response.write(chunk({ content: ' there' }))
    response.write(chunk({}, { finish_reason: 'stop' }))
    response.end('data: [DONE]\n\n')
  })
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const baseUrl = `http://127.0.0.1:${server.address().port}/v1`

const client = new OpenAI({ baseURL: baseUrl, apiKey: 'key', maxRetries: 0 })
const agent = new Agent({ model: model('openai-chat:m', { baseUrl, apiKey: 'key' }) })

const ways = {
  async package() {
    const messages = [{ role: 'user', content: 'Hi' }]
    const stream = await client.chat.completions.create({ model: 'm', messages, stream: true })
    return first(stream, (event) => event.choices[0]?.delta.content)
  },
  agentchart: () => first(agent.stream('Hi').textDeltas(), (delta) => delta),
}

/** Milliseconds to the first text; reads the rest, so that the connection is free for the next round. */
async function first(pieces, textOf) {
  let at
  for await (const piece of pieces) if (at === undefined && textOf(piece)) at = performance.now()
  return at
}

const times = { package: [], agentchart: [] }
for (let round = -50; round < rounds; round += 1) {
  for (const [name, run] of Object.entries(ways)) {
    const start = performance.now()
    const ms = (await run()) - start
    if (round >= 0) times[name].push(ms)
  }
}
server.closeAllConnections()
server.close()

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]
const p50 = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]))
const overMs = p50.agentchart - p50.package
console.log(JSON.stringify({ rounds, p50, overMs }))
if (overMs > boundMs) {
  console.error(`${overMs.toFixed(2)} ms over the package, and ${boundMs} ms are allowed`)
  process.exitCode = 1
}
