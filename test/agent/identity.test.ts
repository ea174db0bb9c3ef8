import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import type { ModelMessageInput } from '../../src/messages/index.ts'
import { ManualClock } from '../../src/testing/index.ts'
import { says, script } from './script.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function history(ids: Partial<ModelMessageInput>, older: Partial<ModelMessageInput> = ids) {
  return [
    { kind: 'request', parts: [{ partKind: 'user-prompt', content: 'Hi' }], ...older },
    { kind: 'response', parts: [says('Hello')], ...ids },
  ] as ModelMessageInput[]
}

describe('the id of a run', () => {
  it('is a new UUIDv7 of the time it starts', () => {
    const clock = new ManualClock(0x0123456789ab)
    const { runId } = new Agent({ model: script() }).iter('Hi', { clock })
    expect(runId).toMatch(uuid)
    const agent = new Agent({ model: script() })
    expect(agent.iter('Hi').runId).not.toBe(agent.iter('Hi').runId)
  })

  it('may be given', () => {
    expect(new Agent({ model: script() }).iter('Hi', { runId: 'R1' }).runId).toBe('R1')
  })

  it('is not that of the history', async () => {
    const agent = new Agent({ model: script('one', 'two') })
    const first = await agent.run('Hi')
    const second = await agent.run('More', { messageHistory: first.allMessages() })
    expect(second.runId).not.toBe(first.runId)
    expect(second.newMessages().map(({ runId }) => runId)).toEqual([second.runId, second.runId])
  })

  it('is refused when it is empty', () => {
    expect(() => new Agent({ model: script() }).iter('Hi', { runId: '' })).toThrow(
      '`run_id` must be a non-empty string when provided. Empty `run_id` breaks `new_messages()` boundary detection.',
    )
  })

  it('is refused when the history has it', () => {
    const messageHistory = history({ runId: 'R2' }, { runId: 'R1' })
    const agent = new Agent({ model: script() })
    for (const runId of ['R1', 'R2']) {
      expect(() => agent.iter('More', { runId, messageHistory })).toThrow(
        `\`run_id='${runId}'\` already appears in \`message_history\`. Each agent run needs a distinct \`run_id\`;`,
      )
    }
  })
})

describe('the id of a conversation', () => {
  it.each([
    { why: 'given', given: 'C9', expected: 'C9' },
    { why: 'the latest of the history', given: undefined, expected: 'C2' },
  ])('is $expected when it is $why', ({ given, expected }) => {
    const messageHistory = history({ conversationId: 'C2' }, { conversationId: 'C1' })
    const options = { messageHistory, ...(given !== undefined && { conversationId: given }) }
    expect(new Agent({ model: script() }).iter('More', options).conversationId).toBe(expected)
  })

  it('looks past messages that have none', () => {
    const messageHistory = history({ conversationId: null }, { conversationId: 'C1' })
    const run = new Agent({ model: script() }).iter('More', { messageHistory })
    expect(run.conversationId).toBe('C1')
  })

  it("is new for 'new', and when nobody knows one", () => {
    const agent = new Agent({ model: script() })
    const messageHistory = history({ conversationId: 'C1' })
    const fork = agent.iter('More', { messageHistory, conversationId: 'new' })
    expect(fork.conversationId).toMatch(uuid)
    expect(agent.iter('More', { messageHistory: history({}) }).conversationId).toMatch(uuid)
  })
})

describe('the messages of a run', () => {
  it('carry both ids and the time', async () => {
    const clock = new ManualClock(Date.parse('2025-01-02T03:04:05Z'))
    const run = new Agent({ model: script('ok') }).iter('Hi', { clock })
    const { runId, conversationId } = run
    await run.finish()
    const timestamp = '2025-01-02T03:04:05.000Z'
    expect(run.allMessages()).toMatchObject([
      { runId, conversationId, timestamp },
      { runId, conversationId, timestamp },
    ])
  })

  it('of the history keep what they have, and get nothing', async () => {
    const messageHistory = history({ runId: null, conversationId: null })
    const result = await new Agent({ model: script('ok') }).run('More', { messageHistory })
    expect(result.allMessages().slice(0, 2)).toMatchObject([
      { runId: null, conversationId: null, timestamp: null },
      { runId: null, conversationId: null },
    ])
  })

  it('a request that is sent again keeps its ids, gets those it lacks, and is not new', async () => {
    const messageHistory: ModelMessageInput[] = [
      {
        kind: 'request',
        parts: [{ partKind: 'user-prompt', content: 'Hi' }],
        runId: 'R1',
        metadata: { own: 1 },
      },
    ]
    const run = new Agent({ model: script('ok') }).iter(null, { messageHistory })
    await run.finish()
    expect(run.allMessages()[0]).toMatchObject({
      runId: 'R1',
      conversationId: run.conversationId,
      metadata: { own: 1 },
    })
    expect(run.newMessages().map(({ kind }) => kind)).toEqual(['response'])
  })
})
