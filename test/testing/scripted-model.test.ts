import { describe, expect, it } from 'vitest'
import { ScriptedModel } from '../../src/testing/index.ts'
import { modelCall } from '../helpers/calls.ts'
import { collect } from '../helpers/events.ts'

const call = modelCall([])

describe('ScriptedModel', () => {
  it('gives its answers in order: texts, responses and functions of the call', async () => {
    const model = new ScriptedModel([
      'one',
      { parts: [], finishReason: 'length' },
      async ({ settings }) => `seed ${settings.seed}`,
    ])
    expect(await model.request(call)).toMatchObject({ parts: [{ content: 'one' }] })
    expect(await model.request(call)).toEqual({
      parts: [],
      finishReason: 'length',
      modelName: 'scripted',
    })
    expect(await model.request({ ...call, settings: { seed: 7 } })).toMatchObject({
      parts: [{ content: 'seed 7' }],
    })
    model.assertDone()
  })

  it('throws an error when its turn comes', async () => {
    const down = new Error('down')
    const model = new ScriptedModel([down, 'up'])
    await expect(model.request(call)).rejects.toBe(down)
    expect(await model.request(call)).toMatchObject({ parts: [{ content: 'up' }] })
  })

  it('fails loudly when asked too often', async () => {
    const model = new ScriptedModel(['only'])
    await model.request(call)
    await expect(model.request(call)).rejects.toThrow(
      new Error('ScriptedModel was asked 2 times but has 1 response'),
    )
    expect(() => model.assertDone()).toThrow('asked 2 times')
  })

  it('fails loudly when answers are left over', async () => {
    const model = new ScriptedModel(['a', 'b'])
    await model.request(call)
    const leftOver = new Error('ScriptedModel was asked 1 time but has 2 responses')
    expect(() => model.assertDone()).toThrow(leftOver)
    expect(() => model[Symbol.dispose]()).toThrow(leftOver)
  })

  describe('when it is asked to stream', () => {
    it('gives a list piece by piece, and anything else in whole parts', async () => {
      const model = new ScriptedModel([
        ['a', { kind: 'thinking', content: 'b' }],
        'whole',
        async function* () {
          yield 'late'
        },
      ])
      expect(await collect(model.stream(call))).toEqual([
        { kind: 'response', modelName: 'scripted' },
        { kind: 'text', content: 'a' },
        { kind: 'thinking', content: 'b' },
      ])
      expect((await collect(model.stream(call)))[1]).toMatchObject({ part: { content: 'whole' } })
      expect((await collect(model.stream(call)))[1]).toEqual({ kind: 'text', content: 'late' })
      model.assertDone()
    })

    it('throws an error, or that it has no answer, at the first pull', async () => {
      const down = new Error('down')
      const model = new ScriptedModel([down])
      const stream = model.stream(call)
      expect(model.calls).toHaveLength(0)
      await expect(stream.next()).rejects.toBe(down)
      await expect(model.stream(call).next()).rejects.toThrow('asked 2 times but has 1 response')
    })

    it('answers with the whole of a list when it is not', async () => {
      const model = new ScriptedModel([['a', 'b', { kind: 'response', finishReason: 'stop' }]])
      expect(await model.request(call)).toMatchObject({
        parts: [{ partKind: 'text', content: 'ab' }],
        finishReason: 'stop',
        modelName: 'scripted',
      })
    })
  })

  it('remembers the calls', async () => {
    const model = new ScriptedModel(['a', 'b'])
    const other = modelCall([], { instructions: 'Be brief.' })
    await model.request(call)
    await model.request(other)
    expect(model.calls).toEqual([call, other])
    expect(model.calls[1]).toBe(other)
  })

  it('has a name, a system, settings and a profile of one’s choice', () => {
    expect(new ScriptedModel([])).toMatchObject({
      modelName: 'scripted',
      system: 'scripted',
      isRemote: false,
    })
    const options = { modelName: 'm', system: 's', settings: { seed: 1 } }
    const model = new ScriptedModel([], { ...options, profile: { supportsImageOutput: true } })
    expect(model).toMatchObject({
      ...options,
      profile: { supportsImageOutput: true, supportsJsonSchemaOutput: true },
    })
  })
})
