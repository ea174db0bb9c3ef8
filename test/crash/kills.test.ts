import { cpus } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { campaign } from './campaign.ts'
import { crashRun, type Stage } from './crash-run.ts'
import type { PlannedCall, RunPlan, ToolName, VerdictKind } from './plan.ts'
import { type Reference, referenceOf } from './reference.ts'
import { openStage } from './stage.ts'

let stage: ReturnType<typeof openStage>
beforeAll(() => {
  stage = openStage()
})
afterAll(() => stage.close())

const lanes = Math.max(2, Math.min(4, cpus().length))

function call(toolCallId: string, toolName: ToolName, verdict?: VerdictKind): PlannedCall {
  return { toolCallId, toolName, args: { value: 7, ms: 1, ...(verdict && { verdict }) } }
}

/** Of everything something. */
const plan: RunPlan = {
  seed: 42,
  rounds: [
    [call('a', 'look_up'), call('b', 'charge'), call('c', 'publish', 'override')],
    [call('g', 'delegate', 'approve')],
    [call('d', 'append_row'), call('e', 'ask_person', 'answer'), call('f', 'refund', 'deny')],
  ],
  output: 'structured',
  answersTwice: true,
  drive: 'auto',
  pollMs: 3,
  messages: [{ id: 'm', priority: 'when_idle', content: 'And then?', from: 2 }],
}

describe('a run whose process is killed', () => {
  it('comes to the same end wherever that was', { timeout: 300_000 }, async () => {
    const reference = await referenceOf(plan)
    const { points } = await crashRun({ runId: 'whole', plan, reference, kills: [] }, stage)
    expect(points.length).toBeGreaterThan(100)
    const places = distinct(points).values()
    const results: { readonly place: string; readonly violations: readonly string[] }[] = []
    const lane = async (): Promise<void> => {
      for (const i of places) results.push(await killedAt(i + 1, reference, stage))
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    const kills = results.filter(({ place }) => place !== '').length
    console.log(`${kills} kills, ${results.length} runs: one at each point`)
    expect(results.filter(({ violations }) => violations.length > 0)).toEqual([])
    expect(kills).toBeGreaterThan(distinct(points).length * 0.9)
  })

  it('comes to the same end however often that happens', { timeout: 300_000 }, async () => {
    const { kills, runs, violations } = await campaign({ seed: 4, kills: 120, lanes }, stage)
    console.log(`${kills} kills, ${runs} runs: at random`)
    expect(violations).toEqual([])
  })
})

/** Where the points are between which something changes that outlives the process. */
function distinct(points: readonly string[]): readonly number[] {
  return [...points.keys()].filter((i) => {
    const point = points[i] ?? ''
    return point !== points[i - 1] && !/is decided|is to be committed|is written/.test(point)
  })
}

/** The plan, killed at the nth point and taken up again. */
async function killedAt(nth: number, reference: Reference, on: Stage) {
  const kills = [{ kind: 'point', at: '', nth } as const]
  const result = await crashRun({ runId: `killed-${nth}`, plan, reference, kills }, on)
  const [place = ''] = result.kills
  return {
    place,
    violations: result.violations.map((told) => `at point ${nth}, ${place}: ${told}`),
  }
}
