/** Many runs and many kills, all from one seed. */
import { type CrashResult, crashRun, type Kill, type Stage } from './crash-run.ts'
import { makePlan } from './plan.ts'
import { Random } from './random.ts'
import { referenceOf } from './reference.ts'

export interface CampaignOptions {
  readonly seed: number
  /** How many processes are to be killed. */
  readonly kills: number
  /** How many runs go on at a time. */
  readonly lanes: number
  /** Told of each run. */
  readonly onRun?: (run: { readonly seed: number; readonly result: CrashResult }) => void
}

export interface CampaignResult {
  readonly kills: number
  readonly runs: number
  /** How often processes were killed where. */
  readonly places: ReadonlyMap<string, number>
  /** What was wrong, with the seed of the run. */
  readonly violations: readonly string[]
}

/** Generates runs and kills their processes until there were enough kills. */
export async function campaign(options: CampaignOptions, stage: Stage): Promise<CampaignResult> {
  const places = new Map<string, number>()
  const violations: string[] = []
  let runs = 0
  let kills = 0
  let next = options.seed * 1_000_003
  const lane = async (): Promise<void> => {
    while (kills < options.kills) {
      const seed = next
      next += 1
      const result = await runOf(seed, stage)
      runs += 1
      kills += result.kills.length
      for (const place of result.kills) places.set(place, (places.get(place) ?? 0) + 1)
      violations.push(...result.violations.map((told) => `run ${seed}: ${told}`))
      options.onRun?.({ seed, result })
    }
  }
  await Promise.all(Array.from({ length: options.lanes }, lane))
  return { kills, runs, places, violations }
}

/** The run of a seed, and how its processes are killed. */
export async function runOf(seed: number, stage: Stage): Promise<CrashResult> {
  const plan = makePlan(seed)
  const reference = await referenceOf(plan)
  return crashRun({ runId: `run-${seed}`, plan, reference, kills: killsOf(seed) }, stage)
}

function killsOf(seed: number): readonly Kill[] {
  const random = new Random(seed ^ 0x5bd1e995)
  return Array.from({ length: random.between(2, 6) }, () => killOf(random))
}

function killOf(random: Random): Kill {
  const kind = random.pick(['any', 'any', 'work', 'save', 'time', 'time', 'waiting'] as const)
  switch (kind) {
    case 'any':
      return { kind: 'point', at: '', nth: random.between(1, 120) }
    case 'work':
      return { kind: 'point', at: random.pick(['model', 'tool', 'run']), nth: random.between(1, 4) }
    case 'save':
      return { kind: 'point', at: 'save', nth: random.between(1, 60) }
    case 'time':
      return { kind: 'time', ms: random.between(0, 120) }
    case 'waiting':
      return { kind: 'waiting' }
  }
}
