/** Runs that wait, and what generated runs found about them. */
import { expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { CallDeferred, ValidationError } from '../../src/errors/index.ts'
import type { AgentRun } from '../../src/run/index.ts'
import { memoryStore } from '../../src/store/index.ts'
import { ManualClock } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, outline, rejection, script } from '../agent/script.ts'
import { errorOf, runTo } from '../run/scripts.ts'

function paper(run: AgentRun): unknown {
  return JSON.parse(JSON.stringify(run.snapshot()))
}

const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })

/** Needs a person's yes, and then an answer from outside. */
function twofold(ran: string[]) {
  return tool({
    name: 'order',
    needsApproval: true,
    execute: (_, ctx) => {
      ran.push(String(ctx.toolCallId))
      throw new CallDeferred()
    },
  })
}

it('a call that was approved may ask for an answer then, and is not run again', async () => {
  const ran: string[] = []
  const order = twofold(ran)
  const agent = new Agent({ model: script([call('order')], 'done'), tools: [order] })
  const run = agent.iter('Go', { deferred: 'wait' })
  await run.proceed()
  await run.approve('order')
  expect(await run.proceed()).toBe('waiting')
  expect(run.waitingFor).toMatchObject([{ toolCallId: 'order', awaits: 'answer' }])
  await run.answer('order', 'here it is')
  expect((await run.finish()).output).toBe('done')
  expect(ran).toEqual(['order'])
})

it('a call of a run below may do so, too, after it was put away', async () => {
  const ran: string[] = []
  const shop = (said: readonly string[]): Agent => {
    const below = new Agent({
      name: 'shop',
      model: script(...(said.length > 0 ? [] : [[call('order')]]), 'Ordered.'),
      tools: [twofold(ran)],
    })
    const tools = [below.asTool({ description: 'Orders.' })]
    return new Agent({
      model: script(...(said.length > 0 ? said : [[call('shop', { prompt: 'Tea.' })]])),
      tools,
    })
  }
  const run = shop([]).iter('Go', { deferred: 'wait' })
  await run.proceed()
  const again = shop(['done']).resume(paper(run))
  await run.dispose()
  const path = ['shop']
  await again.approve('order', { path })
  expect(await again.proceed()).toBe('waiting')
  expect(again.waitingFor).toMatchObject([{ toolCallId: 'order', awaits: 'answer', path }])
  await again.answer('order', 'here it is', { path })
  expect((await again.finish()).output).toBe('done')
  expect(ran).toEqual(['order'])
})

it('a call that throws ends the step at once, although others still wait', async () => {
  let tries = 0
  const moody = tool({
    name: 'moody',
    needsApproval: true,
    execute: () => {
      tries += 1
      if (tries === 1) throw new Error('Out of order')
      return 'fine'
    },
  })
  const agent = new Agent({
    model: script([call('moody'), call('pay')], 'done'),
    tools: [moody, pay],
  })
  const run = agent.iter('Go', { deferred: 'wait', waitTimeoutMs: 3_600_000 })
  await run.proceed()
  await run.approve('moody')
  expect(await rejection(run.proceed())).toMatchObject({ message: 'Out of order' })
  const again = agent.resume(paper(run))
  expect(again.waitingFor).toMatchObject([{ toolCallId: 'pay' }])
  expect(await again.proceed()).toBe('waiting')
  await again.approve('pay')
  await again.finish()
  expect(outline(again.allMessages())[2]).toEqual(['moody returned: fine', 'pay returned: paid'])
})

it('a wait whose time was up while the run was put away is over, and nobody is waited for', async () => {
  const clock = new ManualClock()
  const agent = new Agent({ model: script([call('pay')], 'done'), tools: [pay] })
  const run = agent.iter('Go', { deferred: 'wait', waitTimeoutMs: 1_000, clock })
  expect(await run.proceed()).toBe('waiting')
  const saved = paper(run)
  await run.dispose()
  await clock.advance(5_000)
  const again = agent.resume(saved, { clock })
  expect(await again.proceed()).toBe('ended')
  expect(outline(again.allMessages())[2]?.[0]).toMatch(/^pay denied: .*nobody approved it in time/)
})

it('what was delivered while nobody drove a run is known before it is said to wait', async () => {
  const store = memoryStore()
  const agent = new Agent({ model: script([call('pay')], 'done'), tools: [pay] })
  const run = agent.iter('Go', { deferred: 'wait', store })
  await runTo(run, 'call-tools')
  const step = errorOf(run.next())
  expect(await run.proceed()).toBe('waiting')
  run.cancel()
  await step
  await run.release()
  await store.deliver(run.runId, { type: 'tool-call-approved', toolCallId: 'pay' })
  expect(await run.proceed()).toBe('ended')
})

it('a call whose arguments do not fit keeps nobody waiting', async () => {
  const sum = tool({
    name: 'sum',
    needsApproval: true,
    inputSchema: z.object({ n: z.number() }),
    execute: ({ n }) => n,
  })
  const asked = [call('sum', { n: 'x' }, 'bad'), call('sum', { n: 1 }, 'good'), call('pay')]
  const agent = new Agent({ model: script(asked, 'done'), tools: [sum, pay] })
  const run = agent.iter('Go', { deferred: 'wait' })
  for (const id of ['good', 'pay']) {
    expect(await run.proceed()).toBe('waiting')
    await run.approve(id)
  }
  expect(await run.proceed()).toBe('ended')
})

it.each(['here', 'in another process'])(
  'results stand in the order of the calls, also of those approved %s',
  async (where) => {
    const ping = tool({ name: 'ping', execute: () => 'pong' })
    const calls = [call('pay'), call('ping'), call('ping', 'no JSON', 'bad')]
    const agent = new Agent({ model: script(calls, 'done'), tools: [pay, ping] })
    const first = agent.iter('Go', { deferred: 'wait' })
    await first.proceed()
    const run = where === 'here' ? first : agent.resume(paper(first))
    await run.approve('pay')
    await run.finish()
    const results = outline(run.allMessages())[2] ?? []
    expect(results.map((line) => line.split(' ')[0])).toEqual(['pay', 'ping', 'ping'])
  },
)

it('a call has no run below it that was another one’s', async () => {
  const below = new Agent({ name: 'below', model: script('Done.') })
  const seen: unknown[] = []
  const look = tool({
    name: 'look',
    execute: () => {
      seen.push(paper(run))
    },
  })
  const tools = [below.asTool({ description: 'Does it.' }), look]
  const model = script([call('below', { prompt: 'Go.' })], [call('look')], 'done')
  const run: AgentRun = new Agent({ model, tools }).iter('Go')
  await run.finish()
  expect(seen).toHaveLength(1)
  expect(seen[0]).toMatchObject({ ledger: [{ toolCallId: 'look', state: 'executing' }] })
  expect(JSON.stringify(seen[0])).not.toContain('nested')
})

it('a run below that is broken is refused at its place, and what it waits for is as it has it', async () => {
  const below = new Agent({ name: 'below', model: script([call('pay')]), tools: [pay] })
  const tools = [below.asTool({ description: 'Pays.' })]
  const agent = new Agent({ model: script([call('below', { prompt: 'Go.' })]), tools })
  const run = agent.iter('Go', { deferred: 'wait' })
  await run.proceed()
  const written = JSON.stringify(run.snapshot())
  await run.dispose()
  const lying: unknown = JSON.parse(written.replace('"isWaiting":true', '"isWaiting":false'))
  expect(paper(agent.resume(lying))).toMatchObject({ ledger: [{ nested: { isWaiting: true } }] })
  const broken: unknown = JSON.parse(written.replace('"awaitingApproval"', '"returned"'))
  const error = await rejection(Promise.resolve().then(() => agent.resume(broken)))
  expect(error).toBeInstanceOf(ValidationError)
  expect(error).toMatchObject({ path: ['ledger', 0, 'nested', 'snapshot', 'ledger', 0] })
})
