import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import type { Page } from 'playwright-core'
import { Agent, tool } from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import type { ServerMessage } from '../../src/ui/protocol.ts'
import { closeBrowser, openInspector, openPage } from './browser.ts'
import { longRun, opening } from './recording.ts'

afterAll(closeBrowser)

/** A busy machine makes tasks longer, and never shorter. */
const tries = { retry: 2 }

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds by the clock, and those of the processor. */
  readonly dur?: number
  readonly tdur?: number
  readonly args: { readonly name?: string }
}

/**
 * The longest task of the page's main thread while something happens, in milliseconds of the processor: what the clock
 * says also depends on who else is at work on the machine.
 */
async function longestTask(page: Page, happen: () => Promise<void>): Promise<number> {
  const browser = page.context().browser()
  await browser?.startTracing(page, { categories: ['toplevel', 'devtools.timeline'] })
  await happen()
  await page.waitForTimeout(300)
  const trace = JSON.parse(String(await browser?.stopTracing())) as { traceEvents: TraceEvent[] }
  const mains = trace.traceEvents
    .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
    .map(({ pid, tid }) => `${pid} ${tid}`)
  const tasks = trace.traceEvents.filter(
    ({ name, pid, tid }) => name.endsWith('RunTask') && mains.includes(`${pid} ${tid}`),
  )
  expect(tasks.length).toBeGreaterThan(50)
  return Math.max(...tasks.map(({ tdur, dur }) => (tdur ?? dur ?? 0) / 1_000))
}

/** A page as it is exported, with a recording in it. */
async function serveRecording(messages: readonly ServerMessage[]): Promise<string> {
  const folder = new URL('../../dist/page/', import.meta.url)
  const json = JSON.stringify(messages).replaceAll('<', '\\u003c')
  const answer = async (path: string): Promise<readonly [string, string]> => {
    const name = path === '/' ? 'index.html' : path.slice(1)
    const type = name.endsWith('.css') ? 'text/css' : 'text/javascript'
    const text = await readFile(new URL(name, folder), 'utf8')
    if (path !== '/') return [type, text]
    const recording = `<script type="application/json" id="recording">${json}</script>`
    return ['text/html', text.replace('<script', () => `${recording}<script`)]
  }
  const server: Server = createServer((request, response) => {
    const give = async (): Promise<void> => {
      const [type, text] = await answer(request.url ?? '/')
      response.setHeader('content-type', type).end(text)
    }
    give().catch(() => response.writeHead(404).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

it('shows a recorded run of 300 steps and 100 calls without a task over 50 ms', tries, async () => {
  const url = await serveRecording([...opening(), ...longRun('run-1', 300, 100)])
  const { page, problems } = await openPage('about:blank')
  const longest = await longestTask(page, async () => {
    await page.goto(url)
    await page.getByText('Entry 299: the sums').waitFor()
    for (const tab of ['Steps', 'Actors', 'JSON', 'Node']) {
      await page.getByRole('tab', { name: tab }).click()
      await page.waitForTimeout(100)
    }
    await page.getByRole('listbox').focus()
    for (const key of ['Home', 'ArrowRight', 'End', 'ArrowLeft']) {
      await page.keyboard.press(key)
      await page.waitForTimeout(100)
    }
    await page.mouse.move(1200, 400)
    for (let turn = 0; turn < 15; turn++) {
      await page.mouse.wheel(0, -2_000)
      await page.waitForTimeout(60)
    }
  })
  console.log(`longest task: ${longest.toFixed(1)} ms of the processor`)
  expect(longest).toBeLessThan(50)
  expect(await page.evaluate(`document.querySelectorAll('*').length`)).toBeLessThan(4_000)
  expect(problems).toEqual([])
})

it(
  'follows a run of 300 steps and 100 calls as it happens without a task over 50 ms',
  tries,
  async () => {
    const read = tool({
      name: 'read_entry',
      description: 'Reads an entry.',
      inputSchema: z.object({ entry: z.number() }),
      execute: ({ entry }) => ({ entry, debit: '120.00', credit: '120.00' }),
    })
    const check = tool({
      name: 'check_sum',
      description: 'Checks a sum.',
      inputSchema: z.object({}),
      execute: () => 'It adds up.',
    })
    const model = new FunctionModel(function ledger(messages) {
      const step = messages.filter(({ kind }) => kind === 'response').length
      if (step >= 299) return 'Everything adds up.'
      return {
        parts: [
          { partKind: 'text', content: `Entry ${step} is next.` },
          step % 3 === 0
            ? { partKind: 'tool-call', toolName: 'read_entry', args: { entry: step } }
            : { partKind: 'tool-call', toolName: 'check_sum', args: {} },
        ],
      }
    })
    const agent = new Agent({
      name: 'ledger',
      model,
      tools: [read, check],
      usageLimits: { requestLimit: null },
    })
    const { page, problems } = await openInspector({ agents: [agent] })
    const longest = await longestTask(page, async () => {
      await page.getByLabel('Prompt', { exact: true }).fill('Go through the ledger.')
      await page.getByRole('button', { name: 'Start' }).click()
      await page.getByText('Everything adds up.').first().waitFor({ timeout: 40_000 })
    })
    console.log(`longest task: ${longest.toFixed(1)} ms of the processor`)
    expect(longest).toBeLessThan(50)
    expect(problems).toEqual([])
  },
)
