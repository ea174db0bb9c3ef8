/** Whatever happens to a run: put away at any moment and resumed, it is the same run. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type LedgerEntry, settleInFlight } from '../../machines/index.ts'
import { isSettled } from '../../machines/tool-call.machine.ts'
import { readSnapshot, SnapshotTexts, writeSnapshot } from '../../src/snapshot/index.ts'
import { drive, type Outcome } from './drive.ts'
import { type Moment, playedWhole, resumed } from './moments.ts'
import type { Play, Scenario } from './scenario.ts'
import { scenarios } from './scenarios.ts'

const chosen = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 60), seed: seedFrom(process.env) }
const limits = { timeout: 1_000 * Math.max(60, chosen.numRuns) }

function seedFrom({ PROPERTY_SEED: seed }: NodeJS.ProcessEnv): number {
  return seed === undefined ? 4 : Number(seed)
}

/** Holds for every moment of generated runs. */
async function always(
  holds: (moment: Moment, scenario: Scenario, whole: Outcome) => Promise<void> | void,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => {
      const { outcome, moments } = await playedWhole(scenario)
      for (const moment of moments) await holds(moment, scenario, outcome)
    }),
    chosen,
  )
}

function ledgerOf({ json }: Moment): readonly LedgerEntry[] {
  return readSnapshot(JSON.parse(json)).context.ledger
}

function isLost({ state, onCrash, kind }: LedgerEntry): boolean {
  return state === 'executing' && onCrash !== 'rerun' && kind !== 'output'
}

/**
 * Whether something was under way that is not done a second time, or whose second time shows: calls that may not run
 * again, messages that were enqueued, requests of runs below.
 */
function isCutShort(moment: Moment, scenario: Scenario): boolean {
  const ledger = ledgerOf(moment)
  const isUnderWay = ledger.some(({ state }) => state === 'executing')
  if (isUnderWay && moment.json.includes('A note of')) return true
  const text = JSON.stringify(scenario) // runs below wait without an end
  return ledger.some(isLostSomewhere) || (text.includes('helper') && text.includes('expire'))
}

function isLostSomewhere(entry: LedgerEntry): boolean {
  if (entry.nested === undefined) return isLost(entry)
  const { state, context } = readSnapshot(entry.nested.snapshot)
  return state === 'ModelRequest' || context.ledger.some(isLostSomewhere)
}

function nameOf({ toolCallId, toolName }: LedgerEntry): string {
  return `${toolCallId} ${toolName}`
}

it('comes to the same end from every moment', limits, () =>
  always(async (moment, scenario, whole) => {
    if (isCutShort(moment, scenario)) return
    expect(await drive(resumed(scenario, moment)), moment.name).toEqual(whole)
  }),
)

it('comes to the same end when all is decided before it goes on', limits, () =>
  always(async (moment, scenario, whole) => {
    const isLate = JSON.stringify(scenario).includes('expire') // other times
    if (isLate || whole.kind === 'failed' || isCutShort(moment, scenario)) return
    const ended = await drive(resumed(scenario, moment), { decidesAtRest: true })
    expect(ended, moment.name).toEqual(whole)
  }),
)

it('runs no call again that was over or that may not run twice, and answers each', limits, () =>
  always(async (moment, scenario) => {
    const ledger = ledgerOf(moment)
    if (new Set(ledger.map(nameOf)).size < ledger.length) return // nobody could tell them apart
    const play = resumed(scenario, moment)
    await drive(play)
    const begun = play.world.begun.slice(moment.world.begun.length)
    const over = ledger.filter((entry) => isSettled(entry.state) || isLost(entry)).map(nameOf)
    expect(
      begun.filter((name) => over.includes(name)),
      moment.name,
    ).toEqual([])
    expect(play.openCalls, moment.name).toEqual([])
    const lost = ledger.filter(isLost).map(({ toolCallId }) => toolCallId)
    expect(unknown(play), moment.name).toEqual(expect.arrayContaining(lost))
  }),
)

/** Ids of the calls of which the model reads that nobody knows what became of them. */
function unknown({ run }: Play): readonly string[] {
  return run.allMessages().flatMap(({ parts }) =>
    parts.flatMap((part) => {
      const isReturn = part.partKind === 'tool-return' && part.outcome === 'interrupted'
      return isReturn ? [part.toolCallId] : []
    }),
  )
}

it('is the same on paper when it was taken up, apart from calls that were under way', limits, () =>
  always((moment, scenario) => {
    const saved = readSnapshot(JSON.parse(moment.json))
    const at = new Date(moment.world.nowMs).toISOString()
    const settled = writeSnapshot({ ...saved, context: settleInFlight(saved.context, at) })
    const { run } = resumed(scenario, moment)
    expect(run.snapshot(), moment.name).toEqual(settled)
    expect(run.snapshot(), moment.name).toEqual(run.snapshot())
    expect(writeSnapshot(saved), moment.name).toEqual(JSON.parse(moment.json))
  }),
)

it('is the same in a store, apart from its messages, however often it is written', limits, () =>
  always(({ json, name }) => {
    const { messages: _, ...rest } = JSON.parse(json)
    const saved = readSnapshot(JSON.parse(json))
    const { state, context, terms } = saved
    const { usage } = context
    const at = (change: Partial<typeof context>) => ({
      ...saved,
      context: { ...context, ...change },
    })
    const asks = (prompt: string) => (state === 'UserPrompt' ? {} : { prompt })
    const visits = { visit: 7, newMessageIndex: 8, step: 9 }
    const texts = new SnapshotTexts()
    for (const [run, change] of [
      [saved, {}],
      [at(visits), visits],
      [at({ prompt: 'Say it again, "Sam".' }), asks('Say it again, "Sam".')],
      [at({ prompt: 'No.'.repeat(9_999) }), asks('No.'.repeat(9_999))],
      [at({ usage: { ...usage, requests: 99 } }), { usage: { ...rest.usage, requests: 99 } }],
      [{ ...saved, terms: { ...terms, agent: 'another' } }, { agent: 'another' }],
      [saved, {}],
    ] as const) {
      expect(JSON.parse(texts.of(run).text), name).toEqual({ ...rest, ...change })
    }
  }),
)

it('holds no headers', limits, () =>
  always(({ json }) => {
    expect(json).not.toMatch(/secret-token|extraHeaders|authorization/)
  }),
)
