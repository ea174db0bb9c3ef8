import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { block, end, start, stop } from '../models/anthropic-server.ts'
import { delta, done } from '../models/chat-server.ts'
import { content } from '../models/google-server.ts'
import { LoopbackServer, streamed, whole } from '../models/loopback-server.ts'
import { begun, ended } from '../models/responses-server.ts'
import { closeBrowser, openPage } from '../ui/browser.ts'
import { bundle } from './bundle.ts'
import type { Order } from './program.ts'
import { Workerd } from './workerd.ts'

/** Serves the page, and speaks as each provider does. */
let server: LoopbackServer
let workerd: Workerd

beforeAll(async () => {
  const [page, worker] = await Promise.all([bundle('page.ts', 'iife'), bundle('worker.ts', 'esm')])
  server = await LoopbackServer.start()
  const answers = {
    '/page.js': whole(page, { headers: { 'content-type': 'text/javascript' } }),
    '/openai/': streamed(...begun('Hel', 'lo'), ended()),
    '/openai-chat/': streamed(
      delta({ content: 'Hel' }),
      delta({ content: 'lo' }),
      delta({}, 'stop'),
      done,
    ),
    '/anthropic/': streamed(
      start,
      ...block(
        0,
        { type: 'text', text: '' },
        { type: 'text_delta', text: 'Hel' },
        { type: 'text_delta', text: 'lo' },
      ),
      end('end_turn'),
      stop,
    ),
    '/google/': streamed(content(['Hel']), content(['lo'], 'STOP')),
    '/': whole('<!doctype html><title>Edge</title><script src="/page.js"></script>', {
      headers: { 'content-type': 'text/html', 'content-security-policy': "default-src 'self'" },
    }),
  }
  server.answer = (response, asked) => {
    const [, answer] = Object.entries(answers).find(([path]) => asked.url.startsWith(path)) ?? []
    answer?.(response, asked)
  }
  workerd = await Workerd.start(worker)
})
afterAll(async () => {
  await Promise.allSettled([workerd.close(), server.close(), closeBrowser()])
})

type Run = (order: Order, argument?: string) => Promise<unknown>

async function inChromium(): Promise<Run> {
  const { page, problems } = await openPage(server.url)
  return async (order, argument = '') => {
    const value = await page.evaluate(`perform('${order}', '${argument}')`)
    expect(problems).toEqual([])
    return value
  }
}

async function inWorkerd(): Promise<Run> {
  return async (order, argument = '') => {
    const body = JSON.stringify({ order, argument })
    const answer = await fetch(workerd.url, { method: 'POST', body })
    const { error, value } = (await answer.json()) as { error?: string; value?: unknown }
    if (error !== undefined) throw new Error(error)
    return value
  }
}

const facts: readonly { fact: string; order: Order; expected: unknown }[] = [
  {
    fact: 'a tool with a schema of zod is called, and the output has the shape that was asked for',
    order: 'structuredOutput',
    expected: { output: { city: 'Oslo', needed: true }, requests: 2, toolCalls: 1 },
  },
  {
    fact: 'arguments that do not fit go back to the model',
    order: 'refusedArguments',
    expected: [[expect.objectContaining({ type: 'string_type', loc: ['city'] })]],
  },
  {
    fact: 'text comes in deltas',
    order: 'textDeltas',
    expected: { deltas: ['Once ', 'upon ', 'a ', 'time.'], output: 'Once upon a time.' },
  },
  {
    fact: 'a run is put away as JSON and resumed',
    order: 'resumedFromJson',
    expected: { problems: [], output: 'Your money is on its way.', isSame: true },
  },
  {
    fact: 'calls wait to be approved or denied',
    order: 'approvedAndDenied',
    expected: ['waiting', 'ended', 'paid back', 'waiting', 'ended', 'Not without a receipt.'],
  },
  {
    fact: 'a signal cancels a run, which keeps what came until then',
    order: 'cancelled',
    expected: {
      isCancelled: true,
      canGoOn: true,
      kept: expect.objectContaining({ content: 'Well' }),
    },
  },
  { fact: 'a run that takes too long is cancelled', order: 'timedOut', expected: 'run' },
  {
    fact: 'an agent is an actor in a machine above',
    order: 'inParentMachine',
    expected: 'Oslo',
  },
  {
    fact: 'an agent is a tool of another one',
    order: 'subAgents',
    expected: { output: 'Take a coat.', requests: 4 },
  },
  {
    fact: 'a machine of the gallery works',
    order: 'gallery',
    expected: 'Rain outside, tea inside.',
  },
  {
    fact: 'an inspector sees a run, and the chart is drawn',
    order: 'inspected',
    expected: {
      kinds: expect.arrayContaining(['@xstate.actor', '@xstate.snapshot']),
      chart: true,
      path: true,
    },
  },
  { fact: 'messages go to JSON and back, pictures too', order: 'messagesAsJson', expected: true },
  {
    fact: 'the store in memory passes the suite for stores',
    order: 'storeSuite',
    expected: { broken: [], isWhole: true },
  },
  {
    fact: 'a model streams through a fetch that it is given',
    order: 'fakeFetch',
    expected: { said: ['Hel', 'lo'], asked: ['https://models.example/v1/chat/completions'] },
  },
  {
    fact: 'an optional package that is not there is named',
    order: 'missingPackage',
    expected: '@ai-sdk/mistral',
  },
]

describe.each([
  { name: 'Chromium', open: inChromium },
  { name: 'workerd', open: inWorkerd },
])('in $name', ({ open }) => {
  it.each(facts)('$fact', async ({ order, expected }) => {
    const run = await open()
    expect(await run(order)).toEqual(expected)
  })

  it('each provider is asked with the fetch of the runtime', async () => {
    const run = await open()
    expect(await run('providers', server.url)).toEqual({
      openai: ['Hel', 'lo'],
      'openai-chat': ['Hel', 'lo'],
      anthropic: ['Hel', 'lo'],
      google: ['Hel', 'lo'],
    })
  })

  it('a stored run that one request began is ended by another one', async () => {
    const run = await open()
    const runId = await run('beginInStore')
    expect(await run('goOnInStore', String(runId))).toEqual({
      output: 'Your money is on its way.',
      isListed: true,
    })
  })

  it('files are not downloaded, and the error says so', async () => {
    const run = await open()
    expect(await run('download', server.url)).toContain('there is no Node.js')
  })

  it('many runs go on at the same time', async () => {
    const run = await open()
    const orders: Order[] = ['structuredOutput', 'textDeltas', 'approvedAndDenied', 'subAgents']
    const asked = Array.from({ length: 40 }, (_, i) =>
      run(orders[i % orders.length] ?? 'cancelled'),
    )
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).not.toContain('rejected')
  })
})
