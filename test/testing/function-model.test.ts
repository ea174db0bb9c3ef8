import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors/index.ts'
import { UserPromptPart } from '../../src/messages/index.ts'
import { FunctionModel, type FunctionModelInfo } from '../../src/testing/index.ts'
import { definition, modelCall, request } from '../helpers/calls.ts'

const hello = request(UserPromptPart('Hello there', '2026-01-01T00:00:00Z'))

describe('FunctionModel', () => {
  it('answers with what its function makes of the messages', async () => {
    const model = new FunctionModel(async (messages) => ({
      parts: [{ partKind: 'text', content: `${messages.length} message` }],
    }))
    expect(await model.request(modelCall([hello]))).toMatchObject({
      parts: [{ partKind: 'text', content: '1 message' }],
    })
  })

  it('takes a string for a response of one text', async () => {
    const { parts } = await new FunctionModel(() => 'Hi.').request(modelCall([hello]))
    expect(parts).toEqual([{ partKind: 'text', content: 'Hi.' }])
  })

  it('tells its function all about the request', async () => {
    const seen: FunctionModelInfo[] = []
    const model = new FunctionModel((_, info) => {
      seen.push(info)
      return ''
    })
    const call = {
      ...modelCall([hello], {
        functionTools: [definition('a')],
        outputTools: [definition('b', {}, { kind: 'output' })],
        allowTextOutput: false,
        outputMode: 'tool',
        instructions: 'Be brief.',
        instructionParts: [{ content: 'Be brief.', dynamic: false }],
      }),
      settings: { temperature: 0 },
    }
    await model.request(call)
    const { parameters, settings, signal } = call
    const { allowImageOutput: _, ...named } = parameters
    expect(seen).toEqual([{ ...named, modelSettings: settings, signal, parameters }])
  })

  it('is named after its function', () => {
    async function agree() {
      return 'Yes.'
    }
    expect(new FunctionModel(agree)).toMatchObject({
      modelName: 'function:agree:',
      system: 'function',
      isRemote: false,
      settings: {},
    })
    const options = { modelName: 'm', system: 's', settings: { seed: 1 } }
    expect(new FunctionModel(agree, options)).toMatchObject(options)
  })

  it('has a profile that can do all but images', () => {
    expect(
      new FunctionModel(() => '', { profile: { supportsTools: false } }).profile,
    ).toMatchObject({
      supportsTools: false,
      supportsJsonSchemaOutput: true,
      supportsJsonObjectOutput: true,
      supportsImageOutput: false,
      supportsInlineSystemPrompts: false,
      defaultStructuredOutputMode: 'tool',
    })
  })

  it('names itself and estimates usage where the response does not', async () => {
    const plain = await new FunctionModel(() => 'Two words', { modelName: 'm' }).request(
      modelCall([hello]),
    )
    expect(plain).toMatchObject({ modelName: 'm', usage: { inputTokens: 52, outputTokens: 2 } })
    const own = { parts: [], modelName: 'other', usage: { inputTokens: 1 } }
    expect(await new FunctionModel(() => own).request(modelCall([hello]))).toEqual(own)
  })

  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  const pit = Array.from({ length: 100_000 }).reduce<object>((inner) => ({ inner }), {})
  it.each([
    ['circular', circle, 1],
    ['deep', { pit }, 1],
    ['big', { id: 2n ** 64n, word: 'one' }, 7],
  ])('estimates the usage of %s arguments all the same', async (_, args, outputTokens) => {
    const model = new FunctionModel(() => ({
      parts: [{ partKind: 'tool-call', toolName: 't', args }],
    }))
    expect(await model.request(modelCall([hello]))).toMatchObject({ usage: { outputTokens } })
  })

  it('fails with the very error of its function', async () => {
    const boom = new Error('boom')
    const model = new FunctionModel(() => {
      throw boom
    })
    await expect(model.request(modelCall([hello]))).rejects.toBe(boom)
  })

  it('refuses a generator, since it cannot stream yet', async () => {
    async function* words() {
      yield 'Hi'
    }
    // What a caller without types may pass.
    const model: FunctionModel = Reflect.construct(FunctionModel, [words])
    await expect(model.request(modelCall([hello]))).rejects.toThrow(UserError)
    await expect(model.request(modelCall([hello]))).rejects.toThrow(
      "The function of model 'function:words:' is a generator",
    )
  })
})
