import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import type { SystemPrompt } from '../../src/index.ts'
import { functionToolset } from '../../src/toolsets/index.ts'
import type { ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, outline, script } from './script.ts'

function instructionsOf(model: ScriptedModel): (string | null | undefined)[] {
  return model.calls.map(({ parameters }) => parameters.instructions)
}

describe('instructions', () => {
  it('fixed ones are one paragraph, then those of toolsets, then what functions say', async () => {
    const model = script('ok')
    const agent = new Agent({
      model,
      instructions: ['lit1', () => 'dyn1', 'lit2'],
      toolsets: [functionToolset([], { instructions: 'ts-static' })],
    })
    const run = agent.iter('Hi', { instructions: 'runlit' })
    await run.finish()
    const whole = 'lit1\nlit2\nrunlit\n\nts-static\n\ndyn1'
    expect(instructionsOf(model)).toEqual([whole])
    expect(run.allMessages()[0]).toMatchObject({ instructions: whole })
  })

  it.each([
    { why: 'none are given', instructions: [] },
    { why: 'all are blank', instructions: ['', ' ', () => '\n'] },
    { why: 'functions have nothing to say', instructions: [() => null, () => undefined] },
  ])('are null when $why', async ({ instructions }) => {
    const model = script('ok')
    const run = new Agent({ model, instructions }).iter('Hi')
    await run.finish()
    expect(instructionsOf(model)).toEqual([null])
    expect(run.allMessages()[0]).toMatchObject({ instructions: null })
  })

  it('functions are asked for every request and may be asynchronous', async () => {
    const model = script([call('ping')], 'ok')
    const agent = new Agent({
      model,
      tools: [tool({ name: 'ping', execute: () => 'pong' })],
      instructions: async (ctx) => {
        await Promise.resolve()
        return `step ${ctx.runStep}, ${ctx.messages.length} messages, ${JSON.stringify(ctx.prompt)}`
      },
    })
    await agent.run('Hi')
    expect(instructionsOf(model)).toEqual(['step 1, 1 messages, "Hi"', 'step 2, 3 messages, "Hi"'])
  })

  it('alone are enough to ask the model', async () => {
    const model = script('ok')
    const result = await new Agent({ model, instructions: 'Say something.' }).run(null)
    expect(result.output).toBe('ok')
    expect(model.calls[0]?.messages).toMatchObject([{ parts: [], instructions: 'Say something.' }])
  })

  it('that throw fail the step, and the next try asks them again', async () => {
    const said: string[] = []
    const trouble = new Error('no database')
    const agent = new Agent({
      model: script('ok'),
      instructions: () => {
        if (said.push('asked') === 1) throw trouble
        return 'fine now'
      },
    })
    const run = agent.iter('Hi')
    await expect(run.finish()).rejects.toBe(trouble)
    expect(outline(run.allMessages())).toEqual([['user: Hi']])
    expect((await run.finish()).output).toBe('ok')
    expect(outline(run.allMessages())).toEqual([['user: Hi'], ['text: ok']])
  })

  it('nothing at all to send is refused', async () => {
    const message = 'No message history, user prompt, or instructions provided'
    await expect(new Agent({ model: script() }).run(null)).rejects.toThrow(message)
  })
})

describe('system prompts', () => {
  it('stand before the first prompt, in order, without the empty ones', async () => {
    const model = script('ok')
    const systemPrompt: SystemPrompt<unknown>[] = [
      'fixed',
      () => null,
      async (ctx) => `run of ${ctx.agentName ?? 'nobody'}`,
      { dynamicRef: 'later', render: () => undefined },
    ]
    const run = new Agent({ model, name: 'anna', systemPrompt }).iter('Hi')
    await run.finish()
    expect(outline(run.allMessages())[0]).toEqual([
      'system: fixed',
      'system: run of anna',
      'system: ',
      'user: Hi',
    ])
  })

  it('are not added to a history', async () => {
    const agent = new Agent({ model: script('one', 'two'), systemPrompt: 'Be brief.' })
    const first = await agent.run('Hi')
    const second = await agent.run('More', { messageHistory: first.allMessages() })
    expect(outline(second.allMessages())).toEqual([
      ['system: Be brief.', 'user: Hi'],
      ['text: one'],
      ['user: More'],
      ['text: two'],
    ])
  })

  it('dynamic ones are written anew in later runs, fixed ones and unknown ones stay', async () => {
    let day = 'Monday'
    const today = { dynamicRef: 'today', render: () => (day === '' ? null : `It is ${day}.`) }
    const gone = { dynamicRef: 'gone', render: () => 'Old.' }
    const before = new Agent({ model: script('one'), systemPrompt: ['Fixed.', today, gone] })
    const first = await before.run('Hi')
    day = 'Tuesday'
    const after = new Agent({ model: script('two', 'three'), systemPrompt: ['Other.', today] })
    const second = await after.run('More', { messageHistory: first.allMessages() })
    expect(outline(second.allMessages())[0]).toEqual([
      'system: Fixed.',
      'system: It is Tuesday.',
      'system: Old.',
      'user: Hi',
    ])
    expect(outline(first.allMessages())[0]).toContain('system: It is Monday.')
    day = ''
    const third = await after.run('More', { messageHistory: second.allMessages() })
    expect(third.allMessages()[0]?.parts[1]).toMatchObject({ content: '', dynamicRef: 'today' })
  })
})
