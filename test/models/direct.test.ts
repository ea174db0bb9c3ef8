import { describe, expect, it } from 'vitest'
import { ModelHTTPError, UserError, ValidationError } from '../../src/errors/index.ts'
import type { ModelMessageInput } from '../../src/messages/index.ts'
import {
  FallbackModel,
  forbidModelRequests,
  modelRequest,
  modelRequestStream,
  withSettings,
} from '../../src/models/index.ts'
import { ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { call, outline, rejection } from '../agent/script.ts'
import { tool } from './calls.ts'
import { collected, streaming, text } from './streaming-model.ts'

const busy = new ModelHTTPError({ modelName: 'm', statusCode: 503 })

function says(...content: string[]): ModelMessageInput {
  const parts = content.map((prompt) => ({ partKind: 'user-prompt', content: prompt }) as const)
  return { kind: 'request', parts }
}

describe('modelRequest', () => {
  it('sends a prompt and gives the response, complete', async () => {
    const model = new ScriptedModel([
      { parts: [{ partKind: 'text', content: 'Hello' }], usage: { inputTokens: 3 } },
    ])
    const response = await modelRequest(model, 'Hi')
    expect(response).toMatchObject({
      kind: 'response',
      state: 'complete',
      modelName: 'scripted',
      parts: [{ partKind: 'text', content: 'Hello', id: null }],
      usage: { inputTokens: 3, outputTokens: 0, cost: null },
    })
    expect(Date.parse(response.timestamp)).not.toBeNaN()
    expect(outline(model.calls[0]?.messages ?? [])).toEqual([['user: Hi']])
    expect(model.calls[0]?.parameters).toEqual({
      functionTools: [],
      outputTools: [],
      outputMode: 'text',
      outputObject: null,
      allowTextOutput: true,
      allowImageOutput: false,
      instructionParts: [],
      instructions: null,
    })
  })

  it('completes and repairs a history first', async () => {
    const model = new ScriptedModel(['ok'])
    const history: ModelMessageInput[] = [
      says('One'),
      says('Two'),
      { kind: 'response', parts: [call('ping')] },
      says('Never mind'),
    ]
    await modelRequest(model, history)
    expect(outline(model.calls[0]?.messages ?? [])).toEqual([
      ['user: One', 'user: Two'],
      ['call: ping'],
      [expect.stringMatching(/^ping interrupted: /), 'user: Never mind'],
    ])
  })

  it('passes on settings over those of the model, parameters and signal', async () => {
    const inner = new ScriptedModel(['ok'])
    const model = withSettings(inner, { temperature: 1, topK: 2 })
    const { signal } = new AbortController()
    const clock = new ManualClock()
    await modelRequest(model, 'Hi', {
      settings: { temperature: 0 },
      instructions: 'Be brief.',
      functionTools: [tool('ping')],
      allowTextOutput: false,
      signal,
      clock,
    })
    expect(inner.calls[0]).toMatchObject({
      settings: { temperature: 0, topK: 2 },
      signal,
      clock,
      parameters: {
        functionTools: [{ name: 'ping' }],
        allowTextOutput: false,
        instructions: 'Be brief.',
        instructionParts: [{ content: 'Be brief.', dynamic: false }],
      },
    })
  })

  it('has the instructions of the history unless it has its own', async () => {
    const model = new ScriptedModel(['ok', 'ok', 'ok', 'ok'])
    const history: ModelMessageInput[] = [
      { ...says('Hi'), kind: 'request', instructions: 'Old ones.' } as ModelMessageInput,
    ]
    await modelRequest(model, history)
    await modelRequest(model, history, { instructions: 'New ones.' })
    await modelRequest(model, history, { instructions: null })
    const parts = ['One.', 'Two.'].map((content) => ({ content, dynamic: false }))
    await modelRequest(model, history, { instructionParts: parts })
    expect(model.calls.map(({ parameters }) => parameters.instructions)).toEqual([
      'Old ones.',
      'New ones.',
      null,
      'One.\n\nTwo.',
    ])
  })

  it('goes on under the instructions before a request that only returns results', async () => {
    const model = new ScriptedModel(['ok', 'ok'])
    const prompt = { ...says('Hi'), instructions: 'Be brief.' } as ModelMessageInput
    const asked: ModelMessageInput = { kind: 'response', parts: [call('ping')] }
    const result = { partKind: 'tool-return', toolName: 'ping', content: 'pong' } as const
    const returned: ModelMessageInput = {
      kind: 'request',
      parts: [{ ...result, toolCallId: 'ping' }],
    }
    await modelRequest(model, [prompt, asked, returned])
    await modelRequest(model, [prompt, { kind: 'response', parts: [] }, says('And now?')])
    expect(model.calls.map(({ parameters }) => parameters.instructions)).toEqual([
      'Be brief.',
      null,
    ])
  })

  it('gives a suspended response as it is, and continues one', async () => {
    const model = new ScriptedModel([{ parts: [], state: 'suspended' }, 'done'])
    const suspended = await modelRequest(model, 'Hi')
    expect(suspended.state).toBe('suspended')
    const done = await modelRequest(model, [says('Hi'), suspended])
    expect(done.parts).toMatchObject([{ content: 'done' }])
    expect(model.calls[1]?.messages.at(-1)).toMatchObject({ state: 'suspended' })
  })

  it('takes names, which obey forbidModelRequests', async () => {
    const undo = forbidModelRequests()
    await expect(modelRequest('openai:gpt-5.2', 'Hi', {})).rejects.toThrow(/forbidden/)
    undo()
  })

  it('refuses what cannot be asked', async () => {
    const model = new ScriptedModel([])
    await expect(modelRequest(model, [])).rejects.toThrow(UserError)
    const wrong = [{ kind: 'request', parts: [{ partKind: 'nonsense' }] }] as unknown
    await expect(modelRequest(model, wrong as ModelMessageInput[])).rejects.toThrow(ValidationError)
    await expect(modelRequest('nonsense', 'Hi')).rejects.toThrow(UserError)
  })

  it('throws the error of the model', async () => {
    expect(await rejection(modelRequest(new ScriptedModel([busy]), 'Hi'))).toBe(busy)
  })
})

describe('modelRequestStream', () => {
  it('tells events and then the response', async () => {
    const model = streaming([
      [text('He'), text('llo'), { kind: 'response', usage: { outputTokens: 2 } }],
    ])
    const stream = modelRequestStream(model, 'Hi')
    const kinds = (await collected(stream)).map(({ eventKind }) => eventKind)
    expect(kinds).toEqual(['part_start', 'final_result', 'part_delta', 'part_end'])
    await expect(stream.response).resolves.toMatchObject({
      kind: 'response',
      state: 'complete',
      modelName: 'streaming',
      parts: [{ content: 'Hello' }],
      usage: { outputTokens: 2, cost: null },
    })
  })

  it('gives the response without anybody iterating, and the events afterwards', async () => {
    const stream = modelRequestStream(streaming([[text('He'), text('llo')]]), 'Hi')
    await expect(stream.response).resolves.toMatchObject({ parts: [{ content: 'Hello' }] })
    expect(await collected(stream)).toHaveLength(4)
  })

  it('loses no event when the response is asked for while somebody iterates', async () => {
    const stream = modelRequestStream(streaming([[text('a'), text('b'), text('c')]]), 'Hi')
    const kinds: string[] = []
    let response: Promise<unknown> | undefined
    for await (const { eventKind } of stream) {
      response ??= stream.response
      kinds.push(eventKind)
    }
    expect(kinds).toEqual(['part_start', 'final_result', 'part_delta', 'part_delta', 'part_end'])
    await expect(response).resolves.toMatchObject({ parts: [{ content: 'abc' }] })
  })

  it('asks nobody before somebody pulls, and reads no further than that', async () => {
    const seen: string[] = []
    const model = streaming([[text('a'), () => seen.push('second'), text('b')]])
    const stream = modelRequestStream(model, 'Hi')
    expect(model.calls).toEqual([])
    for await (const { eventKind } of stream) seen.push(eventKind)
    expect(seen).toEqual(['part_start', 'final_result', 'second', 'part_delta', 'part_end'])
  })

  it('closes the stream that is left, and gives what has come', async () => {
    const model = streaming([[text('He'), text('llo')]])
    const stream = modelRequestStream(model, 'Hi')
    for await (const event of stream) if (event.eventKind === 'part_start') break
    expect(model.open).toBe(0)
    await expect(stream.response).resolves.toMatchObject({
      state: 'incomplete',
      parts: [{ content: 'He' }],
    })
    expect(await collected(stream)).toEqual([])
  })

  it('can be left while the response is read', async () => {
    const wait = (signal: AbortSignal): Promise<void> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
    const model = streaming([[text('He'), ({ signal }) => wait(signal), text('llo')]])
    const stream = modelRequestStream(model, 'Hi')
    const { response } = stream
    for await (const event of stream) if (event.eventKind === 'part_start') break
    await expect(response).resolves.toMatchObject({ state: 'incomplete' })
  })

  it('throws an error to who iterates and to who awaits the response', async () => {
    const stream = modelRequestStream(streaming([[text('He'), busy]]), 'Hi')
    const seen: string[] = []
    const iterating = (async () => {
      for await (const { eventKind } of stream) seen.push(eventKind)
    })()
    expect(await rejection(iterating)).toBe(busy)
    expect(seen).toEqual(['part_start', 'final_result'])
    expect(await rejection(stream.response)).toBe(busy)
    expect(await rejection(collected(stream))).toBe(busy)
  })

  it('bothers nobody with an error that nobody waits for', async () => {
    const unhandled: unknown[] = []
    const listen = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', listen)
    const stream = modelRequestStream(streaming([[busy]]), 'Hi')
    expect(await rejection(collected(stream))).toBe(busy)
    void modelRequestStream(streaming([[busy]]), 'Hi').response
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', listen)
    expect(unhandled).toEqual([])
  })

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController()
    const model = streaming([
      [
        text('a'),
        () => controller.abort(new Error('Enough')),
        ({ signal }) => signal.throwIfAborted(),
      ],
    ])
    const { signal } = controller
    const stream = modelRequestStream(model, 'Hi', { signal })
    await expect(collected(stream)).rejects.toThrow('Enough')
  })

  it('streams wrapped models and those that only answer as a whole', async () => {
    const model = new FallbackModel([streaming([[busy]]), new ScriptedModel(['Hello'])])
    const { response } = modelRequestStream(model, 'Hi')
    await expect(response).resolves.toMatchObject({
      modelName: 'scripted',
      parts: [{ content: 'Hello' }],
    })
  })
})
