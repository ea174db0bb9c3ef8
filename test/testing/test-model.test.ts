import { describe, expect, it } from 'vitest'
import {
  type ModelMessage,
  type ModelResponseInput,
  RetryPromptPart,
  SystemPromptPart,
  ToolCallPart,
  ToolReturnPart,
  UserPromptPart,
} from '../../src/messages/index.ts'
import type { ModelRequestParameters } from '../../src/models/index.ts'
import { TestModel } from '../../src/testing/index.ts'
import { RequestUsage } from '../../src/usage/index.ts'
import { definition, modelCall, request } from '../helpers/calls.ts'
import { collect } from '../helpers/events.ts'

const at = '2026-01-01T00:00:00Z'
const integer = { type: 'integer' }
const add = definition('add', { x: integer, y: integer })
const greet = definition('greet', { name: { type: 'string' } })
const output = definition('final_result', { ok: { type: 'boolean' } }, { kind: 'output' })
const asked = request(UserPromptPart('add please', at))

/** The response a run makes of a model's answer. */
function answered({ parts }: ModelResponseInput): ModelMessage {
  return {
    parts: parts.map((part) => {
      if (part.partKind !== 'tool-call') throw new Error('only calls here')
      return ToolCallPart({ toolCallId: 'call', ...part })
    }),
    usage: RequestUsage(),
    modelName: 'test',
    timestamp: at,
    kind: 'response',
    providerName: null,
    providerUrl: null,
    providerDetails: null,
    providerResponseId: null,
    finishReason: null,
    runId: null,
    conversationId: null,
    metadata: null,
    state: 'complete',
  }
}

function returned(toolName: string, content: unknown) {
  return ToolReturnPart({ toolName, content, toolCallId: 'call', timestamp: at })
}

/** A conversation in which the model called `add` and is asked again with these parts. */
function afterCall(...parts: Parameters<typeof request>): readonly ModelMessage[] {
  const call = {
    parts: [{ partKind: 'tool-call', toolName: 'add', args: { x: 0, y: 0 } }],
  } as const
  return [asked, answered(call), request(...parts)]
}

function ask(
  model: TestModel,
  messages: readonly ModelMessage[],
  parameters: Partial<ModelRequestParameters> = {},
) {
  return model.request(modelCall(messages, parameters))
}

describe('TestModel', () => {
  it('calls every tool first, with arguments made from its schema', async () => {
    expect(await ask(new TestModel(), [asked], { functionTools: [add, greet] })).toMatchObject({
      parts: [
        {
          partKind: 'tool-call',
          toolName: 'add',
          args: { x: 0, y: 0 },
          toolCallId: 'pyd_ai_tool_call_id__add',
        },
        {
          partKind: 'tool-call',
          toolName: 'greet',
          args: { name: 'a' },
          toolCallId: 'pyd_ai_tool_call_id__greet',
        },
      ],
      modelName: 'test',
      providerName: 'test',
    })
  })

  it('calls only the tools it is told to', async () => {
    const functionTools = [add, greet]
    const some = await ask(new TestModel({ callTools: ['greet'] }), [asked], { functionTools })
    expect(some.parts).toMatchObject([{ toolName: 'greet' }])
    const none = await ask(new TestModel({ callTools: [] }), [asked], { functionTools })
    expect(none.parts).toMatchObject([{ content: 'success (no tool calls)' }])
    await expect(
      ask(new TestModel({ callTools: ['sing'] }), [asked], { functionTools }),
    ).rejects.toThrow("TestModel is to call 'sing', and the agent offers 'add', 'greet'")
  })

  it('answers with the JSON of all tool results', async () => {
    const messages = afterCall(returned('add', 0), returned('greet', 'hi'), returned('x', null))
    const { parts } = await ask(new TestModel(), messages, { functionTools: [add] })
    expect(parts).toEqual([{ partKind: 'text', content: '{"add":0,"greet":"hi","x":null}' }])
  })

  it('says so when there were no tools', async () => {
    const { parts } = await ask(new TestModel(), [asked])
    expect(parts).toEqual([{ partKind: 'text', content: 'success (no tool calls)' }])
  })

  it('answers through the output tool where it must', async () => {
    const parameters = {
      outputTools: [output],
      outputMode: 'tool',
      allowTextOutput: false,
    } as const
    const messages = afterCall(returned('add', 0))
    expect((await ask(new TestModel(), messages, parameters)).parts).toEqual([
      {
        partKind: 'tool-call',
        toolName: 'final_result',
        args: { ok: false },
        toolCallId: 'pyd_ai_tool_call_id__final_result',
      },
    ])
    const custom = new TestModel({ customOutputArgs: { ok: true } })
    expect((await ask(custom, messages, parameters)).parts).toMatchObject([{ args: { ok: true } }])
  })

  it('wraps custom arguments as the output tool does', async () => {
    const wrapped = definition(
      'final_result',
      { response: integer },
      { outerTypedDictKey: 'response' },
    )
    const parameters = { outputTools: [wrapped], allowTextOutput: false }
    const custom = new TestModel({ customOutputArgs: 42 })
    expect((await ask(custom, [asked], parameters)).parts).toMatchObject([
      { args: { response: 42 } },
    ])
    expect((await ask(new TestModel(), [asked], parameters)).parts).toMatchObject([
      { args: { response: 0 } },
    ])
  })

  it('chooses among output tools by its seed', async () => {
    const outputTools = ['a', 'b', 'c'].map((name) => definition(name))
    const chosen = async (seed: number) =>
      (await ask(new TestModel({ seed }), [asked], { outputTools, allowTextOutput: false })).parts
    expect(await chosen(0)).toMatchObject([{ toolName: 'a' }])
    expect(await chosen(4)).toMatchObject([{ toolName: 'b' }])
  })

  it.each(['native', 'prompted'] as const)('writes JSON text for %s output', async (outputMode) => {
    const jsonSchema = {
      type: 'object',
      properties: { city: { enum: ['Oslo'] } },
      required: ['city'],
    }
    const outputObject = { name: 'City', description: null, jsonSchema, strict: null }
    const parameters = { outputMode, outputObject }
    expect((await ask(new TestModel(), [asked], parameters)).parts).toEqual([
      { partKind: 'text', content: '{"city":"Oslo"}' },
    ])
    const custom = new TestModel({ customOutputArgs: { city: 'Bergen' } })
    expect((await ask(custom, [asked], parameters)).parts).toEqual([
      { partKind: 'text', content: '{"city":"Bergen"}' },
    ])
  })

  it('answers with a text of one’s own', async () => {
    const model = new TestModel({ customOutputText: 'Done.' })
    expect((await ask(model, [asked])).parts).toEqual([{ partKind: 'text', content: 'Done.' }])
    await expect(
      ask(model, [asked], { outputTools: [output], allowTextOutput: false }),
    ).rejects.toThrow('`customOutputText` is set, and this run takes no text')
  })

  it('does not take two outputs, nor make what it cannot', async () => {
    expect(() => new TestModel({ customOutputText: 'a', customOutputArgs: 1 })).toThrow('not both')
    const parameters = {
      allowTextOutput: false,
      allowImageOutput: true,
      outputMode: 'image',
    } as const
    await expect(ask(new TestModel(), [asked], parameters)).rejects.toThrow(
      'This run takes no output that TestModel can make. Answer with a `FunctionModel` instead',
    )
  })

  it('repeats the calls that it is asked to retry', async () => {
    const retry = (toolName: string | null) =>
      RetryPromptPart({ content: 'bad', toolName, toolCallId: 'call', timestamp: at })
    const parameters = {
      functionTools: [add, greet],
      outputTools: [output],
      allowTextOutput: false,
    }
    const parts = async (toolName: string | null) =>
      (await ask(new TestModel(), afterCall(returned('add', 0), retry(toolName)), parameters)).parts
    expect(await parts('greet')).toMatchObject([{ toolName: 'greet' }])
    expect(await parts('final_result')).toMatchObject([{ toolName: 'final_result' }])
    expect(await parts(null)).toMatchObject([{ toolName: 'final_result' }])
  })

  it.each([
    ['word by word', 'one  two\nthree', ['one  ', 'two\n', 'three']],
    ['in two halves when there is one', 'word', ['wo', 'rd']],
    ['whole when there is less', 'a', ['a']],
    ['all the same when there is none', '', ['']],
  ])('streams text %s', async (_, customOutputText, pieces) => {
    const model = new TestModel({ customOutputText })
    const deltas = await collect(model.stream(modelCall([asked])))
    expect(deltas.flatMap((delta) => (delta.kind === 'text' ? [delta.content] : []))).toEqual(
      pieces,
    )
    const { parts, ...facts } = await model.request(modelCall([asked]))
    expect(deltas.at(-1)).toEqual({ kind: 'response', ...facts })
    expect(parts).toEqual([{ partKind: 'text', content: customOutputText }])
  })

  it('streams calls as a whole', async () => {
    const call = modelCall([asked], { functionTools: [add, greet] })
    const deltas = await collect(new TestModel().stream(call))
    expect(deltas.map(({ kind }) => kind)).toEqual(['part', 'part', 'response'])
  })

  it('remembers what it was offered', async () => {
    const model = new TestModel()
    expect(model.lastModelRequestParameters).toBeNull()
    await ask(model, [asked], { functionTools: [add] })
    expect(model.lastModelRequestParameters).toMatchObject({ functionTools: [add] })
  })

  // The dump of a real conversation.
  it('estimates usage as the reference does', async () => {
    const model = new TestModel()
    const first = request(SystemPromptPart('You are a test.', at), UserPromptPart('add please', at))
    const call = await ask(model, [first], { functionTools: [add] })
    expect(call.usage).toEqual({ inputTokens: 57, outputTokens: 6 })
    const messages = [first, answered(call), request(returned('add', 0))]
    const answer = await ask(model, messages, { functionTools: [add] })
    expect(answer.usage).toEqual({ inputTokens: 58, outputTokens: 9 })
  })
})
