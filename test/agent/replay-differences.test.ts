import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { outputFunction } from '../../src/output/index.ts'
import type { AgentRun } from '../../src/run/index.ts'
import { memoryStore } from '../../src/store/index.ts'
import { tool } from '../../src/tools/index.ts'
import { type Recorded, looking, looks, replayed, same, silent } from './replays.ts'
import { call, says, script } from './script.ts'

describe('a replay finds', () => {
  it('other instructions', async () => {
    const { difference } = await replayed(looks(), { instructions: 'Be verbose' })
    expect(difference).toMatchObject({
      step: 1,
      kind: 'request',
      place: ['messages', 0, 'instructions'],
      before: 'Be brief',
      after: 'Be verbose',
    })
  })

  it('instructions that change later', async () => {
    const { difference } = await replayed(looks(), {
      instructions: ({ runStep }) => (runStep === 1 ? 'Be brief' : 'Be done'),
    })
    expect(difference).toMatchObject({ step: 2, kind: 'request', after: 'Be done' })
  })

  it('another system prompt', async () => {
    const changes = { systemPrompt: 'Be rude' }
    const { difference } = await replayed(looks({ systemPrompt: 'Be kind' }), changes)
    expect(difference).toMatchObject({
      step: 1,
      kind: 'request',
      place: ['messages', 0, 'parts', 0, 'content'],
      before: 'Be kind',
      after: 'Be rude',
    })
  })

  it('a tool that is gone', async () => {
    const { difference } = await replayed(looks(), { tools: [] })
    expect(difference).toMatchObject({
      step: 1,
      kind: 'tool-call',
      place: ['messages', 1, 'parts', 0, 'toolName'],
      before: 'look',
      message: "The tool 'look' is gone",
    })
  })

  it('a tool that is gone while its call waits', async () => {
    const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
    const options = { deferred: 'wait', tools: [pay], model: script([call('pay')]) } as const
    const drive: Recorded['drive'] = (run) => run.proceed()
    const { difference } = await replayed({ store: memoryStore(), options, drive }, { tools: [] })
    expect(difference).toMatchObject({ step: 1, kind: 'tool-call', before: 'pay' })
  })

  it('no tool that is gone under its new name', async () => {
    const { store, options } = looks()
    const run = new Agent(options).iter('Hello', { store })
    await run.finish()
    const look = tool({ name: 'see', inputSchema: z.object({ at: z.string() }), execute: () => '' })
    const agent = new Agent({ ...options, model: silent, tools: [look] })
    const accept = { tools: { look: 'see' } }
    expect(await agent.replay(run.runId, { store, accept })).toMatchObject(same)
  })

  it('a tool that was unknown and is no more', async () => {
    const options = { model: script([call('look', { at: 'sky' })], [says('Oh')]) }
    const { difference } = await replayed({ store: memoryStore(), options }, { tools: [looking()] })
    expect(difference).toMatchObject({ kind: 'tool-call', message: "The tool 'look' is known now" })
  })

  it('arguments that do not fit any more', async () => {
    const strict = z.object({ at: z.string(), from: z.string() })
    const tools = [tool({ name: 'look', inputSchema: strict, execute: () => 'grey' })]
    const { difference } = await replayed(looks(), { tools })
    expect(difference).toMatchObject({
      step: 1,
      kind: 'tool-call',
      place: ['messages', 1, 'parts', 0, 'args'],
      before: { at: 'sky' },
      after: [{ loc: ['from'] }],
    })
  })

  it('arguments that were refused and fit now', async () => {
    const model = script([call('look', { at: 1 })], [says('Oh')])
    const inputSchema = z.object({ at: z.unknown() })
    const tools = [tool({ name: 'look', inputSchema, execute: () => 'grey' })]
    const { difference } = await replayed(looks({ model }), { tools })
    expect(difference).toMatchObject({
      kind: 'tool-call',
      message: "The arguments of 'look' were refused and fit now",
    })
  })

  it('no arguments that an approval gave instead of the model, and that were refused', async () => {
    const inputSchema = z.object({ at: z.string() })
    const look = tool({ name: 'look', inputSchema, needsApproval: true, execute: () => 'grey' })
    const drive = async (run: AgentRun): Promise<void> => {
      await run.proceed()
      await run.approve('look', { overrideArgs: { at: 1 } })
      await run.finish()
    }
    const { difference } = await replayed({
      ...looks({ tools: [look], deferred: 'wait' }),
      drive,
    })
    expect(difference).toBeNull()
  })

  it('another output, by place', async () => {
    const output = outputFunction({
      name: 'weather',
      inputSchema: z.object({ sky: z.string() }),
      execute: ({ sky }) => ({ weather: { sky, isFine: sky === 'blue' } }),
    })
    const changed = outputFunction({
      name: 'weather',
      inputSchema: z.object({ sky: z.string() }),
      execute: ({ sky }) => ({ weather: { sky, isFine: sky !== 'black' } }),
    })
    const model = script([call('final_result', { sky: 'grey' })])
    const recorded = { store: memoryStore(), options: { model, output } }
    const { difference } = await replayed(recorded, { output: changed })
    expect(difference).toMatchObject({
      step: 1,
      kind: 'output',
      place: ['output', 'weather', 'isFine'],
      before: false,
      after: true,
    })
  })

  it('an output that would be refused', async () => {
    const model = script([call('final_result', { sky: 'grey' })])
    const recorded = {
      store: memoryStore(),
      options: { model, output: z.object({ sky: z.string() }) },
    }
    const output = z.object({ sky: z.string().max(3) })
    const { difference } = await replayed(recorded, { output })
    expect(difference).toMatchObject({ kind: 'output', place: ['output'], before: { sky: 'grey' } })
  })

  it('an output that was refused and is good enough now', async () => {
    const model = script(
      [call('final_result', { sky: 'grey' })],
      [call('final_result', { sky: '-' })],
    )
    const short = { model, output: z.object({ sky: z.string().max(3) }) }
    const output = z.object({ sky: z.string() })
    const { difference } = await replayed({ store: memoryStore(), options: short }, { output })
    expect(difference).toMatchObject({ step: 1, kind: 'output', after: { sky: 'grey' } })
  })

  it('an output that is declared otherwise, although it comes out the same', async () => {
    const model = script([call('final_result', { sky: 'grey' })])
    const recorded = {
      store: memoryStore(),
      options: { model, output: z.object({ sky: z.string() }) },
    }
    const output = z.object({ sky: z.string().describe('Its colour') })
    const { difference } = await replayed(recorded, { output })
    expect(difference).toMatchObject({ kind: 'output', place: ['requires', 'output'] })
  })

  it('tools that are offered, although nobody called them', async () => {
    const look = looking()
    const more = tool({ name: 'listen', execute: () => 'silence' })
    const { difference } = await replayed(looks(), { tools: [look, more] })
    expect(difference).toMatchObject({
      kind: 'request',
      place: ['requires', 'tools'],
      before: ['look'],
      after: ['listen', 'look'],
    })
  })

  it('where the run would fail', async () => {
    const { difference } = await replayed(looks(), { usageLimits: { requestLimit: 1 } })
    expect(difference).toMatchObject({
      step: 2,
      kind: 'end',
      after: { name: 'UsageLimitExceeded' },
    })
  })
})
