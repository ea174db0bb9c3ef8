import { describe, expect, it } from 'vitest'
import { Page } from '../../../src/cli/chat/page.ts'
import { TurnView } from '../../../src/cli/chat/turn-view.ts'
import {
  Agent,
  outputFunction,
  promptedOutput,
  TextPart,
  textOutput,
  ThinkingPart,
  tool,
  ToolCallPart,
  ToolReturnPart,
} from '../../../src/index.ts'
import type { RunEvent } from '../../../src/run/index.ts'
import { FunctionModel, type FunctionModelBody, ScriptedModel } from '../../../src/testing/index.ts'

const timestamp = '2026-01-01T00:00:00.000Z'

/** A view on a clock turned by hand, with what it prints. */
function watch() {
  const clock = { ms: 0 }
  const view = new TurnView(() => clock.ms)
  const page = new Page()
  let printed = ''
  return {
    clock,
    add: (...events: readonly RunEvent[]) => {
      for (const event of events) for (const piece of view.add(event)) printed += page.add(piece)
    },
    end: () => {
      for (const piece of view.end()) printed += page.add(piece)
    },
    live: () => view.live.map((line) => new Page().line(line).trimEnd()),
    printed: () => printed,
  }
}

/** What is printed of a whole run. */
async function printedOf(events: AsyncIterable<RunEvent>): Promise<string> {
  const { add, printed } = watch()
  for await (const event of events) add(event)
  return printed()
}

const call = ToolCallPart({ toolName: 'add', args: { left: 1 }, toolCallId: 'one' })
const called = { eventKind: 'function_tool_call', part: call, argsValid: true } as const
const returned = (content: unknown, outcome: 'success' | 'denied' = 'success') =>
  ({
    eventKind: 'function_tool_result',
    part: ToolReturnPart({ toolName: 'add', content, toolCallId: 'one', timestamp, outcome }),
    content: null,
  }) as const

describe('what is seen of a turn', () => {
  it('is a call that is asked for, running, and done after so long', () => {
    const { add, clock, live, printed } = watch()
    expect(live()).toEqual(['… waiting for the model'])
    add({ eventKind: 'part_start', index: 0, part: call, previousPartKind: null })
    expect(live()).toEqual(['· add'])
    add(called)
    expect(live()).toEqual(['· add {"left":1} running'])
    clock.ms = 1_500
    add(returned({ sum: 2 }))
    expect(printed()).toBe('✓ add {"left":1} → {"sum":2} (1.5 s)\n')
    expect(live()).toEqual(['… waiting for the model'])
  })

  it('has one short line for a call, however much goes in and comes out', () => {
    const { add, printed } = watch()
    const args = { text: `two\nlines ${'x'.repeat(500)}` }
    add({ ...called, part: { ...call, args } }, returned('👩‍🚀'.repeat(500)))
    expect(printed()).toMatch(/^✓ add \{"text":"two\\nlines x+… → (?:👩‍🚀){99}… \(0 ms\)\n$/u)
  })

  it('tells of calls that were cut off', () => {
    const { add, end, live, printed } = watch()
    add(called)
    end()
    expect(printed()).toBe('⊘ add {"left":1} interrupted\n')
    expect(live()).toEqual([])
  })

  it('has no line that changes while text streams', () => {
    const { add, live } = watch()
    add({ eventKind: 'part_start', index: 0, part: TextPart('Hi'), previousPartKind: null })
    expect(live()).toEqual([])
  })

  it('has thinking indented, line by line, and the answer below it', () => {
    const { add, printed } = watch()
    const delta = (partDeltaKind: 'text' | 'thinking', contentDelta: string) =>
      ({
        eventKind: 'part_delta',
        index: 0,
        delta: {
          partDeltaKind,
          contentDelta,
          signatureDelta: null,
          providerName: null,
          providerDetails: null,
        },
      }) as const
    add(
      { eventKind: 'part_start', index: 0, part: ThinkingPart('Hm'), previousPartKind: null },
      delta('thinking', 'm\n'),
      delta('thinking', 'so\n\nyes'),
      { eventKind: 'part_start', index: 1, part: TextPart('\u001B'), previousPartKind: 'thinking' },
      delta('text', ']0;title\u0007'),
    )
    expect(printed()).toBe('  Hmm\n  so\n\n  yes\n�]0;title�')
  })

  it('includes what a tool tells, and what a model failed with', () => {
    const { add, printed } = watch()
    const [toolName, toolCallId] = ['add', 'one']
    add({ eventKind: 'custom', name: 'progress', data: { done: 3n }, toolName, toolCallId })
    add({
      eventKind: 'model_attempt_failed',
      modelName: 'first',
      attempt: 1,
      error: new Error('Too many\nrequests'),
      delayMs: 0,
      nextModelName: 'second',
    })
    expect(printed()).toBe(
      '• progress {"done":"3"}\n↻ first failed: Too many requests; second is asked\n',
    )
  })
})

describe('the output of a turn', () => {
  const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
  const says = (body: FunctionModelBody) => new FunctionModel(body)

  it('is JSON when the model gives it by a tool call', async () => {
    const model = says(function* ({ length }) {
      const args = length === 1 ? { town: 'Oslo' } : { city: 'Oslo' }
      yield { kind: 'part', part: { partKind: 'tool-call', toolName: 'final_result', args } }
    })
    const printed = await printedOf(new Agent({ model, output: schema }).stream('Hi'))
    expect(printed).toMatch(
      /^↻ the answer is to be given again: .*city.*\n\{\n {2}"city": "Oslo"\n\}$/,
    )
  })

  it('is not printed again when it was seen as the model wrote it', async () => {
    const text = '{ "city": "Oslo" }'
    const agent = new Agent({ model: new ScriptedModel([text]), output: promptedOutput(schema) })
    expect(await printedOf(agent.stream('Hi'))).toBe(text)
  })

  it('is what a function made of the text', async () => {
    const output = textOutput((text: string) => text.toUpperCase())
    const agent = new Agent({ model: new ScriptedModel(['quiet']), output })
    expect(await printedOf(agent.stream('Hi'))).toBe('quiet\nQUIET')
  })

  it('is what an output function made', async () => {
    const output = outputFunction({ name: 'give', inputSchema: schema, execute: () => 'Made' })
    const give = {
      partKind: 'tool-call',
      toolName: 'final_result',
      args: { city: 'Oslo' },
    } as const
    const agent = new Agent({ model: new ScriptedModel([{ parts: [give] }]), output })
    expect(await printedOf(agent.stream('Hi'))).toBe('Made')
  })

  it('stands apart from text before tool calls', async () => {
    const note = tool({ name: 'note', execute: () => null })
    const parts = [
      { partKind: 'text', content: 'A moment.' },
      { partKind: 'tool-call', toolName: 'note' },
    ] as const
    const model = new ScriptedModel([{ parts }, 'Noted.'])
    expect(await printedOf(new Agent({ model, tools: [note] }).stream('Hi'))).toMatch(
      /^A moment\.\n✓ note \{\} done \(\d+ ms\)\nNoted\.$/,
    )
  })
})
