import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  Agent,
  AgentRun,
  ModelRetry,
  tool,
  UnexpectedModelBehavior,
  UsageLimitExceeded,
  UserError,
} from '../../src/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { calls, errorOf, outline, runTo } from './scripts.ts'

describe('a failure is not the end', () => {
  it('the run rests where it failed, with that very error, and `next` tries again', async () => {
    const error = new Error('offline')
    const model = new ScriptedModel([error, 'answer'])
    const run = new Agent({ model }).iter('Go.')
    await run.next()
    expect(await errorOf(run.next())).toBe(error)
    expect(run.nextNode).toMatchObject({ kind: 'model-request', visit: 1 })
    expect(run.result).toBeNull()
    expect(outline(run.allMessages())).toEqual([['user-prompt']])
    expect((await run.next()).kind).toBe('call-tools')
    expect(outline(run.allMessages())).toEqual([['user-prompt'], ['text']])
    expect(model.calls.map(({ messages }) => messages.length)).toEqual([1, 1])
  })

  it('`run()` rejects with that very error, and `AgentRun.of` gives the run', async () => {
    const error = new Error('offline')
    const agent = new Agent({ model: new ScriptedModel([error, 'answer']) })
    expect(await errorOf(agent.run('Go.'))).toBe(error)
    const run = AgentRun.of(error)
    expect((await run?.finish())?.output).toBe('answer')
    expect(AgentRun.of(new Error('of nobody'))).toBeUndefined()
    expect(AgentRun.of('no object')).toBeUndefined()
  })

  it('belongs to no run when several failed with the very same error', async () => {
    const error = new Error('offline')
    const agent = new Agent({ model: new ScriptedModel([error, error]) })
    await Promise.allSettled([agent.run('one'), agent.run('two')])
    expect(AgentRun.of(error)).toBeUndefined()
  })

  it('says at the end of the retries what was wrong last', async () => {
    const args = { partKind: 'tool-call', toolName: 'add', args: { a: 'x' } } as const
    const add = tool({
      name: 'add',
      inputSchema: z.object({ a: z.number() }),
      maxRetries: 0,
      execute: () => 1,
    })
    const model = new ScriptedModel([{ parts: [args] }])
    expect(await errorOf(new Agent({ model, tools: [add] }).run('Go.'))).toMatchObject({
      name: 'UnexpectedModelBehavior',
      cause: { name: 'ValidationError', path: ['a'] },
    })
    const silent = new Agent({ model: new ScriptedModel([{ parts: [] }]), retries: 0 })
    expect(await errorOf(silent.run('Go.'))).toMatchObject({
      cause: { name: 'ModelRetry', message: 'Please return text.' },
    })
  })

  it('a thrown value that is no error comes as one that names the tool', async () => {
    const odd = tool({
      name: 'odd',
      execute: () => {
        throw 'a string' as unknown as Error
      },
    })
    const run = new Agent({ model: new ScriptedModel([calls('odd')]), tools: [odd] }).iter('Go.')
    await runTo(run, 'call-tools')
    expect(await errorOf(run.next())).toMatchObject({
      name: 'ThrownValueError',
      message: expect.stringContaining("Tool 'odd' threw a value of type string"),
      cause: 'a string',
    })
    expect(run.nextNode.kind).toBe('call-tools')
  })

  it('a retry repeats no finished call, and the others with the same id and the next attempt', async () => {
    const started: string[] = []
    let failures = 2
    const log = (name: string, execute: () => unknown) =>
      tool({
        name,
        execute: (_, { toolCallId, attempt }) => {
          started.push(`${toolCallId} ${attempt}`)
          return execute()
        },
      })
    const tools = [
      log('first', () => 1),
      log('flaky', async () => {
        await Promise.resolve()
        if (failures-- > 0) throw new Error('flaky')
        return 2
      }),
    ]
    const model = new ScriptedModel([calls('first', 'flaky'), 'done'])
    const run = new Agent({ model, tools }).iter('Go.')
    await runTo(run, 'call-tools')
    expect(await errorOf(run.next())).toMatchObject({ message: 'flaky' })
    expect(run.ctx.state.ledger.map(({ state }) => state)).toEqual(['returned', 'interrupted'])
    expect(outline(run.allMessages()).at(-1)).toEqual(['tool-return first', 'interrupted'])
    expect(await errorOf(run.next())).toMatchObject({ message: 'flaky' })
    await run.next()
    expect(started).toEqual(['first 0', 'flaky 0', 'flaky 1', 'flaky 2'])
    expect(run.usage.toolCalls).toBe(2)
    await run.next()
    expect(outline(run.allMessages()).slice(1)).toEqual([
      ['tool-call first', 'tool-call flaky'],
      ['tool-return first', 'tool-return flaky'],
      ['text'],
    ])
  })

  it('lesson-11: nothing is sent while a call is open', async () => {
    let fails = true
    const flaky = tool({
      name: 'flaky',
      execute: () => {
        if (fails) throw new Error('flaky')
        return 1
      },
    })
    const model = new ScriptedModel([calls('flaky', 'flaky'), 'done'])
    const run = new Agent({ model, tools: [flaky] }).iter('Go.')
    await runTo(run, 'call-tools')
    await errorOf(run.next())
    expect(model.calls).toHaveLength(1)
    fails = false
    await run.next()
    await run.next()
    expect(outline(model.calls[1]?.messages ?? [])).toEqual([
      ['user-prompt'],
      ['tool-call flaky', 'tool-call flaky-2'],
      ['tool-return flaky', 'tool-return flaky-2'],
    ])
  })

  it('lesson-7: calls that fail together are entries of their own', async () => {
    const both = tool({
      name: 'both',
      execute: (_, { toolCallId }) => {
        throw new Error(String(toolCallId))
      },
    })
    const model = new ScriptedModel([calls('both', 'both')])
    const run = new Agent({ model, tools: [both] }).iter('Go.')
    await runTo(run, 'call-tools')
    expect(await errorOf(run.next())).toMatchObject({ message: 'both' })
    expect(run.ctx.state.ledger).toMatchObject([
      { toolCallId: 'both', state: 'interrupted' },
      { toolCallId: 'both-2', state: 'interrupted' },
    ])
  })

  it('an edited node runs in the place of the one that failed', async () => {
    const model = new ScriptedModel([new Error('offline'), 'answer'])
    const run = new Agent({ model }).iter('Go.')
    const node = await run.next()
    await errorOf(run.next())
    if (node.kind !== 'model-request') throw new Error('This is the first request')
    const parts = node.request.parts.map((part) =>
      part.partKind === 'user-prompt' ? { ...part, content: 'Stop.' } : part,
    )
    await run.next({ ...node, request: { ...node.request, parts } })
    expect(model.calls[1]?.messages).toMatchObject([{ parts: [{ content: 'Stop.' }] }])
  })
})

describe('a failure that repeating cannot change', () => {
  it('is thrown again without running anything', async () => {
    const model = new ScriptedModel([calls('a'), calls('a')])
    const a = tool({
      name: 'a',
      execute: () => {
        throw new ModelRetry('Not so.')
      },
    })
    const run = new Agent({ model, tools: [a] }).iter('Go.')
    await runTo(run, 'call-tools')
    await run.next()
    await runTo(run, 'call-tools')
    const error = await errorOf(run.next())
    expect(error).toBeInstanceOf(UnexpectedModelBehavior)
    const { state } = run.ctx
    expect(await errorOf(run.next())).toBe(error)
    expect(await errorOf(run.next(run.nextNode))).toBe(error)
    expect(await errorOf(run.finish())).toBe(error)
    expect(run.ctx.state.ledger).toBe(state.ledger)
    expect(model.calls).toHaveLength(2)
  })

  it('a usage error stays until the node is edited', async () => {
    const model = new ScriptedModel(['answer'])
    const history = [
      { kind: 'request' as const, parts: [{ partKind: 'user-prompt' as const, content: 'Go.' }] },
      { kind: 'response' as const, ...calls('a') },
    ]
    const run = new Agent({ model }).iter('And now?', { messageHistory: history })
    const error = await errorOf(run.next())
    expect(error).toBeInstanceOf(UserError)
    expect(await errorOf(run.next())).toBe(error)
    const node = run.nextNode
    if (node.kind !== 'user-prompt') throw new Error('The run has not begun')
    expect((await run.next({ ...node, userPrompt: null })).kind).toBe('call-tools')
  })

  it('a limit of requests holds until it is raised', async () => {
    const model = new ScriptedModel(['answer'])
    const run = new Agent({ model }).iter('Go.', { usageLimits: { requestLimit: 0 } })
    await run.next()
    const error = await errorOf(run.next())
    expect(error).toBeInstanceOf(UsageLimitExceeded)
    expect(await errorOf(run.next())).toBe(error)
    expect(model.calls).toHaveLength(0)
    expect((await run.next(undefined, { usageLimits: { requestLimit: 1 } })).kind).toBe(
      'call-tools',
    )
  })

  it('a response dropped for a limit of tokens is not paid for twice', async () => {
    const usage = { inputTokens: 5, outputTokens: 60 }
    const model = new ScriptedModel([{ parts: [{ partKind: 'text', content: 'answer' }], usage }])
    const run = new Agent({ model }).iter('Go.', { usageLimits: { outputTokensLimit: 50 } })
    await run.next()
    const error = await errorOf(run.next())
    expect(error).toBeInstanceOf(UsageLimitExceeded)
    expect(outline(run.allMessages())).toEqual([['user-prompt']])
    expect(run.usage).toMatchObject({ requests: 1, ...usage })
    expect(await errorOf(run.next())).toBe(error)
    const raised = { usageLimits: { outputTokensLimit: 55 } }
    expect(await errorOf(run.next(undefined, raised))).toBeInstanceOf(UsageLimitExceeded)
    await run.next(undefined, { usageLimits: { outputTokensLimit: 100 } })
    expect(await run.next()).toMatchObject({ data: { output: 'answer' } })
    expect(run.usage).toMatchObject({ requests: 1, ...usage })
    model.assertDone()
  })

  it('a limit of tool calls holds until it is raised, and no call has run before', async () => {
    const runs: string[] = []
    const a = tool({ name: 'a', execute: () => runs.push('a') })
    const model = new ScriptedModel([calls('a', 'a'), 'done'])
    const agent = new Agent({ model, tools: [a] })
    const run = agent.iter('Go.', { usageLimits: { toolCallsLimit: 1 } })
    await runTo(run, 'call-tools')
    const error = await errorOf(run.next())
    expect(error).toBeInstanceOf(UsageLimitExceeded)
    expect(await errorOf(run.next())).toBe(error)
    expect(runs).toEqual([])
    await run.next(undefined, { usageLimits: { toolCallsLimit: 2 } })
    expect(runs).toEqual(['a', 'a'])
  })

  it('a cancel at rest does not hide it', async () => {
    const run = new Agent({ model: new ScriptedModel([]) }).iter('Go.', {
      usageLimits: { requestLimit: 0 },
    })
    await run.next()
    const error = await errorOf(run.next())
    run.cancel()
    expect(await errorOf(run.next())).toBe(error)
  })
})
