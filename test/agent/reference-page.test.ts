import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import {
  ForeignNodeError,
  RunBusyError,
  RunDisposedError,
  RunEndedError,
  UserError,
} from '../../src/errors/index.ts'
import { messagesFromJson } from '../../src/messages/index.ts'
import {
  CallToolsNode,
  End,
  ModelRequestNode,
  type NodeOrEnd,
  UserPromptNode,
} from '../../src/nodes/index.ts'
import { FunctionModel, ManualClock } from '../../src/testing/index.ts'
import { call, listOf, outline, rejection, script, untilAborted } from './script.ts'

const question = 'What is the capital of France?'
const answer = 'The capital of France is Paris.'
const now = '2025-01-02T03:04:05.000Z'

/** The model of the page. */
const gpt4o = new FunctionModel(
  () => ({
    parts: [{ partKind: 'text', content: answer }],
    usage: { inputTokens: 56, outputTokens: 7 },
  }),
  { modelName: 'gpt-4o' },
)

function capitalRun() {
  const agent = new Agent({ model: gpt4o })
  return agent.iter(question, {
    runId: 'run-1',
    conversationId: 'conversation-1',
    clock: new ManualClock(Date.parse(now)),
  })
}

/** What the page prints for both examples. */
const nodesOfThePage = [
  { kind: 'user-prompt', userPrompt: question, runId: 'run-1', visit: 0 },
  {
    kind: 'model-request',
    request: { kind: 'request', parts: [{ partKind: 'user-prompt', content: question }] },
  },
  {
    kind: 'call-tools',
    response: {
      kind: 'response',
      parts: [{ partKind: 'text', content: answer }],
      usage: { inputTokens: 56, outputTokens: 7 },
      modelName: 'gpt-4o',
      timestamp: now,
      runId: 'run-1',
    },
  },
  { kind: 'end', data: { output: answer, toolName: null, toolCallId: null } },
]

describe('the examples of the reference page', () => {
  it('iteration yields the four nodes, each before it runs', async () => {
    const run = capitalRun()
    const nodes: NodeOrEnd[] = []
    const messagesThen: number[] = []
    for await (const node of run) {
      nodes.push(node)
      messagesThen.push(run.allMessages().length)
    }
    expect(nodes).toMatchObject(nodesOfThePage)
    expect(messagesThen).toEqual([0, 0, 2, 2])
    expect(run.result?.output).toBe(answer)
  })

  it('next by hand walks the same nodes', async () => {
    const run = capitalRun()
    let node = run.nextNode
    const nodes: NodeOrEnd[] = [node]
    while (node.kind !== 'end') {
      node = await run.next(node)
      nodes.push(node)
    }
    expect(nodes).toMatchObject(nodesOfThePage)
    expect(`Final result: ${run.result?.output}`).toBe(`Final result: ${answer}`)
  })
})

describe('the nodes of a run', () => {
  it('know their run and count up', async () => {
    const run = capitalRun()
    const nodes = await listOf(run)
    expect(nodes.map(({ runId, visit }) => [runId, visit])).toEqual([
      ['run-1', 0],
      ['run-1', 1],
      ['run-1', 2],
      ['run-1', 3],
    ])
  })

  it('are recognised by their factories', async () => {
    const [first, second, third, last] = await listOf(capitalRun())
    expect(UserPromptNode.is(first)).toBe(true)
    expect(ModelRequestNode.is(second)).toBe(true)
    expect(CallToolsNode.is(third)).toBe(true)
    expect(End.is(last)).toBe(true)
    expect(End.is(first)).toBe(false)
    expect(End.is(null)).toBe(false)
  })

  it('survive JSON: a node read back runs like the node itself', async () => {
    const run = capitalRun()
    await run.next()
    const copy = JSON.parse(JSON.stringify(run.nextNode)) as NodeOrEnd
    expect(await run.next(copy)).toMatchObject({ kind: 'call-tools' })
  })
})

describe('next', () => {
  it('without a node runs the pending one', async () => {
    const run = capitalRun()
    expect(await run.next()).toBe(run.nextNode)
    expect(run.nextNode.kind).toBe('model-request')
  })

  it('with an edited node runs the edited one', async () => {
    const model = script('Bonjour.')
    const run = new Agent({ model }).iter('Hello')
    const node = run.nextNode
    expect(node.kind).toBe('user-prompt')
    if (node.kind === 'user-prompt') await run.next({ ...node, userPrompt: 'Salut' })
    const request = run.nextNode
    if (request.kind !== 'model-request') throw new Error('No request')
    const [part] = request.request.parts
    if (part?.partKind !== 'user-prompt') throw new Error('No prompt')
    const parts = [part, { ...part, content: 'Ça va ?' }]
    await run.next({ ...request, request: { ...request.request, parts } })
    expect(outline(model.calls[0]?.messages ?? [])).toEqual([['user: Salut', 'user: Ça va ?']])
  })

  it('with a fresh request skips to it, and adds no system prompts', async () => {
    const model = script('ok')
    const run = new Agent({ model, systemPrompt: 'Be brief.' }).iter('Never asked')
    const request = ModelRequestNode({
      parts: [{ partKind: 'user-prompt', content: 'Skipped to', timestamp: now }],
      kind: 'request',
      timestamp: null,
      instructions: null,
      runId: null,
      conversationId: null,
      metadata: null,
      state: 'complete',
    })
    expect((await run.next(request)).kind).toBe('call-tools')
    expect(outline(run.allMessages())).toEqual([['user: Skipped to'], ['text: ok']])
    expect(run.allMessages()[0]).toMatchObject({ runId: run.runId })
  })

  it('with a fresh response ends with its text although the model never said it', async () => {
    const donor = capitalRun()
    await donor.next()
    const given = await donor.next()
    if (given.kind !== 'call-tools') throw new Error('No response')
    const run = new Agent({ model: script() }).iter('Never asked')
    expect(await run.next(CallToolsNode(given.response))).toMatchObject({
      kind: 'end',
      data: { output: answer },
    })
    expect(run.usage.requests).toBe(0)
  })

  it('with a node of an earlier visit tells what followed and runs nothing', async () => {
    const model = script('once')
    const run = new Agent({ model }).iter('Hello')
    const first = run.nextNode
    const second = await run.next(first)
    const third = await run.next(second)
    expect(await run.next(first)).toBe(second)
    expect(await run.next(second)).toBe(third)
    expect(model.calls).toHaveLength(1)
    const end = await run.next(third)
    expect(await run.next(third)).toBe(end)
    expect(run.result?.output).toBe('once')
  })

  it.each([
    {
      given: "another run's node",
      error: ForeignNodeError,
      attempt: async () => capitalRun().next({ ...capitalRun().nextNode, runId: 'run-2' }),
    },
    {
      given: 'a step that is under way',
      error: RunBusyError,
      attempt: async () => {
        const run = capitalRun()
        await Promise.all([run.next(), run.next()])
      },
    },
    {
      given: 'an end',
      error: UserError,
      attempt: async () =>
        capitalRun().next(End({ output: 'mine', toolName: null, toolCallId: null })),
    },
    {
      given: 'the end',
      error: RunEndedError,
      attempt: async () => {
        const run = capitalRun()
        await run.finish()
        await run.next()
      },
    },
    {
      given: 'a run that was disposed of',
      error: RunDisposedError,
      attempt: async () => {
        const run = capitalRun()
        await run.dispose()
        await run.next()
      },
    },
  ])('given $given says what to do instead', async ({ attempt, error }) => {
    const thrown = await rejection(attempt())
    expect(thrown).toBeInstanceOf(error)
  })

  it('refuses a second driver without disturbing the first', async () => {
    const run = capitalRun()
    const first = run.next()
    await expect(run.next()).rejects.toBeInstanceOf(RunBusyError)
    expect((await first).kind).toBe('model-request')
  })
})

describe('iteration', () => {
  it('yields nothing once the run has ended', async () => {
    const run = capitalRun()
    await listOf(run)
    expect(await listOf(run)).toEqual([])
  })

  it('does not run again what the body of the loop ran by hand', async () => {
    const model = script('once')
    const run = new Agent({ model }).iter('Hello')
    const kinds: string[] = []
    for await (const node of run) {
      kinds.push(node.kind)
      if (node.kind === 'model-request') await run.next(node)
    }
    expect(kinds).toEqual(['user-prompt', 'model-request', 'call-tools', 'end'])
    expect(model.calls).toHaveLength(1)
  })

  it('may be left and taken up again', async () => {
    const run = capitalRun()
    for await (const node of run) if (node.kind === 'model-request') break
    expect(run.result).toBeNull()
    expect(run.nextNode.kind).toBe('model-request')
    const rest = await listOf(run)
    expect(rest.map(({ kind }) => kind)).toEqual(['model-request', 'call-tools', 'end'])
  })
})

describe('a run', () => {
  it('has no result, messages or usage before it starts', () => {
    const run = capitalRun()
    expect(run.result).toBeNull()
    expect(run.allMessages()).toEqual([])
    expect(run.usage).toMatchObject({ requests: 0, inputTokens: 0 })
    expect(run.nextNode).toMatchObject({ kind: 'user-prompt', userPrompt: question })
  })

  it('tells its state and deps as ctx', async () => {
    const run = capitalRun()
    await run.next()
    expect(run.ctx.state).toMatchObject({ runId: 'run-1', visit: 1, step: 0 })
    expect(run.ctx.deps).toBeUndefined()
    await run.finish()
    expect(run.ctx.state.step).toBe(1)
    expect(run.ctx.runContext.messages).toHaveLength(2)
  })

  it('tells usage, ids, metadata and no trace', async () => {
    const agent = new Agent({ model: gpt4o, metadata: { team: 'geo' } })
    const run = agent.iter(question, { runId: 'run-1', conversationId: 'c-1' })
    const result = await run.finish()
    for (const told of [run, result]) {
      expect(told).toMatchObject({
        runId: 'run-1',
        conversationId: 'c-1',
        traceparent: null,
        metadata: { team: 'geo' },
        usage: { requests: 1, inputTokens: 56, outputTokens: 7, toolCalls: 0 },
      })
      expect(Object.isFrozen(told.usage)).toBe(true)
    }
  })

  it('gives the last response and its time with the result', async () => {
    const result = await capitalRun().finish()
    expect(result.response.parts).toMatchObject([{ content: answer }])
    expect(result.timestamp).toBe(now)
  })

  it('reads well in a log', async () => {
    const run = capitalRun()
    expect(inspect(run)).toBe(
      "AgentRun {\n  runId: 'run-1',\n  nextNode: 'user-prompt',\n  result: null,\n  usage: { requests: 0, inputTokens: 0, outputTokens: 0 }\n}",
    )
    await run.finish()
    expect(inspect(run)).toContain(`result: '${answer}'`)
    expect(inspect(run)).toContain('usage: { requests: 1, inputTokens: 56, outputTokens: 7 }')
  })
})

describe('the messages of a run', () => {
  const history = [
    { kind: 'request' as const, parts: [{ partKind: 'user-prompt' as const, content: 'Hi' }] },
    { kind: 'response' as const, parts: [{ partKind: 'text' as const, content: 'Hello' }] },
  ]

  it('new ones leave out those of earlier runs', async () => {
    const run = new Agent({ model: gpt4o }).iter(question, { messageHistory: history })
    const result = await run.finish()
    for (const told of [run, result]) {
      expect(outline(told.allMessages())).toEqual([
        ['user: Hi'],
        ['text: Hello'],
        [`user: ${question}`],
        [`text: ${answer}`],
      ])
      expect(told.newMessages()).toEqual(told.allMessages().slice(2))
    }
  })

  it('are written as UTF-8 JSON of the wire format', async () => {
    const run = new Agent({ model: script('Ça va — 東京') }).iter('Où ?')
    const result = await run.finish()
    for (const bytes of [run.allMessagesJson(), result.newMessagesJson()]) {
      expect(bytes).toBeInstanceOf(Uint8Array)
      const json = new TextDecoder().decode(bytes)
      expect(json).toContain('"part_kind":"user-prompt"')
      expect(json).toContain('東京')
      expect(outline(messagesFromJson(json))).toEqual([['user: Où ?'], ['text: Ça va — 東京']])
    }
  })

  it('are the empty list as JSON before the run starts', () => {
    expect(new TextDecoder().decode(capitalRun().allMessagesJson())).toBe('[]')
  })

  const city = z.object({ city: z.string() })

  it('tell the model something else of its output tool call, where asked to', async () => {
    const agent = new Agent({
      model: script([call('final_result', { city: 'Paris' })]),
      output: city,
    })
    const run = agent.iter(question)
    const result = await run.finish()
    const options = { outputToolReturnContent: 'Noted.' }
    for (const told of [run, result]) {
      expect(outline(told.allMessages()).at(-1)).toEqual([
        'final_result returned: Final result processed.',
      ])
      expect(outline(told.allMessages(options)).at(-1)).toEqual(['final_result returned: Noted.'])
      expect(outline(told.newMessages(options)).at(-1)).toEqual(['final_result returned: Noted.'])
      expect(new TextDecoder().decode(told.allMessagesJson(options))).toContain('"Noted."')
      expect(new TextDecoder().decode(told.newMessagesJson(options))).toContain('"Noted."')
      expect(outline(told.allMessages()).at(-1)).toEqual([
        'final_result returned: Final result processed.',
      ])
    }
  })

  it('have no output tool call to change when the output is text', async () => {
    const result = await capitalRun().finish()
    const options = { outputToolReturnContent: 'Noted.' }
    const message = 'Cannot set output tool return content when the return type is `str`.'
    expect(() => result.allMessages(options)).toThrow(message)
    expect(() => result.newMessagesJson(options)).toThrow(message)
  })
})

describe('disposal', () => {
  it('keeps messages, result and context readable', async () => {
    const run = capitalRun()
    await run.finish()
    await run.dispose()
    expect(run.result?.output).toBe(answer)
    expect(run.allMessages()).toHaveLength(2)
    expect(run.ctx.state.runId).toBe('run-1')
  })

  it('is what `await using` does, and may happen twice', async () => {
    const run = capitalRun()
    await run[Symbol.asyncDispose]()
    await run.dispose()
    await expect(run.next()).rejects.toBeInstanceOf(RunDisposedError)
    await expect(listOf(run)).rejects.toThrow('This run was disposed of')
  })

  it('stops the request that is under way', async () => {
    const seen: AbortSignal[] = []
    const model = new FunctionModel((_, { signal }) => {
      seen.push(signal)
      return untilAborted(signal)
    })
    const run = new Agent({ model }).iter('Hello')
    await run.next()
    const asked = rejection(run.next())
    await vi.waitFor(() => expect(seen).toHaveLength(1))
    await run.dispose()
    expect(seen[0]?.aborted).toBe(true)
    expect(await asked).toMatchObject({ name: 'RunCancelledError' })
  })
})
