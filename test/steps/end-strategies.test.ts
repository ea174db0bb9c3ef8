import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { ModelRetry } from '../../src/errors/index.ts'
import {
  deferredToolRequests,
  image,
  nativeOutput,
  type OutputSpec,
  text,
  toolOutput,
} from '../../src/output/index.ts'
import type { AgentEvent } from '../../src/streaming/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import type { ResponsePartInput } from '../../src/messages/index.ts'
import { call, outline, rejection, says } from '../agent/script.ts'

const strategies = ['early', 'graceful', 'exhaustive'] as const
type Strategy = (typeof strategies)[number]

const city = z.object({ city: z.string() })
const oslo = { city: 'Oslo' }
const out = call('final_result', oslo, 'out')
const badOut = call('final_result', {}, 'bad')
const f = call('f', {}, 'f1')

const final = 'final_result returned: Final result processed.'
const revoked =
  'final_result returned: Output not used as the final result - addressing tool retries from this round first.'
const badArguments = expect.stringContaining('final_result retry: [{"type":')
const stubbed = (name: string): string =>
  `${name} returned: Tool not executed - a final result was already processed.`

const lastAnswer = [call('final_result', { city: 'later' }, 'later')]

/** What one response leads to: the output (`'continues'` when there is none yet), the results, which tools ran. */
async function outcome(
  endStrategy: Strategy,
  response: readonly ResponsePartInput[],
  output: OutputSpec = [city, deferredToolRequests],
  profile: { supportsImageOutput?: boolean } = {},
) {
  const ran: string[] = []
  const events: AgentEvent[] = []
  const runs = (name: string, body: () => unknown = () => 'ok') =>
    tool({
      name,
      execute: () => {
        ran.push(name)
        return body()
      },
    })
  const agent = new Agent({
    model: new ScriptedModel([{ parts: response }, { parts: lastAnswer }], { profile }),
    endStrategy,
    output,
    tools: [
      runs('f'),
      runs('retrying', () => {
        throw new ModelRetry('Again.')
      }),
      tool({ name: 'approval', needsApproval: true, execute: () => 'never' }),
    ],
  })
  const run = agent.iter('Go')
  await run.next()
  await run.next()
  for await (const event of run.stream()) events.push(event)
  const next = run.nextNode
  const results = next.kind === 'model-request' ? [next.request] : run.allMessages().slice(2)
  return {
    output: next.kind === 'end' ? next.data.output : 'continues',
    parts: outline(results).flat(),
    ran,
    events: events.map(({ eventKind }) => eventKind),
  }
}

const deferred = { calls: [], approvals: [{ toolName: 'approval' }], metadata: {} }

const matrix: readonly {
  response: string
  calls: readonly ResponsePartInput[]
  expected: Readonly<Record<Strategy, { output: unknown; parts: unknown[]; ran: string[] }>>
}[] = [
  {
    response: 'f, out, f',
    calls: [f, out, call('f', {}, 'f2')],
    expected: {
      early: { output: oslo, parts: [final, stubbed('f'), stubbed('f')], ran: [] },
      graceful: {
        output: oslo,
        parts: ['f returned: ok', final, 'f returned: ok'],
        ran: ['f', 'f'],
      },
      exhaustive: {
        output: oslo,
        parts: ['f returned: ok', final, 'f returned: ok'],
        ran: ['f', 'f'],
      },
    },
  },
  {
    response: 'out, out',
    calls: [out, call('final_result', { city: 'Rome' }, 'out2')],
    expected: sameButExhaustive(
      {
        output: oslo,
        parts: [
          final,
          'final_result returned: Output tool not used - a final result was already processed.',
        ],
        ran: [],
      },
      {
        output: oslo,
        parts: [
          final,
          'final_result returned: Output tool processed, but its value will not be the final result of the agent run.',
        ],
        ran: [],
      },
    ),
  },
  {
    response: 'bad out, out',
    calls: [badOut, out],
    expected: same({ output: oslo, parts: [badArguments, final], ran: [] }),
  },
  {
    response: 'bad out, f',
    calls: [badOut, f],
    expected: same({ output: 'continues', parts: [badArguments, 'f returned: ok'], ran: ['f'] }),
  },
  {
    response: 'out, retrying f',
    calls: [out, call('retrying')],
    expected: {
      early: { output: oslo, parts: [final, stubbed('retrying')], ran: [] },
      graceful: {
        output: 'continues',
        parts: [revoked, 'retrying retry: Again.'],
        ran: ['retrying'],
      },
      exhaustive: {
        output: 'continues',
        parts: [revoked, 'retrying retry: Again.'],
        ran: ['retrying'],
      },
    },
  },
  {
    response: 'retrying f, out',
    calls: [call('retrying'), out],
    expected: {
      early: { output: oslo, parts: [final, stubbed('retrying')], ran: [] },
      graceful: {
        output: 'continues',
        parts: ['retrying retry: Again.', revoked],
        ran: ['retrying'],
      },
      exhaustive: {
        output: 'continues',
        parts: ['retrying retry: Again.', revoked],
        ran: ['retrying'],
      },
    },
  },
  {
    response: 'out, unknown',
    calls: [out, call('zz')],
    expected: {
      early: { output: oslo, parts: [final, stubbed('zz')], ran: [] },
      graceful: { output: oslo, parts: [final, unknown('zz')], ran: [] },
      exhaustive: { output: oslo, parts: [final, unknown('zz')], ran: [] },
    },
  },
  {
    response: 'out, approval tool',
    calls: [out, call('approval')],
    expected: same({ output: oslo, parts: [final, stubbed('approval')], ran: [] }),
  },
  {
    response: 'f, approval tool',
    calls: [f, call('approval')],
    expected: same({ output: deferred, parts: ['f returned: ok'], ran: ['f'] }),
  },
  {
    response: 'retrying f, approval tool',
    calls: [call('retrying'), call('approval')],
    expected: same({ output: deferred, parts: ['retrying retry: Again.'], ran: ['retrying'] }),
  },
]

function same<TValue>(value: TValue): Record<Strategy, TValue> {
  return sameButExhaustive(value, value)
}

function sameButExhaustive<TValue>(early: TValue, exhaustive: TValue): Record<Strategy, TValue> {
  return { early, graceful: early, exhaustive }
}

function unknown(name: string): string {
  return `${name} retry: Unknown tool name: '${name}'. Available tools: 'approval', 'f', 'final_result', 'retrying'`
}

describe.each(strategies)('with the end strategy %s', (strategy) => {
  it.each(matrix)('the response: $response', async ({ calls, expected }) => {
    expect(await outcome(strategy, calls)).toMatchObject(expected[strategy])
  })

  it('the response: valid native JSON text, f', async () => {
    const result = await outcome(strategy, [says('{"city":"Oslo"}'), f], nativeOutput(city))
    expect(result).toMatchObject(
      strategy === 'early'
        ? { output: oslo, parts: [stubbed('f')], ran: [] }
        : { output: 'continues', parts: ['f returned: ok'], ran: ['f'] },
    )
  })

  it('the response: native JSON text that does not fit, f', async () => {
    const result = await outcome(strategy, [says('{"city":1}'), f], nativeOutput(city))
    expect(result).toMatchObject({ output: 'continues', parts: ['f returned: ok'], ran: ['f'] })
  })

  it('the response: plain text, f', async () => {
    const result = await outcome(strategy, [says('Oslo'), f], text)
    expect(result).toMatchObject({ output: 'continues', parts: ['f returned: ok'], ran: ['f'] })
  })

  it('the response: image, unknown', async () => {
    const content = { kind: 'binary' as const, data: 'AAAA', mediaType: 'image/png' }
    const parts = [{ partKind: 'file' as const, content }, call('zz')]
    const result = await outcome(strategy, parts, image, { supportsImageOutput: true })
    expect(result).toMatchObject(
      strategy === 'early'
        ? { output: content, parts: [stubbed('zz')] }
        : { output: 'continues', ran: [] },
    )
  })

  it('an output that used up its own retries ends the run, unless another is good', async () => {
    const output = [toolOutput(city, { maxRetries: 0 })]
    const alone = await rejection(outcome(strategy, [badOut], output))
    expect(alone).toMatchObject({
      name: 'UnexpectedModelBehavior',
      message: expect.stringContaining('Exceeded maximum output retries (0)'),
    })
    const after = await outcome(strategy, [out, badOut], output)
    expect(after).toMatchObject({ output: oslo })
  })
})

describe('the events of stubbed calls', () => {
  it('functions and deferred calls have none', async () => {
    const { events } = await outcome('early', [out, f, call('approval')])
    expect(events).toEqual(['output_tool_call', 'output_tool_result'])
  })

  it('outputs have both', async () => {
    const { events } = await outcome('graceful', [out, { ...out, toolCallId: 'out2' }])
    expect(events).toEqual([
      'output_tool_call',
      'output_tool_result',
      'output_tool_call',
      'output_tool_result',
    ])
  })
})

describe('exhaustive', () => {
  it('absorbs outputs that failed for good beside a good one, and says at which stage', async () => {
    const options = { maxRetries: 0 }
    const agent = new Agent({
      model: new ScriptedModel([{ parts: [call('a', {}), call('b', { refuse: true }), out] }]),
      endStrategy: 'exhaustive',
      output: [
        toolOutput(city, { name: 'a', ...options }),
        toolOutput(z.object({ refuse: z.boolean() }), { name: 'b', ...options }),
        toolOutput(city, { name: 'final_result', ...options }),
      ],
      outputValidators: [
        (value) => {
          if ('refuse' in value) throw new ModelRetry('No.')
          return value
        },
      ],
    })
    const run = agent.iter('Go')
    expect((await run.finish()).output).toEqual(oslo)
    expect(outline(run.allMessages())[2]).toEqual([
      'a returned: Output tool not used - output failed validation.',
      'b returned: Output tool not used - output function execution failed.',
      final,
    ])
  })
})
