import { describe, expect, it } from 'vitest'
import { Agent, captureRunMessages } from '../../src/agent/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, outline, rejection, script } from './script.ts'

describe('captureRunMessages', () => {
  it('tells the messages of a run that failed', async () => {
    const trouble = new Error('disk full')
    const ping = tool({ name: 'ping', execute: () => 'pong' })
    const save = tool({
      name: 'save',
      sequential: true,
      execute: () => {
        throw trouble
      },
    })
    const agent = new Agent({ model: script([call('ping'), call('save')]), tools: [ping, save] })
    const capture = captureRunMessages()
    expect(await rejection(agent.run('Hi', { capture }))).toBe(trouble)
    expect(outline(capture.messages)).toEqual([
      ['user: Hi'],
      ['call: ping', 'call: save'],
      ['(interrupted)', 'ping returned: pong'],
    ])
    expect(capture.run?.nextNode.kind).toBe('call-tools')
  })

  it('tells the messages of a run that ended', async () => {
    const capture = captureRunMessages()
    const result = await new Agent({ model: script('ok') }).run('Hi', { capture })
    expect(capture.messages).toEqual(result.allMessages())
  })

  it('is empty when no run was started', async () => {
    const capture = captureRunMessages()
    expect(capture.messages).toEqual([])
    await rejection(new Agent({}).run('Hi', { capture }))
    expect(capture.messages).toEqual([])
    expect(capture.run).toBeUndefined()
  })

  it('takes the first run it is given to', async () => {
    const agent = new Agent({ model: script('one', 'two') })
    const capture = captureRunMessages()
    await agent.run('First', { capture })
    await agent.run('Second', { capture })
    expect(outline(capture.messages)).toEqual([['user: First'], ['text: one']])
  })

  it('may be bound to an agent', async () => {
    const capture = captureRunMessages()
    await new Agent({ model: script('ok') }).with({ capture }).run('Hi')
    expect(capture.messages).toHaveLength(2)
  })
})
