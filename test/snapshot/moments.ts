import { drive, type Outcome } from './drive.ts'
import { Play, type Scenario, type World } from './scenario.ts'

/** A run as it was put away at some time, and the world at that time. */
export interface Moment {
  readonly name: string
  readonly json: string
  readonly world: World
}

/** A run that nobody puts away, and what it would have been put away as at every moment. */
export async function playedWhole(scenario: Scenario): Promise<{
  readonly outcome: Outcome
  readonly moments: readonly Moment[]
  readonly play: Play
}> {
  const moments: Moment[] = []
  const play = new Play(scenario).begin()
  play.onMoment = (name) => {
    const json = JSON.stringify(play.run.snapshot())
    moments.push({ name, json, world: structuredClone(play.world) })
  }
  const outcome = await drive(play)
  return { outcome, moments, play }
}

/** The run of a moment, in another process as it were. */
export function resumed(scenario: Scenario, { json, world }: Moment): Play {
  return new Play(scenario, structuredClone(world)).resume(JSON.parse(json))
}
