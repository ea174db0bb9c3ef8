/** What users of other frameworks ran into when runs are put away; numbers as in `lessons.test.ts`. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { ApprovalRequired, CallDeferred, ValidationError } from '../../src/errors/index.ts'
import { messagesToJson } from '../../src/messages/index.ts'
import type { AgentRun } from '../../src/run/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, outline, says, script, untilAborted } from '../agent/script.ts'
import { calls, gate } from '../run/scripts.ts'

/** What another process gets. */
function paper(run: AgentRun): unknown {
  return JSON.parse(JSON.stringify(run.snapshot()))
}

describe('lesson-01: a run is put away in the middle of a turn', () => {
  it('while a tool runs, and goes on with what was done', async () => {
    const held = gate()
    const ran: string[] = []
    const quick = tool({ name: 'quick', execute: () => void ran.push('quick') })
    const slow = tool({ name: 'slow', onCrash: 'rerun', execute: () => held.pass() })
    const run = new Agent({
      model: script([call('quick'), call('slow')]),
      tools: [quick, slow],
    }).iter('Go')
    const finished = run.finish().catch(() => {})
    await held.entered
    await Promise.resolve() // what ended in this tick is known with the next
    const snapshot = paper(run)
    run.cancel()
    held.open(undefined)
    await finished
    const again = new Agent({ model: script('done'), tools: [quick, slow] }).resume(snapshot)
    expect((await again.finish()).output).toBe('done')
    expect(ran).toEqual(['quick'])
  })

  it('while the model is asked, and asks once more', async () => {
    const asked = gate()
    const model = script((request) => {
      void asked.pass()
      return untilAborted(request.signal)
    })
    const run = new Agent({ model }).iter('Go')
    const finished = run.finish().catch(() => {})
    await asked.entered
    const snapshot = paper(run)
    run.cancel()
    await finished
    const again = new Agent({ model: script('done') }).resume(snapshot)
    expect((await again.finish()).output).toBe('done')
    expect(again.usage.requests).toBe(1)
  })
})

describe('lesson-02: nothing that a run knows is lost on the way', () => {
  const ping = tool({ name: 'ping', execute: () => 'pong' })

  it('so what it writes, taken up, writes the same again', async () => {
    const agent = new Agent({ name: 'one', model: script([call('ping')], 'done'), tools: [ping] })
    const run = agent.iter('Go', { metadata: { a: 1 }, usageLimits: { requestLimit: 9 } })
    run.enqueue('By the way…')
    for (;;) {
      expect(paper(agent.resume(paper(run)))).toEqual(paper(run))
      const isOver: boolean = run.nextNode.kind === 'end'
      if (isOver) return
      await run.next()
    }
  })

  it('and what is missing, or known to nobody, is refused', () => {
    const agent = new Agent({ model: script('done') })
    const snapshot = agent.iter('Go').snapshot()
    const { usage: _, ...without } = snapshot
    expect(() => agent.resume(without)).toThrow('The field `usage` is missing')
    expect(() => agent.resume({ ...snapshot, approvals: [] })).toThrow(ValidationError)
  })
})

describe('lesson-04: a run is resumed', () => {
  it(
    'in a process that has nothing but the agent and the snapshot',
    { timeout: 20_000 },
    async () => {
      const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
      const agent = new Agent({ name: 'cashier', model: script([call('pay')]), tools: [pay] })
      const run = agent.iter('Go', { deferred: 'wait' })
      await run.proceed()
      const door = new URL('../../src/index.ts', import.meta.url)
      const testing = new URL('../../src/testing/index.ts', import.meta.url)
      const program = `
      import { Agent, tool } from '${door.href}'
      import { ScriptedModel } from '${testing.href}'
      const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
      const agent = new Agent({ name: 'cashier', model: new ScriptedModel(['Done.']), tools: [pay] })
      const run = agent.resume(JSON.parse(process.argv[1]))
      await run.approve(run.waitingFor[0].toolCallId)
      const { output } = await run.finish()
      console.log(run.runId, output, run.usage.requests)`
      const args = ['--input-type=module', '-e', program, JSON.stringify(run.snapshot())]
      const { stdout } = await promisify(execFile)(process.execPath, args)
      expect(stdout.trim()).toBe(`${run.runId} Done. 2`)
      await run.dispose()
    },
  )
})

describe('lesson-05: calls are known by their place', () => {
  it('so two with one id are both approved, and both have their result', async () => {
    const pay = tool({
      name: 'pay',
      needsApproval: true,
      inputSchema: { type: 'object', properties: { sum: { type: 'number' } } },
      execute: (args) => `paid ${JSON.stringify(args)}`,
    })
    const twins = [call('pay', { sum: 1 }, 'same'), call('pay', { sum: 2 }, 'same')]
    const run = new Agent({ model: script(twins), tools: [pay] }).iter('Go', { deferred: 'wait' })
    await run.proceed()
    let again = new Agent({ model: script('done'), tools: [pay] }).resume(paper(run))
    await again.approve('same', { index: 1 })
    again = new Agent({ model: script('done'), tools: [pay] }).resume(paper(again))
    expect(again.waitingFor).toMatchObject([{ toolCallId: 'same', index: 0 }])
    await again.approve('same', { index: 0 })
    await again.finish()
    expect(outline(again.allMessages())[2]).toEqual([
      'pay returned: paid {"sum":1}',
      'pay returned: paid {"sum":2}',
    ])
    await run.dispose()
  })
})

describe('lesson-07: several calls of one step wait', () => {
  it('each for its own, in any order, each in another process', async () => {
    const later = tool({
      name: 'later',
      execute: () => {
        throw new CallDeferred({ metadata: { ticket: 7 } })
      },
    })
    const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
    const dear = tool({
      name: 'dear',
      execute: (_, ctx) => {
        if (!ctx.toolCallApproved) throw new ApprovalRequired({ metadata: { why: 'dear' } })
        return 'bought'
      },
    })
    const tools = [later, pay, dear]
    const first = new Agent({ model: script([call('later'), call('pay'), call('dear')]), tools })
    let run = first.iter('Go', { deferred: 'wait' })
    expect(await run.proceed()).toBe('waiting')
    const ends: string[] = []
    const inAnotherProcess = async (say: (run: AgentRun) => Promise<void>): Promise<void> => {
      const before = run
      run = new Agent({ model: script('done'), tools }).resume(paper(before))
      await before.dispose()
      await say(run)
      ends.push(await run.proceed())
    }
    await inAnotherProcess((other) => other.approve('dear'))
    await inAnotherProcess((other) => other.answer('later', 'at last'))
    await inAnotherProcess((other) => other.deny('pay', 'Too much.'))
    expect(ends).toEqual(['waiting', 'waiting', 'ended'])
    expect(run.result?.output).toBe('done')
    expect(outline(run.allMessages())[2]).toEqual([
      'later returned: at last',
      'pay denied: Too much.',
      'dear returned: bought',
    ])
  })
})

describe('lesson-08, lesson-09: nothing runs again because a run waits', () => {
  it('however often it does, and is put away', async () => {
    const ran: Record<string, number> = {}
    const counted = (name: string, needsApproval: boolean) =>
      tool({
        name,
        needsApproval,
        execute: () => {
          ran[name] = (ran[name] ?? 0) + 1
          return name
        },
      })
    const tools = [counted('look', false), counted('one', true), counted('two', true)]
    const rounds = 4
    const asked = (round: number) =>
      ['look', 'one', 'two'].map((name) => call(name, {}, `${name}-${round}`))
    let messages = 0
    const agent = (round: number) =>
      new Agent({ model: script(...(round < rounds ? [asked(round)] : [[says('done')]])), tools })
    let run = agent(0).iter('Go', { deferred: 'wait' })
    for (let round = 1; round <= rounds; round += 1) {
      expect(await run.proceed()).toBe('waiting')
      for (const { toolCallId } of run.waitingFor) {
        const before = run
        run = agent(round).resume(paper(before))
        await before.dispose()
        await run.approve(toolCallId)
        if (run.waitingFor.length > 0) await run.proceed()
      }
      messages = run.allMessages().length
    }
    expect((await run.finish()).output).toBe('done')
    expect(ran).toEqual({ look: rounds, one: rounds, two: rounds })
    expect(run.usage).toMatchObject({ requests: rounds + 1, toolCalls: 3 * rounds })
    expect(run.allMessages()).toHaveLength(messages + 2)
  })
})

describe('lesson-11: no request is sent with an open call', () => {
  it('when the process ended while calls were under way', async () => {
    const held = gate()
    const hold = tool({ name: 'hold', execute: () => held.pass() })
    const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
    const tools = [hold, pay]
    const run = new Agent({ model: script([call('hold'), call('pay')]), tools }).iter('Go', {
      deferred: 'wait',
    })
    const finished = run.finish().catch(() => {})
    await held.entered
    const snapshot = paper(run)
    run.cancel()
    held.open(undefined)
    await finished
    const model = script('done')
    const again = new Agent({ model, tools }).resume(snapshot)
    await again.deny('pay')
    await again.finish()
    expect(outline(model.calls[0]?.messages ?? []).at(-1)).toEqual([
      expect.stringMatching(/^hold interrupted: The outcome of this tool call is unknown/),
      'pay denied: The tool call was denied.',
    ])
  })
})

describe('lesson-19: a snapshot is not larger than what it tells', () => {
  it('and holds no deltas of a stream', async () => {
    const deltas = Array.from({ length: 2_000 }, (_, index) => `word ${index % 10} `)
    const agent = new Agent({ model: script(() => deltas) })
    const stream = agent.stream('Go')
    let pieces = 0
    for await (const delta of stream.textDeltas()) pieces += Math.sign(delta.length)
    expect(pieces).toBeGreaterThan(1_000)
    const run = new Agent({ model: script(() => deltas) }).iter('Go')
    await run.next()
    for await (const { eventKind } of run.stream()) pieces += Math.sign(eventKind.length)
    const beyond = JSON.stringify(run.snapshot()).length - messagesToJson(run.allMessages()).length
    expect(beyond).toBeLessThan(2_000)
  })

  it('nor what a nested run has said once its call is over', async () => {
    const long = 'A long story. '.repeat(2_000)
    const teller = new Agent({ name: 'teller', model: script(long) })
    const model = script([call('teller', { prompt: 'Tell.' })], 'done')
    const short = teller.asTool({ description: 'Tells stories.' })
    const run = new Agent({ model, tools: [short] }).iter('Go')
    for (let step = 0; step < 3; step += 1) await run.next()
    expect(run.nextNode.kind).toBe('model-request')
    expect(JSON.stringify(run.snapshot()).split('A long story. ').length - 1).toBe(2_000)
  })
})

it('lesson-28: a deadline that passed while nobody was there comes first', async () => {
  const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
  const times = { nowMs: 0 }
  const clock = { now: () => times.nowMs, setTimeout: () => 0, clearTimeout: () => {} }
  const run = new Agent({ model: script(calls('pay')), tools: [pay] }).iter('Go', {
    deferred: 'wait',
    waitTimeoutMs: 60_000,
    clock,
  })
  await run.proceed()
  const snapshot = paper(run)
  times.nowMs = 3_600_000
  const again = new Agent({ model: script('done'), tools: [pay] }).resume(snapshot, { clock })
  expect((await again.finish()).output).toBe('done')
  expect(outline(again.allMessages())[2]?.[0]).toMatch(/^pay denied: .*nobody approved it in time/)
})
