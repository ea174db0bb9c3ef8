import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import type {
  ModelMessageInput,
  ModelRequestInput,
  ModelResponseInput,
} from '../../src/messages/index.ts'
import { ModelRequestNode } from '../../src/nodes/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, listOf, outline, rejection, says, script } from './script.ts'

const ping = tool({ name: 'ping', execute: () => 'pong' })

function asked(content: string, more: Partial<ModelRequestInput> = {}): ModelMessageInput {
  return { kind: 'request', parts: [{ partKind: 'user-prompt', content }], ...more }
}

function said(
  parts: ModelResponseInput['parts'],
  more: Partial<ModelResponseInput> = {},
): ModelMessageInput {
  return { kind: 'response', parts, modelName: 'earlier', ...more }
}

function returned(toolName: string, content: unknown): ModelMessageInput {
  return {
    kind: 'request',
    parts: [{ partKind: 'tool-return', toolName, content, toolCallId: toolName }],
  }
}

const interruptedText = 'The tool call was interrupted before a result was produced.'
const suspended = { state: 'suspended' as const, providerResponseId: 'job' }

describe('the first step of a run', () => {
  it.each<{
    last: string
    prompt: string | null
    history: ModelMessageInput[]
    instructions?: string
    kinds: string[]
    messages: string[][]
    isNew: number
  }>([
    {
      last: 'nothing',
      prompt: 'Hi',
      history: [],
      kinds: ['user-prompt', 'model-request', 'call-tools', 'end'],
      messages: [['system: Be brief.', 'user: Hi'], ['text: ok']],
      isNew: 2,
    },
    {
      last: 'nothing',
      prompt: null,
      history: [],
      kinds: ['user-prompt', 'model-request', 'call-tools', 'end'],
      messages: [['system: Be brief.'], ['text: ok']],
      isNew: 2,
    },
    {
      last: 'a request',
      prompt: null,
      history: [asked('Hi')],
      kinds: ['user-prompt', 'model-request', 'call-tools', 'end'],
      messages: [['user: Hi'], ['text: ok']],
      isNew: 1,
    },
    {
      last: 'a request',
      prompt: 'More',
      history: [asked('Hi')],
      kinds: ['user-prompt', 'model-request', 'call-tools', 'end'],
      messages: [['user: Hi'], ['user: More'], ['text: ok']],
      isNew: 2,
    },
    {
      last: 'a suspended response',
      prompt: null,
      history: [asked('Hi'), said([says('o')], suspended)],
      kinds: ['user-prompt', 'model-request', 'call-tools', 'end'],
      messages: [['user: Hi'], ['text: o', 'text: ok']],
      isNew: 1,
    },
    {
      last: 'a response with calls',
      prompt: null,
      history: [asked('Hi'), said([call('ping')])],
      kinds: ['user-prompt', 'call-tools', 'model-request', 'call-tools', 'end'],
      messages: [['user: Hi'], ['call: ping'], ['ping returned: pong'], ['text: ok']],
      isNew: 2,
    },
    {
      last: 'a response without calls, but there are instructions',
      prompt: null,
      history: [asked('Hi'), said([says('Hello')])],
      instructions: 'Go on.',
      kinds: ['user-prompt', 'model-request', 'call-tools', 'end'],
      messages: [['user: Hi'], ['text: Hello'], [], ['text: ok']],
      isNew: 2,
    },
    {
      last: 'a response without calls',
      prompt: null,
      history: [asked('Hi'), said([says('Hello')])],
      kinds: ['user-prompt', 'call-tools', 'end'],
      messages: [['user: Hi'], ['text: Hello']],
      isNew: 0,
    },
    {
      last: 'an interrupted response with calls',
      prompt: 'More',
      history: [asked('Hi'), said([call('ping')], { state: 'interrupted' })],
      kinds: ['user-prompt', 'model-request', 'call-tools', 'end'],
      messages: [
        ['user: Hi'],
        ['(interrupted)', 'call: ping'],
        [`ping interrupted: ${interruptedText}`],
        ['user: More'],
        ['text: ok'],
      ],
      isNew: 2,
    },
    {
      last: 'a response without calls',
      prompt: 'More',
      history: [asked('Hi'), said([says('Hello')])],
      kinds: ['user-prompt', 'model-request', 'call-tools', 'end'],
      messages: [['user: Hi'], ['text: Hello'], ['user: More'], ['text: ok']],
      isNew: 2,
    },
    {
      last: 'an interrupted request that answers some of the calls',
      prompt: 'More',
      history: [
        asked('Hi'),
        said([call('ping'), call('pong')]),
        { ...returned('ping', 1), state: 'interrupted' },
      ],
      kinds: ['user-prompt', 'model-request', 'call-tools', 'end'],
      messages: [
        ['user: Hi'],
        ['call: ping', 'call: pong'],
        ['(interrupted)', 'ping returned: 1', `pong interrupted: ${interruptedText}`],
        ['user: More'],
        ['text: ok'],
      ],
      isNew: 2,
    },
  ])(
    'after $last, with the prompt $prompt',
    async ({ prompt, history, kinds, messages, isNew, instructions }) => {
      const agent = new Agent({
        model: script('ok'),
        tools: [ping],
        systemPrompt: 'Be brief.',
        ...(instructions !== undefined && { instructions }),
      })
      const run = agent.iter(prompt, { messageHistory: history })
      const nodes = await listOf(run)
      expect(nodes.map(({ kind }) => kind)).toEqual(kinds)
      expect(outline(run.allMessages())).toEqual(messages)
      expect(run.newMessages()).toHaveLength(isNew)
    },
  )

  it.each([
    {
      last: 'a suspended response',
      history: [asked('Hi'), said([says('o')], suspended)],
      text: 'Cannot provide a new user prompt when the message history ends in a suspended response. Resume it by running the agent with this message history and no new prompt.',
    },
    {
      last: 'a response with calls',
      history: [asked('Hi'), said([call('ping')])],
      text: 'Cannot provide a new user prompt when the message history contains unprocessed tool calls.',
    },
  ])('refuses a prompt after $last', async ({ history, text }) => {
    const run = new Agent({ model: script(), tools: [ping] }).iter('More', {
      messageHistory: history,
    })
    expect(await rejection(run.finish())).toMatchObject({ name: 'UserError', message: text })
    expect(run.allMessages()).toHaveLength(2)
  })

  it('asks with the text that a request sent again holds', async () => {
    const prompts: unknown[] = []
    const agent = new Agent({
      model: script('a', 'b'),
      instructions: ({ prompt }) => {
        prompts.push(prompt)
        return null
      },
    })
    await agent.run(null, { messageHistory: [asked('Hi')] })
    const user = { partKind: 'user-prompt' as const }
    await agent.run(null, {
      messageHistory: [
        {
          kind: 'request',
          parts: [
            { ...user, content: 'one' },
            { ...user, content: ['two', 'three'] },
          ],
        },
      ],
    })
    expect(prompts).toEqual(['Hi', ['one', 'two', 'three']])
  })

  it('repairs on the wire only what an earlier run left open for an answer', async () => {
    const model = script('ok')
    const messageHistory = [asked('Hi'), said([call('ping'), call('pong')]), returned('ping', 1)]
    const run = new Agent({ model, tools: [ping] }).iter('More', { messageHistory })
    await run.finish()
    expect(outline(run.allMessages())).toEqual([
      ['user: Hi'],
      ['call: ping', 'call: pong'],
      ['ping returned: 1'],
      ['user: More'],
      ['text: ok'],
    ])
    expect(outline(model.calls[0]?.messages ?? [])).toEqual([
      ['user: Hi'],
      ['call: ping', 'call: pong'],
      ['ping returned: 1', `pong interrupted: ${interruptedText}`, 'user: More'],
    ])
  })
})

describe('a history', () => {
  it('loses results without a call and gains results for calls without one', async () => {
    const model = script('ok')
    const messageHistory = [
      asked('Hi'),
      returned('nobody', 1),
      said([call('ping')]),
      asked('Again'),
      said([says('Hello')]),
    ]
    const run = new Agent({ model }).iter('More', { messageHistory })
    await run.finish()
    expect(outline(run.allMessages()).slice(0, 3)).toEqual([
      ['user: Hi'],
      ['call: ping'],
      [`ping interrupted: ${interruptedText}`, 'user: Again'],
    ])
    expect(run.newMessages()).toHaveLength(2)
  })

  it('is not changed by the run, and neither is the list', async () => {
    const messageHistory = [asked('Hi'), said([call('ping')]), asked('Again')]
    const before = structuredClone(messageHistory)
    await new Agent({ model: script('ok') }).run('More', { messageHistory })
    expect(messageHistory).toEqual(before)
  })

  it('of a part that nobody knows is refused with its place', () => {
    const parts = [{ partKind: 'telepathy', content: 'Hi' }]
    const messageHistory = [{ kind: 'request', parts }] as unknown as ModelMessageInput[]
    expect(() => new Agent({ model: script() }).iter('More', { messageHistory })).toThrow(
      /parts\[0\]/,
    )
  })

  it('of calls that are executed without a prompt does not count the earlier request', async () => {
    const agent = new Agent({ model: script('ok'), tools: [ping] })
    const messageHistory = [asked('Hi'), said([call('ping')])]
    const result = await agent.run(null, { messageHistory })
    expect(result.usage).toMatchObject({ requests: 1, toolCalls: 1 })
  })
})

describe('before the first step is done', () => {
  const messageHistory = [asked('Hi'), said([says('Hello')])]

  it('a run that skips it goes on from the history all the same', async () => {
    const run = new Agent({ model: script('ok') }).iter('Never asked', { messageHistory })
    const donor = new Agent({ model: script() }).iter('Skipped to')
    const node = await donor.next()
    if (node.kind === 'model-request') await run.next(ModelRequestNode(node.request))
    expect(outline(run.allMessages())).toEqual([
      ['user: Hi'],
      ['text: Hello'],
      ['user: Skipped to'],
      ['text: ok'],
    ])
    expect(run.newMessages()).toHaveLength(2)
  })

  it('nothing of the history is new, also when the step fails', async () => {
    const agent = new Agent({
      model: script(),
      systemPrompt: { dynamicRef: 'x', render: () => Promise.reject(new Error('no database')) },
    })
    const system = { partKind: 'system-prompt' as const, content: 'Old.', dynamicRef: 'x' }
    const run = agent.iter('More', {
      messageHistory: [{ kind: 'request', parts: [system] }, ...messageHistory],
    })
    await rejection(run.finish())
    expect(outline(run.allMessages())).toEqual([['system: Old.', 'user: Hi'], ['text: Hello']])
    expect(run.newMessages()).toEqual([])
  })
})

describe('results for calls of an earlier run', () => {
  const results = { calls: { ping: 1 } }

  it.each([
    {
      why: 'there is no history',
      history: [],
      text: 'Tool call results were provided, but the message history is empty.',
    },
    {
      why: 'the history has no response',
      history: [asked('Hi')],
      text: 'Tool call results were provided, but the message history does not contain a `ModelResponse`.',
    },
    {
      why: 'the last response has no calls',
      history: [asked('Hi'), said([says('Hello')])],
      text: 'Tool call results were provided, but the message history does not contain any unprocessed tool calls.',
    },
    {
      why: 'the call was executed',
      history: [asked('Hi'), said([call('ping'), call('pong')]), returned('ping', 1)],
      text: "Tool call 'ping' was already executed and its result cannot be overridden.",
    },
  ])('are refused when $why', async ({ history, text }) => {
    const run = new Agent({ model: script(), tools: [ping] }).iter(null, {
      messageHistory: history,
      deferredToolResults: results,
    })
    expect(await rejection(run.finish())).toMatchObject({ name: 'UserError', message: text })
  })
})
