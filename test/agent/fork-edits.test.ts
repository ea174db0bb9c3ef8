import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { UserError } from '../../src/errors/index.ts'
import type { ModelMessage, ModelMessageInput } from '../../src/messages/index.ts'
import type { AgentRun } from '../../src/run/index.ts'
import { memoryStore, type Store } from '../../src/store/index.ts'
import { toolReturn } from '../../src/tools/index.ts'
import { call, outline, rejection, says, script } from './script.ts'
import { agentFor, finished, ran, stepAt, whole } from './watcher.ts'

describe('a fork with another prompt', () => {
  it('begins where the run began, whatever step was asked for', async () => {
    const store = memoryStore()
    const original = await finished(store)
    const edits = { prompt: 'And the roads?' }
    const fork = await agentFor().fork('original', { store, edits })
    expect(fork.nextNode).toMatchObject({ kind: 'user-prompt', userPrompt: 'And the roads?' })
    expect(fork.usage.requests).toBe(0)
    await fork.finish()
    expect(outline(fork.newMessages())[0]).toEqual(['user: And the roads?'])
    expect(fork.newMessages()).toHaveLength(original.newMessages().length)
  })

  it('keeps the history that the run was given', async () => {
    const store = memoryStore()
    const messageHistory: ModelMessageInput[] = [
      { kind: 'request', parts: [{ partKind: 'user-prompt', content: 'Hello' }] },
      { kind: 'response', parts: [says('Hi')] },
    ]
    const model = () => script([says('Grey')])
    const run = agentFor({ model: model() }).iter('Weather?', { store, messageHistory })
    await run.finish()
    const edits = { prompt: 'News?' }
    const fork = await agentFor({ model: model() }).fork(run.runId, { store, edits })
    await fork.finish()
    expect(outline(fork.allMessages()).flat()).toEqual([
      'user: Hello',
      'text: Hi',
      'user: News?',
      'text: Grey',
    ])
    expect(fork.newMessages()).toHaveLength(2)
  })

  it('finds the beginning in the messages when the store does not keep it', async () => {
    const store = memoryStore({ retention: { keepSteps: 1 } })
    await finished(store)
    const edits = { prompt: 'And the roads?' }
    const fork = await agentFor().fork('original', { store, edits })
    await fork.finish()
    expect(outline(fork.newMessages())[0]).toEqual(['user: And the roads?'])
    expect(fork.usage.requests).toBe(6) // three of them the original's
  })
})

describe('a fork with another tool result', () => {
  it('sends it with the request that was about to go out', async () => {
    const store = memoryStore()
    await finished(store)
    const seq = await stepAt(store, 'ModelRequest', 1)
    const edits = { toolResults: { sky: { colour: 'blue' } } }
    const fork = await agentFor().fork('original', { store, seq, edits })
    expect((await fork.finish()).output).toContain('look returned: {"colour":"blue"}')
  })

  it('does not run the call that was about to run', async () => {
    const store = memoryStore()
    await finished(store)
    const seq = await stepAt(store, 'CallTools', 2)
    const edits = { toolResults: { sea: 'calm' } }
    const fork = await agentFor().fork('original', { store, seq, edits })
    ran.length = 0
    expect((await fork.finish()).output).toContain('look returned: calm | look returned: land')
    expect(ran).toEqual(['look at land'])
  })

  it('goes back to the request that the last response answered', async () => {
    const store = memoryStore()
    await finished(store)
    const edits = { toolResults: { land: 'green', sea: 'calm' } }
    const fork = await agentFor().fork('original', { store, edits })
    expect(fork.nextNode.kind).toBe('model-request')
    expect((await fork.finish()).output).toContain('look returned: calm | look returned: green')
    expect(fork.newMessages()).toHaveLength(6)
  })

  it.each([
    { value: { kind: 'tool-failed', message: 'Too dark' }, told: 'look failed: Too dark' },
    { value: { kind: 'model-retry', message: 'Look up' }, told: 'look retry: Look up' },
    { value: toolReturn({ value: 1, content: 'A picture' }), told: 'user: A picture' },
    { value: undefined, told: 'look returned: null' },
  ])('tells the model $told', async ({ value, told }) => {
    const store = memoryStore()
    await finished(store)
    for (const state of ['ModelRequest', 'CallTools']) {
      const seq = await stepAt(store, state, 1)
      const edits = { toolResults: { sky: value } }
      const fork = await agentFor().fork('original', { store, seq, edits })
      expect((await fork.finish()).output).toContain(told)
    }
  })

  it('is refused for a call that is not there, with those that are', async () => {
    const store = memoryStore()
    await finished(store)
    const seq = await stepAt(store, 'CallTools', 2)
    const edits = { toolResults: { moon: 'full' } }
    const error = await rejection(agentFor().fork('original', { store, seq, edits }))
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toContain(`'moon' to be changed at step ${seq} of the run 'original'`)
    expect(String(error)).toContain(
      "at CallTools. There are 'sea' (look), 'land' (look), 'sky' (look)",
    )
  })

  it('is refused where there are no calls at all', async () => {
    const store = memoryStore()
    await finished(store)
    const edits = { toolResults: { sky: 'blue' } }
    const error = await rejection(agentFor().fork('original', { store, seq: 1, edits }))
    expect(String(error)).toContain('It holds no calls')
  })

  it('is refused for what JSON cannot hold', async () => {
    const store = memoryStore()
    await finished(store)
    const seq = await stepAt(store, 'CallTools', 1)
    const edits = { toolResults: { sky: () => 'blue' } }
    const error = await rejection(agentFor().fork('original', { store, seq, edits }))
    expect(String(error)).toContain("The return value of tool 'look' is a function")
  })

  it('is refused for the output of the run', async () => {
    const store = memoryStore()
    const output = z.object({ sky: z.string() })
    const model = script([call('final_result', { sky: 'grey' })])
    const agent = new Agent({ model, output })
    const run = agent.iter('Weather?', { store })
    await run.next()
    await run.next()
    const edits = { toolResults: { final_result: { sky: 'blue' } } }
    const error = await rejection(agent.fork(run.runId, { store, edits }))
    expect(String(error)).toContain("'final_result' (final_result) at step 3")
  })
})

describe('a fork of a run that waits', () => {
  const model = () => script([call('pay'), call('look', { at: 'till' })], [says('Done')])

  async function waiting(store: Store): Promise<AgentRun<string>> {
    const run = agentFor({ model: model() }).iter('Pay', {
      store,
      runId: 'original',
      deferred: 'wait',
    })
    expect(await run.proceed()).toBe('waiting')
    return run
  }

  it('waits for the same calls, and each takes its own verdicts', async () => {
    const store = memoryStore()
    const original = await waiting(store)
    ran.length = 0
    const rest = agentFor({ model: script([says('Forked')]) })
    const fork = await rest.fork('original', { store })
    expect(await fork.proceed()).toBe('waiting')
    expect(fork.waitingFor).toEqual(original.waitingFor)
    await fork.deny('pay', 'No')
    expect((await fork.finish()).output).toBe('Forked')
    expect(original.waitingFor).toHaveLength(1)
    await original.approve('pay')
    await original.finish()
    expect(outline(original.allMessages()).flat()).toContain('pay returned: paid')
    expect(outline(fork.allMessages()).flat()).toContain('pay denied: No')
    expect(ran).toEqual([]) // `look` was done before
  })

  it('goes on with a result that is given for the call', async () => {
    const store = memoryStore()
    const original = await waiting(store)
    const rest = agentFor({ model: script([says('Forked')]) })
    const edits = { toolResults: { pay: 'paid by hand', look: 'empty' } }
    const fork = await rest.fork('original', { store, edits })
    expect((await fork.finish()).output).toBe('Forked')
    const told = ['pay returned: paid by hand', 'look returned: empty']
    expect(outline(fork.allMessages())[2]).toEqual(told)
    await original.dispose()
  })
})

describe('a fork with other messages', () => {
  it('is given all of them, the request that is sent next included, and stands where they end', async () => {
    const store = memoryStore()
    await finished(store)
    const seq = await stepAt(store, 'ModelRequest', 2)
    let told: readonly ModelMessage[] = []
    const fork = await agentFor().fork('original', {
      store,
      seq,
      edits: {
        messages: (messages) => {
          told = messages
          return messages.slice(0, 3)
        },
      },
    })
    expect(outline(told)).toHaveLength(5)
    expect(fork.nextNode).toMatchObject({ kind: 'model-request', request: told[2]?.parts && {} })
    expect((await fork.finish()).output).toBe(whole)
  })

  it('acts on another response', async () => {
    const store = memoryStore()
    await finished(store)
    const seq = await stepAt(store, 'CallTools', 1)
    const fork = await agentFor().fork('original', {
      store,
      seq,
      edits: {
        messages: (messages) => [
          ...messages.slice(0, -1),
          { kind: 'response', parts: [call('look', { at: 'clouds' }, 'clouds')] },
        ],
      },
    })
    expect((await fork.finish()).output).toContain('look returned: clouds is grey')
  })

  it('changes what was said before and keeps what is under way', async () => {
    const store = memoryStore()
    await finished(store)
    const seq = await stepAt(store, 'CallTools', 2)
    const older: ModelMessageInput[] = [
      { kind: 'request', parts: [{ partKind: 'user-prompt', content: 'Hello' }] },
      { kind: 'response', parts: [says('Hi')] },
    ]
    const fork = await agentFor({ model: script([says('Grey')]) }).fork('original', {
      store,
      seq,
      edits: { messages: (messages) => [...older, ...messages] },
    })
    expect(fork.nextNode.kind).toBe('call-tools')
    await fork.finish()
    expect(fork.allMessages()).toHaveLength(8)
    expect(fork.newMessages()).toHaveLength(6)
  })

  it.each([
    {
      why: 'a call has no result',
      messages: (all: readonly ModelMessage[]) => all.filter((_, i) => i !== 2),
      told: "calls without a result: 'sky' (look)",
    },
    {
      why: 'a result has no call',
      messages: (all: readonly ModelMessage[]) => all.filter((_, i) => i !== 1),
      told: "results without their call: 'sky' (look)",
    },
    { why: 'nothing is left', messages: () => [], told: 'Without messages' },
  ])('is refused when $why', async ({ messages, told }) => {
    const store = memoryStore()
    await finished(store)
    const seq = await stepAt(store, 'CallTools', 2)
    const error = await rejection(agentFor().fork('original', { store, seq, edits: { messages } }))
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toContain(told)
    expect(String(error)).toContain(`step ${seq} of the run 'original'`)
  })
})
