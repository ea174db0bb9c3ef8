import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent, type AgentOptions } from '../../src/agent/index.ts'
import {
  AmbiguousCallError,
  ApprovalRequired,
  CallDeferred,
  RunCancelledError,
  UnknownCallError,
  VerdictMismatchError,
  WaitExpiredError,
} from '../../src/errors/index.ts'
import type { ModelMessage, ModelResponseInput } from '../../src/messages/index.ts'
import { memoryStore } from '../../src/store/index.ts'
import { ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { externalToolset } from '../../src/toolsets/index.ts'
import { calls, errorOf, gate } from './scripts.ts'

type Script = ConstructorParameters<typeof ScriptedModel>[0]

/** An agent that waits, with tools of which `done` tells what they did. */
function waiting(script: Script, options: Partial<AgentOptions<unknown, undefined, string>> = {}) {
  const done: string[] = []
  const pay = tool({
    name: 'pay',
    inputSchema: z.object({ euros: z.number().default(1) }),
    needsApproval: true,
    execute: ({ euros }, ctx) => {
      done.push(`pay ${euros} ${ctx.toolCallApproved}`)
      return `paid ${euros}`
    },
  })
  const risky = tool({
    name: 'risky',
    sequential: true,
    execute: (_, ctx) => {
      if (!ctx.toolCallApproved) throw new ApprovalRequired({ metadata: { why: 'danger' } })
      done.push(`risky ${JSON.stringify(ctx.toolCallMetadata)}`)
      return 'done'
    },
  })
  const later = tool({
    name: 'later',
    execute: () => {
      throw new CallDeferred({ metadata: { ticket: 7 } })
    },
  })
  const ping = tool({ name: 'ping', execute: () => void done.push('ping') })
  const browser = externalToolset([
    { name: 'where', description: null, parametersJsonSchema: { type: 'object' } },
  ])
  const agent = new Agent({
    model: new ScriptedModel(script),
    tools: [pay, risky, later, ping],
    toolsets: [browser],
    deferred: 'wait',
    ...options,
  })
  return { agent, done }
}

/** The results in the last request, a line each. */
function results(messages: readonly ModelMessage[]): string[] {
  const request = messages.findLast(({ kind }) => kind === 'request')
  return (request?.parts ?? []).map((part) => {
    if (part.partKind === 'tool-return') {
      return `${part.toolCallId} ${part.outcome}: ${JSON.stringify(part.content)}`
    }
    return 'toolCallId' in part ? `${part.toolCallId} ${part.partKind}` : part.partKind
  })
}

describe('a run that waits', () => {
  it('takes approvals, denials and answers one by one in any order; results keep the order of the calls', async () => {
    const { agent, done } = waiting([calls('pay', 'where', 'pay', 'later'), 'Done.'])
    const run = agent.iter('Go.')
    expect(await run.proceed()).toBe('waiting')
    expect(run.waitingFor.map(({ toolCallId, awaits }) => [toolCallId, awaits])).toEqual([
      ['pay', 'approval'],
      ['where', 'answer'],
      ['pay-2', 'approval'],
      ['later', 'answer'],
    ])
    await run.answer('later', { found: true })
    await run.deny('pay-2', 'Too dear.')
    await run.approve('pay', { overrideArgs: { euros: 5 }, by: 'Ada' })
    expect(run.waitingFor.map(({ toolCallId }) => toolCallId)).toEqual(['where'])
    await run.answer('where', 'Oslo')
    const result = await run.finish()
    expect(result.output).toBe('Done.')
    expect(done).toEqual(['pay 5 true'])
    expect(results(result.allMessages())).toEqual([
      'pay success: "paid 5"',
      'where success: "Oslo"',
      'pay-2 denied: "Too dear."',
      'later success: {"found":true}',
    ])
  })

  it('lets other calls of the same response go on meanwhile', async () => {
    const { agent, done } = waiting([calls('pay', 'ping', 'risky'), 'Done.'])
    const run = agent.iter('Go.')
    await run.proceed()
    expect(done).toEqual(['ping'])
    await run.approve('risky')
    await run.approve('pay')
    await run.finish()
    expect(done).toEqual(['ping', 'risky {"why":"danger"}', 'pay 1 true'])
  })

  it('runs an approved call while others are still running', async () => {
    const [slowly, paying] = [gate(), gate()]
    const slow = tool({ name: 'slow', execute: slowly.pass })
    const pay = tool({ name: 'pay', needsApproval: true, execute: paying.pass })
    const agent = new Agent({
      model: new ScriptedModel([calls('slow', 'pay'), 'Done.']),
      tools: [slow, pay],
    })
    const run = agent.iter('Go.', { deferred: 'wait' })
    const finished = run.finish()
    await slowly.entered
    await run.approve('pay')
    await paying.entered
    paying.open()
    slowly.open()
    expect((await finished).output).toBe('Done.')
  })

  it('checks override arguments again: what does not fit is told the model', async () => {
    const { agent, done } = waiting([calls('pay'), 'Done.'])
    const run = agent.iter('Go.')
    await run.proceed()
    await run.approve('pay', { overrideArgs: { euros: 'many' } })
    await run.finish()
    expect(done).toEqual([])
    expect(results(run.allMessages())).toEqual(['pay retry-prompt'])
  })

  it('lesson-12: keeps who decided and when', async () => {
    const clock = new ManualClock(Date.parse('2026-01-01T00:00:00Z'))
    const { agent } = waiting([calls('pay', 'later'), 'Done.'])
    const run = agent.iter('Go.', { clock })
    await run.proceed()
    await run.approve('pay', { by: 'Ada' })
    expect(run.ctx.state.ledger[0]?.verdict).toEqual({
      kind: 'approved',
      by: 'Ada',
      at: '2026-01-01T00:00:00.000Z',
    })
  })

  it('lesson-12: keeps who decided and when for good, also about calls of sub-agents, and tells it in an event', async () => {
    const clock = new ManualClock(Date.parse('2026-01-01T00:00:00Z'))
    const store = memoryStore({ clock })
    const inner = waiting([calls('pay'), 'Paid.'], { name: 'clerk' })
    const ask = { parts: [{ ...calls('clerk').parts[0], args: '{"prompt":"Pay."}' }] }
    const script = [calls('pay', 'where'), ask as ModelResponseInput, 'Done.']
    const { agent } = waiting(script, {
      tools: [inner.agent.asTool(), tool({ name: 'pay', needsApproval: true, execute: () => 1 })],
    })
    const run = agent.iter('Go.', { clock, store })
    const told: unknown[] = []
    const reading = (async () => {
      for await (const event of run.events()) {
        if (event.eventKind === 'deferred_tool_results') told.push(event.by, event.at)
      }
    })()
    await run.proceed()
    await run.approve('pay', { by: 'Ada' })
    await clock.advance(1_000)
    await run.deny('where', 'No.', { by: 'Bob' })
    while (run.waitingFor[0]?.path.length !== 1) await new Promise(setImmediate)
    await run.approve('pay', { path: ['clerk'], by: 'Cy' })
    while (run.result === null) await new Promise(setImmediate)
    await reading
    const at = '2026-01-01T00:00:00.000Z'
    const later = '2026-01-01T00:00:01.000Z'
    const paid = { toolCallId: 'pay', index: 0, toolName: 'pay', kind: 'approved' }
    const { snapshot } = await store.load(run.runId)
    const decisions = [
      { ...paid, path: [], by: 'Ada', at },
      {
        toolCallId: 'where',
        index: 1,
        toolName: 'where',
        kind: 'denied',
        path: [],
        by: 'Bob',
        at: later,
      },
      { ...paid, path: ['clerk'], by: 'Cy', at: later },
    ]
    expect(snapshot).toMatchObject({ decisions })
    expect(agent.resume(run.snapshot()).ctx.state.decisions).toEqual(decisions)
    expect(told).toEqual(['Ada', at, 'Bob', later])
  })

  it('takes a repeated or late decision as said; the first one counts', async () => {
    const { agent, done } = waiting([calls('pay', 'where'), 'Done.'])
    const run = agent.iter('Go.')
    await run.proceed()
    await run.approve('pay')
    await run.approve('pay')
    await run.deny('pay')
    await run.answer('where', 1)
    await run.finish()
    await run.deny('pay')
    expect(done).toEqual(['pay 1 true'])
  })

  it('refuses a call that nobody made, and lists those that wait', async () => {
    const { agent } = waiting([calls('pay'), 'Done.'])
    const run = agent.iter('Go.')
    await run.proceed()
    const error = await errorOf(run.approve('other'))
    expect(error).toBeInstanceOf(UnknownCallError)
    expect(error).toMatchObject({ toolCallId: 'other', open: [{ toolCallId: 'pay', index: 0 }] })
    await run.dispose()
  })

  it.each([
    { place: 'an index that it does not have', options: { index: 7 } },
    { place: 'a path to a call without a run below', options: { path: ['pay'] } },
    { place: 'a path that nobody knows', options: { path: ['nowhere'] } },
  ])('refuses $place', async ({ options }) => {
    const { agent } = waiting([calls('pay'), 'Done.'])
    const run = agent.iter('Go.')
    await run.proceed()
    expect(await errorOf(run.approve('pay', options))).toBeInstanceOf(UnknownCallError)
    expect(run.waitingFor).toHaveLength(1)
    await run.dispose()
  })

  it('refuses an approval of a call that waits for an answer, and an answer to one that waits for approval', async () => {
    const { agent, done } = waiting([calls('pay', 'where'), 'Done.'])
    const run = agent.iter('Go.')
    await run.proceed()
    const approval = await errorOf(run.approve('where'))
    expect(approval).toBeInstanceOf(VerdictMismatchError)
    expect(approval).toMatchObject({ toolCallId: 'where', awaits: 'answer' })
    expect(await errorOf(run.answer('pay', 'paid'))).toBeInstanceOf(VerdictMismatchError)
    run.actor.send({ type: 'tool-call-approved', toolCallId: 'where' }) // unchecked: ignored
    expect(run.waitingFor).toHaveLength(2)
    await run.answer('where', 'Oslo')
    await run.approve('pay')
    expect((await run.finish()).output).toBe('Done.')
    expect(done).toEqual(['pay 1 true'])
  })

  it('asks for the place when two calls have one id', async () => {
    const twice: ModelResponseInput = {
      parts: [1, 2].map((euros) => ({
        partKind: 'tool-call',
        toolName: 'pay',
        toolCallId: 'same',
        args: { euros },
      })),
    }
    const { agent, done } = waiting([twice, 'Done.'])
    const run = agent.iter('Go.')
    await run.proceed()
    expect(await errorOf(run.approve('same'))).toBeInstanceOf(AmbiguousCallError)
    await run.deny('same', undefined, { index: 0 })
    await run.approve('same', { index: 1 })
    await run.finish()
    expect(done).toEqual(['pay 2 true'])
  })

  it('waits once more when an approved call is put off again', async () => {
    const twoEyes = tool({
      name: 'two_eyes',
      execute: (_, ctx) => {
        if (!ctx.toolCallApproved) throw new ApprovalRequired()
        throw new CallDeferred()
      },
    })
    const agent = new Agent({
      model: new ScriptedModel([calls('two_eyes'), 'Done.']),
      tools: [twoEyes],
    })
    const run = agent.iter('Go.', { deferred: 'wait' })
    await run.proceed()
    await run.approve('two_eyes')
    await run.proceed()
    expect(run.waitingFor).toMatchObject([{ awaits: 'answer' }])
    await run.answer('two_eyes', 'yes')
    expect((await run.finish()).output).toBe('Done.')
    expect(results(run.allMessages())).toEqual(['two_eyes success: "yes"'])
  })

  it('tells the model when nobody says anything in time', async () => {
    const clock = new ManualClock()
    const { agent } = waiting([calls('pay', 'where'), 'Done.'], { waitTimeoutMs: 1_000 })
    const run = agent.iter('Go.', { clock })
    await run.proceed()
    expect(run.waitingFor.map(({ deadline }) => deadline)).toEqual([
      clock.now() + 1_000,
      clock.now() + 1_000,
    ])
    await clock.advance(1_000)
    expect((await run.finish()).output).toBe('Done.')
    expect(results(run.allMessages())).toEqual([
      'pay denied: "The tool call was not run: nobody approved it in time."',
      'where failed: "The tool call has no result: nobody answered it in time."',
    ])
  })

  it('fails when nobody says anything in time if it is told to, and then waits once more', async () => {
    const clock = new ManualClock()
    const options = { waitTimeoutMs: 1_000, onWaitExpired: 'fail' } as const
    const { agent, done } = waiting([calls('pay'), 'Done.'], options)
    const run = agent.iter('Go.', { clock })
    await run.proceed()
    const failing = errorOf(run.finish())
    await clock.advance(1_000)
    expect(await failing).toBeInstanceOf(WaitExpiredError)
    expect(await run.proceed()).toBe('waiting')
    await run.approve('pay')
    expect((await run.finish()).output).toBe('Done.')
    expect(done).toEqual(['pay 1 true'])
  })

  it('knows a deadline that has passed while it was put away', async () => {
    const clock = new ManualClock()
    const { agent } = waiting([calls('pay'), 'Done.'], { waitTimeoutMs: 1_000 })
    const run = agent.iter('Go.', { clock })
    await run.proceed()
    const saved = JSON.stringify(run.snapshot())
    await clock.advance(5_000)
    const { agent: same, done } = waiting(['Done.'], { waitTimeoutMs: 1_000 })
    const again = same.resume(JSON.parse(saved), { clock })
    expect((await again.finish()).output).toBe('Done.')
    expect(done).toEqual([])
  })

  it('can be cancelled, and then waits on for what it waited for', async () => {
    const { agent, done } = waiting([calls('pay', 'ping'), 'Done.'])
    const run = agent.iter('Go.')
    await run.proceed()
    const failing = errorOf(run.finish())
    run.cancel()
    expect(await failing).toBeInstanceOf(RunCancelledError)
    expect(run.waitingFor).toHaveLength(1)
    await run.approve('pay') // at rest
    expect((await run.finish()).output).toBe('Done.')
    expect(done).toEqual(['ping', 'pay 1 true'])
  })

  it('asks nobody once there is an output', async () => {
    const agent = new Agent({
      model: new ScriptedModel([calls('final_result', 'pay')]),
      tools: [tool({ name: 'pay', needsApproval: true, execute: () => 1 })],
      output: z.object({ ok: z.boolean().default(true) }),
    })
    const result = await agent.run('Go.', { deferred: 'wait' })
    expect(result.output).toEqual({ ok: true })
    expect(results(result.allMessages())).toEqual([
      'final_result success: "Final result processed."',
      'pay success: "Tool not executed - a final result was already processed."',
    ])
  })

  it.each(['graceful', 'exhaustive'] as const)(
    'asks nobody once there is an output, although a tool wanted it: %s',
    async (endStrategy) => {
      const asks = tool({
        name: 'asks',
        execute: () => {
          throw new ApprovalRequired()
        },
      })
      const agent = new Agent({
        model: new ScriptedModel([calls('asks', 'final_result')]),
        tools: [asks],
        output: z.object({ ok: z.boolean().default(true) }),
        endStrategy,
      })
      const run = agent.iter('Go.', { deferred: 'wait' })
      const states = new Set<string>()
      run.actor.subscribe(({ context }) => states.add(context.ledger[0]?.state ?? ''))
      expect((await run.finish()).output).toEqual({ ok: true })
      expect(results(run.allMessages()).toSorted()).toEqual([
        'asks success: "Tool not executed - a final result was already processed."',
        'final_result success: "Final result processed."',
      ])
      expect(states).not.toContain('awaitingApproval')
    },
  )

  it('asks what tools wanted to ask when an output beside them does not do', async () => {
    const agent = new Agent({
      model: new ScriptedModel([calls('asks', 'final_result'), calls('final_result-2')]),
      tools: [
        tool({
          name: 'asks',
          execute: (_, ctx) => {
            if (!ctx.toolCallApproved) throw new ApprovalRequired({ metadata: { why: 'danger' } })
            return ctx.toolCallMetadata
          },
        }),
      ],
      output: z.object({ ok: z.boolean() }),
    })
    const run = agent.iter('Go.', { deferred: 'wait' })
    expect(await run.proceed()).toBe('waiting')
    expect(run.waitingFor).toMatchObject([{ toolCallId: 'asks', metadata: { why: 'danger' } }])
    const again = agent.resume(JSON.parse(JSON.stringify(run.snapshot())))
    await again.approve('asks')
    await errorOf(again.finish())
    expect(results(again.allMessages().slice(0, 3))).toEqual([
      'asks success: {"why":"danger"}',
      'final_result retry-prompt',
    ])
  })

  it('lesson-07: two calls that ask in one step wait each by itself', async () => {
    const { agent, done } = waiting([calls('risky', 'risky'), 'Done.'])
    const run = agent.iter('Go.')
    await run.proceed()
    await run.approve('risky-2')
    await run.proceed()
    const saved = JSON.stringify(run.snapshot())
    const { agent: same, done: later } = waiting(['Done.'])
    const again = same.resume(JSON.parse(saved))
    expect(again.waitingFor.map(({ toolCallId }) => toolCallId)).toEqual(['risky'])
    await again.approve('risky')
    await again.finish()
    expect([done, later]).toEqual([['risky {"why":"danger"}'], ['risky {"why":"danger"}']])
  })

  it('lesson-11: whoever types instead of answering leaves no call without a result', async () => {
    const { agent, done } = waiting([calls('pay', 'where'), 'As you wish.'])
    const run = agent.iter('Go.')
    await run.proceed()
    for (const { toolCallId } of run.waitingFor) await run.deny(toolCallId, 'The user went on.')
    run.enqueue('Forget it.')
    expect((await run.finish()).output).toBe('As you wish.')
    expect(done).toEqual([])
    const [, , ...answers] = run.allMessages()
    expect(answers.slice(0, -1).flatMap((message) => results([message]))).toEqual([
      'pay denied: "The user went on."',
      'where denied: "The user went on."',
      'user-prompt',
    ])
  })
})
