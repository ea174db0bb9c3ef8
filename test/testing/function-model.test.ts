import { describe, expect, it } from 'vitest'
import { UserPromptPart } from '../../src/messages/index.ts'
import { FunctionModel, type FunctionModelInfo } from '../../src/testing/index.ts'
import { definition, modelCall, request } from '../helpers/calls.ts'
import { collect } from '../helpers/events.ts'

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

  describe('with a generator', () => {
    async function* words() {
      yield 'Two '
      yield 'words'
      yield { kind: 'tool-call', toolName: 'a', toolCallId: 'c', args: '{' } as const
      yield { kind: 'tool-call', args: '}' } as const
    }

    it('streams: strings are pieces of text, and usage is estimated at the end', async () => {
      const model = new FunctionModel(words)
      expect(await collect(model.stream(modelCall([hello])))).toEqual([
        { kind: 'response', modelName: 'function:words:' },
        { kind: 'text', content: 'Two ' },
        { kind: 'text', content: 'words' },
        { kind: 'tool-call', toolName: 'a', toolCallId: 'c', args: '{' },
        { kind: 'tool-call', args: '}' },
        { kind: 'response', usage: { inputTokens: 52, outputTokens: expect.any(Number) } },
      ])
    })

    it('answers with the whole of it when it is not asked to stream', async () => {
      const response = await new FunctionModel(words).request(modelCall([hello]))
      expect(response).toMatchObject({
        modelName: 'function:words:',
        parts: [
          { partKind: 'text', content: 'Two words' },
          { partKind: 'tool-call', toolName: 'a', args: '{}' },
        ],
        usage: { inputTokens: 52 },
      })
    })

    it('may be a plain one, or be made by the function later', async () => {
      const plain = new FunctionModel(function* () {
        yield 'a'
        yield 'b'
      })
      const later = new FunctionModel(async () => words())
      expect((await collect(plain.stream(modelCall([hello])))).length).toBe(4)
      expect((await collect(later.stream(modelCall([hello])))).length).toBe(6)
    })

    it('that says what it used is believed', async () => {
      const model = new FunctionModel(function* () {
        yield { kind: 'response', usage: { inputTokens: 1 } } as const
        yield 'a'
      })
      const deltas = await collect(model.stream(modelCall([hello])))
      expect(deltas.slice(1)).toEqual([
        { kind: 'response', usage: { inputTokens: 1 } },
        { kind: 'text', content: 'a' },
      ])
    })

    it('fails with its very error where it is thrown, and is closed when it is left', async () => {
      const boom = new Error('boom')
      const log: string[] = []
      const model = new FunctionModel(async function* () {
        try {
          yield 'a'
          throw boom
        } finally {
          log.push('closed')
        }
      })
      const seen: unknown[] = []
      const reading = async () => {
        for await (const delta of model.stream(modelCall([hello]))) seen.push(delta)
      }
      await expect(reading()).rejects.toBe(boom)
      expect(seen).toHaveLength(2)
      for await (const delta of model.stream(modelCall([hello]))) if (delta.kind === 'text') break
      expect(log).toEqual(['closed', 'closed'])
    })
  })

  it('streams an answer that is no stream in whole parts', async () => {
    const deltas = await collect(new FunctionModel(() => 'Hi.').stream(modelCall([hello])))
    expect(deltas).toMatchObject([
      { kind: 'response', modelName: expect.any(String) },
      { kind: 'part', part: { partKind: 'text', content: 'Hi.' } },
      { kind: 'response' },
      { kind: 'response', usage: { inputTokens: 52 } },
    ])
  })
})
