import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { deferredToolRequests, text } from '../../src/output/index.ts'
import { eventToWire } from '../../src/streaming/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, rejection, script } from '../agent/script.ts'

const ping = tool({ name: 'ping', execute: () => 'pong' })
const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })

describe('the events of a tool phase', () => {
  it('are spelled as on the wire, with user data untouched', async () => {
    const events: unknown[] = []
    const agent = new Agent({
      model: script([call('ping', { someKey: { innerKey: 1 } }), call('pay')]),
      tools: [
        tool({ name: 'ping', inputSchema: { type: 'object' }, execute: () => ({ outKey: 1 }) }),
        pay,
      ],
      output: [text, deferredToolRequests],
    })
    await agent.run('Go', { onEvent: (event) => events.push(eventToWire(event)) })
    expect(events).toMatchObject([
      {
        event_kind: 'function_tool_call',
        part: { part_kind: 'tool-call', tool_name: 'ping', args: { someKey: { innerKey: 1 } } },
        args_valid: true,
      },
      {
        event_kind: 'function_tool_result',
        part: { part_kind: 'tool-return', tool_call_id: 'ping', content: { outKey: 1 } },
      },
      { event_kind: 'function_tool_call', part: { tool_name: 'pay' } },
      {
        event_kind: 'deferred_tool_requests',
        requests: { calls: [], approvals: [{ tool_call_id: 'pay' }] },
      },
    ])
  })

  it('tell whether the arguments fit', async () => {
    const events: unknown[] = []
    const strict = tool({
      name: 'strict',
      inputSchema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
      execute: () => 1,
    })
    const agent = new Agent({
      model: script([call('strict', {}), call('zz'), call('strict', { n: 1 }, 'c3')], 'ok'),
      tools: [strict],
    })
    await agent.run('Go', {
      onEvent: (event) => {
        if ('argsValid' in event) events.push(event.argsValid)
      },
    })
    expect(events).toEqual([false, false, true])
  })

  it('a listener that throws fails the step with its own error', async () => {
    const trouble = new Error('log full')
    const agent = new Agent({ model: script([call('ping')], 'ok'), tools: [ping] })
    const onEvent = () => {
      throw trouble
    }
    expect(await rejection(agent.run('Go', { onEvent }))).toBe(trouble)
  })
})
