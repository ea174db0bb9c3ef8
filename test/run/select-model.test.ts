import { describe, expect, it } from 'vitest'
import { Agent, tool, UserError } from '../../src/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { calls, errorOf, outline } from './scripts.ts'

const ping = tool({ name: 'ping', execute: (_, ctx) => ctx.model.modelName })
const output = { type: 'object', properties: { n: { type: 'number' } } } as const

describe('the model of each request', () => {
  it('is chosen anew, with the context of that step', async () => {
    const small = new ScriptedModel([calls('ping')], { modelName: 'small' })
    const large = new ScriptedModel([calls('ping'), 'fine.'], { modelName: 'large' })
    const seen: unknown[] = []
    const agent = new Agent<undefined>({
      model: small,
      tools: [ping],
      selectModel: (ctx) => {
        seen.push([ctx.runStep, ctx.messages.length])
        return ctx.runStep === 1 ? undefined : large
      },
    })
    const result = await agent.run('Go.')
    expect(seen).toEqual([
      [1, 0],
      [2, 2],
      [3, 4],
    ])
    const returned = result
      .allMessages()
      .flatMap(({ parts }) =>
        parts.flatMap((part) => (part.partKind === 'tool-return' ? [part.content] : [])),
      )
    expect(returned).toEqual(['small', 'large'])
    const answered = result
      .allMessages()
      .flatMap((message) => (message.kind === 'response' ? [message.modelName] : []))
    expect(answered).toEqual(['small', 'large', 'large'])
  })

  it('is asked in the way it likes: by tool or natively, with its own settings', async () => {
    const byTool = new ScriptedModel([{ parts: [{ partKind: 'text', content: 'no' }] }], {
      settings: { seed: 1 },
    })
    const native = new ScriptedModel(['{"n":1}'], {
      profile: { defaultStructuredOutputMode: 'native' },
      settings: { seed: 2 },
    })
    const agent = new Agent({
      model: byTool,
      output,
      selectModel: (ctx) => (ctx.runStep === 1 ? byTool : native),
    })
    expect((await agent.run('Go.')).output).toEqual({ n: 1 })
    const [first, second] = [byTool.calls[0], native.calls[0]]
    expect(first?.parameters).toMatchObject({ outputMode: 'tool', outputObject: null })
    expect(first?.parameters.outputTools).toHaveLength(1)
    expect(second?.parameters).toMatchObject({ outputMode: 'native', outputTools: [] })
    expect([first?.settings.seed, second?.settings.seed]).toEqual([1, 2])
  })

  it('back again is asked as before', async () => {
    const profile = { defaultStructuredOutputMode: 'native' } as const
    const a = new ScriptedModel(['no', '{"n":1}'], { profile })
    const b = new ScriptedModel(['no'])
    const agent = new Agent({
      model: a,
      output,
      retries: 5,
      selectModel: ({ runStep }) => (runStep === 2 ? b : a),
    })
    expect((await agent.run('Go.')).output).toEqual({ n: 1 })
    expect([...a.calls, ...b.calls].map(({ parameters }) => parameters.outputMode)).toEqual([
      'native',
      'native',
      'tool',
    ])
  })

  it('of a run goes before that of the agent, and may be streamed', async () => {
    const model = new ScriptedModel([['from ', 'the run']])
    const agent = new Agent({
      model: new ScriptedModel([]),
      selectModel: () => {
        throw new Error('never asked')
      },
    })
    const stream = agent.stream('Go.', { selectModel: async () => model })
    expect(await stream.output).toBe('from the run')
  })

  it('that cannot be chosen fails the step with the very error; the request shows, and can be repeated', async () => {
    const down = new Error('no model today')
    const model = new ScriptedModel(['fine.'])
    let count = 0
    const run = new Agent({
      model,
      selectModel: () => {
        count += 1
        if (count === 1) throw down
        return model
      },
    }).iter('Go.')
    await run.next()
    expect(await errorOf(run.next())).toBe(down)
    expect(run.nextNode.kind).toBe('model-request')
    expect(outline(run.allMessages())).toEqual([['user-prompt']])
    expect((await run.finish()).output).toBe('fine.')
  })

  it('that is none is refused, and trying again is in vain', async () => {
    let count = 0
    const run = new Agent({
      model: new ScriptedModel([]),
      selectModel: () => {
        count += 1
        return 'nonsense'
      },
    }).iter('Go.')
    await run.next()
    expect(await errorOf(run.next())).toBeInstanceOf(UserError)
    expect(await errorOf(run.next())).toBeInstanceOf(UserError)
    expect(count).toBe(1)
  })
})
