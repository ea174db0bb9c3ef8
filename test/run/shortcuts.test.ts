import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Agent, ModelRetry, tool, type ModelResponseInput } from '../../src/index.ts'
import { ManualClock, ScriptedModel } from '../../src/testing/index.ts'

/** What the model does in one round, and with it the tools. */
type Round = 'one tool' | 'two tools' | 'retry' | 'unknown' | 'nothing' | 'failure'

const rounds: readonly Round[] = ['one tool', 'two tools', 'retry', 'unknown', 'nothing', 'failure']

function responseFor(round: Round, index: number): ModelResponseInput {
  const call = (toolName: string, n: number) => ({
    partKind: 'tool-call' as const,
    toolName,
    args: {},
    toolCallId: `call-${index}-${n}`,
  })
  if (round === 'nothing') return { parts: [] }
  if (round === 'two tools') return { parts: [call('work', 0), call('work', 1)] }
  const names = {
    'one tool': 'work',
    retry: 'picky',
    unknown: 'nobody',
    failure: 'broken',
  } as const
  return { parts: [call(names[round], 0)] }
}

function agentFor(script: readonly Round[]) {
  return new Agent({
    model: new ScriptedModel([...script.map(responseFor), 'done']),
    retries: 10,
    tools: [
      tool({ name: 'work', execute: async () => 'worked' }),
      tool({
        name: 'picky',
        execute: () => {
          throw new ModelRetry('again')
        },
      }),
      tool({
        name: 'broken',
        execute: (_, ctx) => {
          if (ctx.attempt === 0) throw new Error('broken once')
          return 'mended'
        },
      }),
    ],
  })
}

/** All snapshots of a run that is driven to its end, as data. */
async function snapshotsOf(
  script: readonly Round[],
  options: { isInspected: boolean; byHand: boolean },
) {
  const run = agentFor(script).iter('go', {
    runId: 'run',
    conversationId: 'conversation',
    clock: new ManualClock(0),
    ...(options.isInspected && { inspect: () => {} }),
  })
  const seen: unknown[] = []
  const look = () => seen.push(asData(run.actor.getSnapshot()))
  look()
  run.actor.subscribe(look)
  while (run.result === null) {
    await (options.byHand ? run.next() : run.finish()).catch(() => {})
  }
  return seen
}

function asData(snapshot: object): unknown {
  const { status, value, context, output, children, tags, _nodes, historyValue, error } =
    snapshot as Record<string, unknown>
  return JSON.parse(
    JSON.stringify({
      status,
      value,
      context,
      output,
      error,
      historyValue,
      children: Object.keys(children as object),
      tags: [...(tags as Set<string>)],
      nodes: (_nodes as readonly { id: string }[]).map(({ id }) => id).toSorted(),
    }).replaceAll(/pyd_ai_[0-9a-f]+/g, 'generated'),
  )
}

describe('shortcuts through the chart', () => {
  it.each([{ byHand: false }, { byHand: true }])(
    'S1: lead to the snapshots that the interpreter makes (by hand: $byHand)',
    async ({ byHand }) => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom(...rounds), { maxLength: 6 }), async (script) => {
          const interpreted = await snapshotsOf(script, { isInspected: true, byHand })
          expect(await snapshotsOf(script, { isInspected: false, byHand })).toEqual(interpreted)
        }),
        { numRuns: 60 },
      )
    },
  )
})
