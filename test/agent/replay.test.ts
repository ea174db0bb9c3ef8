import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { ModelRetry, SnapshotMismatchError, ToolFailed } from '../../src/errors/index.ts'
import { deferredToolRequests } from '../../src/output/index.ts'
import { memoryStore } from '../../src/store/index.ts'
import { tool, toolReturn } from '../../src/tools/index.ts'
import {
  looked,
  looking,
  looks,
  type Options,
  type Recorded,
  replayed,
  same,
  silent,
} from './replays.ts'
import { call, rejection, says, script } from './script.ts'

describe('a replay finds no difference', () => {
  it('with the same code, and asks no model and runs no tool', async () => {
    looked.length = 0
    const report = await replayed(looks())
    expect(report).toMatchObject({ steps: 2, ...same })
    expect(looked).toEqual(['sky']) // when it was recorded
  })

  const clever = tool({
    name: 'clever',
    execute: (_, { toolCallId }) => {
      if (toolCallId === 'fails') throw new ToolFailed('No')
      if (toolCallId === 'retries') throw new ModelRetry('Better')
      return toolReturn({ value: 1, content: `About ${toolCallId}`, metadata: { a: 1 } })
    },
  })
  const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
  const chosen = script([call('look', { at: 'sky' })], [says('Done')])
  const digits = z.object({ digits: z.string().regex(/^\d+$/) })
  const final = (args: Readonly<Record<string, unknown>>, id = 'final_result') =>
    call('final_result', args, id)

  it.each<{ what: string; options: Partial<Options>; drive?: Recorded['drive'] }>([
    {
      what: 'tools that fail, ask again and say more',
      options: {
        tools: [clever],
        model: script(
          [call('clever', {}, 'fails'), call('clever', {}, 'retries'), call('clever', {}, 'more')],
          [call('clever', {}, 'one'), call('clever', {}, 'two')],
          [says('Done')],
        ),
      },
    },
    {
      what: 'unknown tools and arguments that do not fit',
      options: {
        tools: [looking()],
        model: script([call('gaze')], [call('look', { at: 1 })], [says('Done')]),
        retries: 3,
      },
    },
    {
      what: 'system prompts and instructions of each request',
      options: {
        tools: [looking()],
        systemPrompt: ['Be kind', () => 'Be wise'],
        instructions: ['Be brief', (ctx) => `Request ${ctx.runStep}`],
        model: script([call('look', { at: 'sky' })], [says('Done')]),
      },
    },
    {
      what: 'an output that was refused at first',
      options: {
        output: digits,
        model: script([final({ digits: 'a' })], [says('42')], [final({ digits: '42' }, 'again')]),
        retries: 3,
      },
    },
    {
      what: 'tools beside the output',
      options: {
        output: digits,
        tools: [looking()],
        model: script([call('look', { at: 'sky' }), final({ digits: '1' })]),
      },
    },
    {
      what: 'an end that leaves the tools out',
      options: {
        output: digits,
        endStrategy: 'early',
        tools: [looking()],
        model: script([call('look', { at: 1 }), final({ digits: '1' })]),
      },
    },
    {
      what: 'an end with calls for somebody else',
      options: {
        output: [z.object({ never: z.string() }), deferredToolRequests],
        tools: [pay, looking()],
        model: script([call('pay'), call('look', { at: 'till' })]),
      },
    },
    {
      what: 'a validator that asks again',
      options: {
        outputValidators: [
          (output) => {
            if (output === 'No') throw new ModelRetry('Say yes')
            return output
          },
        ],
        model: script([says('No')], [says('Yes')]),
      },
    },
    {
      what: 'messages that were enqueued on the way',
      options: {
        tools: [
          tool({
            name: 'tell',
            execute: (_, ctx) => {
              ctx.enqueue('Hurry')
              ctx.enqueue('One more thing', { priority: 'when_idle' })
            },
          }),
        ],
        model: script([call('tell')], [says('First')], [says('Second')]),
      },
    },
    {
      what: 'a model that is chosen for each request',
      options: { selectModel: () => chosen, tools: [looking()], model: silent },
    },
    {
      what: 'a call that was denied while the run waited',
      options: {
        deferred: 'wait',
        tools: [pay, looking()],
        model: script([call('pay'), call('look', { at: 'till' })], [says('Done')]),
      },
      drive: async (run) => {
        await run.proceed()
        await run.deny('pay', 'Too much')
        await run.finish()
      },
    },
    {
      what: 'a run that still waits',
      options: {
        deferred: 'wait',
        tools: [pay, looking()],
        model: script([call('pay'), call('look', { at: 'till' })]),
      },
      drive: (run) => run.proceed(),
    },
    {
      what: 'a run that rests in the middle',
      options: {
        tools: [looking()],
        model: script([call('look', { at: 'sky' })]),
      },
      drive: async (run) => {
        for (let i = 0; i < 3; i += 1) await run.next()
      },
    },
    {
      what: 'a run that failed',
      options: {
        tools: [looking()],
        model: script([call('look', { at: 'sky' })], new Error('Overloaded')),
      },
      drive: (run) => rejection(run.finish()),
    },
    {
      what: 'a run whose limit was raised on the way',
      options: {
        tools: [looking()],
        usageLimits: { requestLimit: 1 },
        model: script([call('look', { at: 'sky' })], [says('Done')]),
      },
      drive: async (run) => {
        await rejection(run.finish())
        await run.next(undefined, { usageLimits: { requestLimit: 2 } })
        await run.finish()
      },
    },
    {
      what: 'a run that was not begun',
      options: { model: script() },
      drive: (run) => run.save(),
    },
  ])('in $what', async ({ options, drive }) => {
    const report = await replayed({ store: memoryStore(), options, ...(drive && { drive }) })
    expect(report).toMatchObject(same)
  })

  it('in a run of which the store keeps the latest step only', async () => {
    const store = memoryStore({ retention: { keepSteps: 1 } })
    const report = await replayed({ ...looks(), store })
    expect(report).toMatchObject({ steps: 2, ...same })
  })

  it('in runs that go on from a history, from results of calls, or from a fork', async () => {
    const store = memoryStore()
    const output = [z.string(), deferredToolRequests] as const
    const options = { tools: [pay, looking()], output: [...output] }
    const asking = new Agent({
      ...options,
      model: script([call('pay'), call('look', { at: 'till' })]),
    })
    const first = await asking.run('Pay', { store })
    const telling = new Agent({
      ...options,
      model: script([call('final_result', { response: 'Paid' })]),
    })
    const second = telling.iter(null, {
      store,
      messageHistory: first.allMessages(),
      deferredToolResults: { approvals: { pay: true } },
    })
    await second.finish()
    const agent = new Agent({ ...options, model: silent })
    expect(await agent.replay(second.runId, { store })).toMatchObject({ steps: 1, ...same })
    const changed = new Agent({ ...options, model: silent, tools: [looking()] })
    const { difference } = await changed.replay(second.runId, { store })
    expect(difference).toMatchObject({
      kind: 'tool-call',
      place: ['messages', 1, 'parts', 0, 'toolName'],
    })
    const steps = await store.history(second.runId)
    const sent = steps.find(({ state }) => state === 'ModelRequest')
    const model = script([call('final_result', { response: 'Paid twice' })])
    const fork = await agent.fork(second.runId, { store, model, ...(sent && { seq: sent.seq }) })
    await fork.finish()
    expect(await agent.replay(fork.runId, { store, model })).toMatchObject({ steps: 1, ...same })
  })
})

describe('a replay', () => {
  it('is refused without the deps that the run had', async () => {
    const store = memoryStore()
    const agent = new Agent({ model: script([says('Hi')]) })
    const run = agent.iter('Hello', { store, deps: { db: 1 } })
    await run.finish()
    const error = await rejection(agent.replay(run.runId, { store }))
    expect(error).toBeInstanceOf(SnapshotMismatchError)
    expect(await agent.replay(run.runId, { store, deps: { db: 1 } })).toMatchObject(same)
  })
})
