import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { UserError } from '../../src/errors/index.ts'
import {
  FallbackModel,
  limitConcurrency,
  type Model,
  type ModelInput,
  retrying,
  withSettings,
  WrapperModel,
} from '../../src/models/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { modelCall, response } from './calls.ts'
import { collected, streaming, text, textOf } from './streaming-model.ts'

describe('withSettings', () => {
  it('lies on the settings of the model and under those of the agent', async () => {
    const inner = new ScriptedModel(['ok'], { settings: { temperature: 1, topK: 1, seed: 1 } })
    const model = withSettings(inner, { topK: 2, seed: 2 })
    await new Agent({ model, modelSettings: { seed: 3 } }).run('Hi')
    expect(inner.calls[0]?.settings).toEqual({ temperature: 1, topK: 2, seed: 3 })
  })

  it('can be put on again, and on a name', () => {
    const model = withSettings(withSettings('openai:gpt-5.2', { topK: 1, seed: 1 }), { seed: 2 })
    expect(model.settings).toEqual({ topK: 1, seed: 2 })
    expect(model.modelName).toBe('gpt-5.2')
    expect(inspect(model)).toBe('ModelWithSettings(ModelWithSettings(openai:gpt-5.2))')
  })
})

describe('wrappers', () => {
  const wrappers: readonly { name: string; wrap: (model: ModelInput) => Model }[] = [
    { name: 'WrapperModel', wrap: (model) => new WrapperModel(model) },
    { name: 'withSettings', wrap: (model) => withSettings(model, { topK: 1 }) },
    { name: 'retrying', wrap: (model) => retrying(model) },
    { name: 'limitConcurrency', wrap: (model) => limitConcurrency(model, { maxConcurrent: 1 }) },
    { name: 'FallbackModel', wrap: (model) => new FallbackModel([model]) },
  ]
  const pairs = wrappers.flatMap((outer) =>
    wrappers.map((inner) => ({
      outer: outer.name,
      inner: inner.name,
      wrap: (model: Model) => outer.wrap(inner.wrap(model)),
    })),
  )

  it.each(pairs)('$outer of $inner passes on what the model is and says', async ({ wrap }) => {
    const model = streaming([[text('He'), text('llo')], [text('Hi')]], {
      isRemote: true,
      profile: { supportsImageOutput: true },
      continuationDelayMs: () => 7,
    })
    const wrapped = wrap(model)
    expect(wrapped).toMatchObject({ isRemote: true, profile: model.profile })
    expect(wrapped.continuationDelayMs?.(response())).toBe(7)
    expect(textOf(await collected(wrapped.stream?.(modelCall()) ?? none()))).toBe('He|llo')
    expect(await wrapped.request(modelCall())).toMatchObject({ parts: [{ content: 'Hi' }] })
  })

  it.each(pairs)(
    '$outer of $inner streams a model that only answers as a whole',
    async ({ wrap }) => {
      const wrapped = wrap(new ScriptedModel(['Hello']))
      const parts = (await collected(wrapped.stream?.(modelCall()) ?? none())).filter(
        ({ kind }) => kind === 'part',
      )
      expect(parts).toMatchObject([{ part: { content: 'Hello' } }])
      expect(wrapped.continuationDelayMs?.(response())).toBe(0)
    },
  )

  it('wrap nothing that is no model', () => {
    for (const { wrap } of wrappers) expect(() => wrap({} as Model)).toThrow(UserError)
  })
})

async function* none(): AsyncGenerator<never> {}
