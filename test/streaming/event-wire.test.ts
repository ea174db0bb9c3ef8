import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { UserError } from '../../src/errors/index.ts'
import {
  completeRequest,
  completeUserContent,
  TextPart,
  ThinkingPart,
  ToolCallPart,
  ToolReturnPart,
} from '../../src/messages/index.ts'
import { deferredToolRequests, text } from '../../src/output/index.ts'
import { type AgentEvent, eventToWire } from '../../src/streaming/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call as calls, script } from '../agent/script.ts'
import { toolEvents } from '../helpers/events.ts'

const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })

describe('the events of a tool phase', () => {
  it('are spelled as on the wire, with user data untouched', async () => {
    const agent = new Agent({
      model: script([calls('ping', { someKey: { innerKey: 1 } }), calls('pay')]),
      tools: [
        tool({ name: 'ping', inputSchema: { type: 'object' }, execute: () => ({ outKey: 1 }) }),
        pay,
      ],
      output: [text, deferredToolRequests],
    })
    expect((await toolEvents(agent.stream('Go'))).map(eventToWire)).toMatchObject([
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
    const strict = tool({
      name: 'strict',
      inputSchema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
      execute: () => 1,
    })
    const agent = new Agent({
      model: script([calls('strict', {}), calls('zz'), calls('strict', { n: 1 }, 'c3')], 'ok'),
      tools: [strict],
    })
    const events = await toolEvents(agent.stream('Go'))
    expect(events.flatMap((event) => ('argsValid' in event ? [event.argsValid] : []))).toEqual([
      false,
      false,
      true,
    ])
  })
})

const none = { providerName: null, providerDetails: null }
const call = (toolName: string) => ToolCallPart({ toolName, args: {}, toolCallId: 'c' })
const timestamp = '2026-01-02T03:04:05.678901Z'
const returned = (toolName: string, content: unknown) =>
  ToolReturnPart({ toolName, content, toolCallId: 'c', timestamp })

/** Events, and the JSON that the reference makes of them. */
const dumps: readonly (readonly [AgentEvent, string])[] = [
  [
    { eventKind: 'part_start', index: 0, part: TextPart('a'), previousPartKind: null },
    '{"index":0,"part":{"content":"a","id":null,"provider_name":null,"provider_details":null,"part_kind":"text"},"previous_part_kind":null,"event_kind":"part_start"}',
  ],
  [
    {
      eventKind: 'part_start',
      index: 1,
      part: ThinkingPart('x', { signature: 's', providerName: 'p', providerDetails: { aB: 1 } }),
      previousPartKind: 'text',
    },
    '{"index":1,"part":{"content":"x","id":null,"signature":"s","provider_name":"p","provider_details":{"aB":1},"part_kind":"thinking"},"previous_part_kind":"text","event_kind":"part_start"}',
  ],
  [
    {
      eventKind: 'part_delta',
      index: 0,
      delta: { partDeltaKind: 'text', contentDelta: 'b', ...none },
    },
    '{"index":0,"delta":{"content_delta":"b","provider_name":null,"provider_details":null,"part_delta_kind":"text"},"event_kind":"part_delta"}',
  ],
  [
    {
      eventKind: 'part_delta',
      index: 0,
      delta: { partDeltaKind: 'thinking', contentDelta: 'b', signatureDelta: null, ...none },
    },
    '{"index":0,"delta":{"content_delta":"b","signature_delta":null,"provider_name":null,"provider_details":null,"part_delta_kind":"thinking"},"event_kind":"part_delta"}',
  ],
  [
    {
      eventKind: 'part_delta',
      index: 0,
      delta: {
        partDeltaKind: 'tool_call',
        toolNameDelta: null,
        argsDelta: '{',
        toolCallId: null,
        ...none,
      },
    },
    '{"index":0,"delta":{"tool_name_delta":null,"args_delta":"{","tool_call_id":null,"provider_name":null,"provider_details":null,"part_delta_kind":"tool_call"},"event_kind":"part_delta"}',
  ],
  [
    { eventKind: 'part_end', index: 0, part: TextPart('ab'), nextPartKind: 'tool-call' },
    '{"index":0,"part":{"content":"ab","id":null,"provider_name":null,"provider_details":null,"part_kind":"text"},"next_part_kind":"tool-call","event_kind":"part_end"}',
  ],
  [
    { eventKind: 'final_result', toolName: null, toolCallId: null },
    '{"tool_name":null,"tool_call_id":null,"event_kind":"final_result"}',
  ],
  [
    { eventKind: 'function_tool_call', part: call('t'), argsValid: true },
    '{"part":{"tool_name":"t","args":{},"tool_call_id":"c","tool_kind":null,"id":null,"provider_name":null,"provider_details":null,"part_kind":"tool-call"},"args_valid":true,"event_kind":"function_tool_call"}',
  ],
  [
    { eventKind: 'function_tool_result', part: returned('t', 'r'), content: null },
    '{"part":{"tool_name":"t","content":"r","tool_call_id":"c","tool_kind":null,"metadata":null,"timestamp":"2026-01-02T03:04:05.678901Z","outcome":"success","part_kind":"tool-return"},"content":null,"event_kind":"function_tool_result"}',
  ],
  [
    { eventKind: 'output_tool_call', part: call('final_result'), argsValid: true },
    '{"part":{"tool_name":"final_result","args":{},"tool_call_id":"c","tool_kind":null,"id":null,"provider_name":null,"provider_details":null,"part_kind":"tool-call"},"args_valid":true,"event_kind":"output_tool_call"}',
  ],
  [
    {
      eventKind: 'output_tool_result',
      part: returned('final_result', 'Final result processed.'),
    },
    '{"part":{"tool_name":"final_result","content":"Final result processed.","tool_call_id":"c","tool_kind":null,"metadata":null,"timestamp":"2026-01-02T03:04:05.678901Z","outcome":"success","part_kind":"tool-return"},"event_kind":"output_tool_result"}',
  ],
  [
    {
      eventKind: 'tool_availability_delta',
      part: { partKind: 'tool-availability-delta', toolsAdded: ['x'], toolCallId: null },
    },
    '{"part":{"tools_added":["x"],"tool_call_id":null,"part_kind":"tool-availability-delta"},"event_kind":"tool_availability_delta"}',
  ],
  [
    { eventKind: 'enqueued_messages', enqueueId: 'e', messages: [] },
    '{"enqueue_id":"e","messages":[],"event_kind":"enqueued_messages"}',
  ],
  [
    {
      eventKind: 'deferred_tool_requests',
      requests: { calls: [], approvals: [], metadata: {} },
    },
    '{"requests":{"calls":[],"approvals":[],"metadata":{}},"event_kind":"deferred_tool_requests"}',
  ],
  [
    {
      eventKind: 'deferred_tool_results',
      results: { calls: {}, approvals: {}, metadata: {} },
    },
    '{"results":{"calls":{},"approvals":{},"metadata":{}},"event_kind":"deferred_tool_results"}',
  ],
]

describe('the wire form of an event', () => {
  const cases = dumps.map(([event, dump]) => ({ kind: event.eventKind, event, dump }))
  it.each(cases)('is that of the reference: $kind', ({ event, dump }) => {
    expect(JSON.stringify(eventToWire(event))).toBe(dump)
  })

  it('has the extra content of a tool as the messages spell it', () => {
    const content = [
      completeUserContent('see'),
      completeUserContent({ kind: 'image-url', url: 'https://example.com/a.png' }),
    ]
    const part = returned('t', null)
    expect(eventToWire({ eventKind: 'function_tool_result', part, content })).toMatchObject({
      content: [
        'see',
        { kind: 'image-url', url: 'https://example.com/a.png', media_type: 'image/png' },
      ],
    })
    expect(eventToWire({ eventKind: 'function_tool_result', part, content: 'see' })).toMatchObject({
      content: 'see',
    })
  })

  it('has whole messages as the history spells them', () => {
    const request = completeRequest(
      { parts: [{ partKind: 'user-prompt', content: 'x' }] },
      timestamp,
    )
    expect(
      eventToWire({ eventKind: 'enqueued_messages', enqueueId: 'e', messages: [request] }),
    ).toMatchObject({ messages: [{ kind: 'request', parts: [{ part_kind: 'user-prompt' }] }] })
  })

  it('of our own kinds is in the same spelling', () => {
    expect(
      eventToWire({
        eventKind: 'custom',
        name: 'progress',
        data: { percentDone: 5 },
        toolName: 't',
        toolCallId: 'c',
      }),
    ).toEqual({
      name: 'progress',
      data: { percentDone: 5 },
      tool_name: 't',
      tool_call_id: 'c',
      event_kind: 'custom',
    })
    const failed = {
      eventKind: 'model_attempt_failed',
      modelName: 'a',
      attempt: 1,
      delayMs: 5,
      nextModelName: 'b',
    } as const
    expect(eventToWire({ ...failed, error: new Error('down') })).toEqual({
      model_name: 'a',
      attempt: 1,
      error: 'down',
      delay_ms: 5,
      next_model_name: 'b',
      event_kind: 'model_attempt_failed',
    })
    expect(eventToWire({ ...failed, error: 'thrown text' })).toMatchObject({ error: 'thrown text' })
  })

  it('of the result does not exist', () => {
    expect(() => eventToWire({ eventKind: 'agent_run_result', result: 1 })).toThrow(UserError)
  })
})
