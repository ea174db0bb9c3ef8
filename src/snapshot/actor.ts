/**
 * The actor of a run on paper: the run, and how it was driven. It is what an agent leaves of itself in the persisted
 * snapshot of somebody's own machine.
 */
import { type Codec, isRecord, object, oneOf, Place } from '../codec/index.ts'
import { SnapshotVersionError } from '../errors/index.ts'
import { count } from './parts.ts'
import type { RunSnapshot } from './snapshot.ts'

/** An agent's actor, put away. Plain JSON. */
export interface SavedActor {
  readonly format: 'agentchart/actor'
  readonly version: 1
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  readonly drive: 'auto' | 'step'
  readonly onFailure: 'fail' | 'stay'
  /** As `run.snapshot()` gives it; `agent.resume()` takes it. */
  readonly run: RunSnapshot
}

const version = 1

/** Whoever takes up the run looks into it. */
const run: Codec<RunSnapshot> = {
  read(value, place) {
    if (isRecord(value)) return value as RunSnapshot
    throw place.refusal('Expected an object')
  },
}

const document = object(
  {
    format: oneOf('agentchart/actor'),
    version: count,
    status: oneOf('active', 'done', 'error', 'stopped'),
    drive: oneOf('auto', 'step'),
    onFailure: oneOf('fail', 'stay'),
    run,
  },
  {},
)

export function writeActor(actor: Omit<SavedActor, 'format' | 'version'>): SavedActor {
  return { format: 'agentchart/actor', version, ...actor }
}

/**
 * @throws {ValidationError} naming the place, for what is no actor of an agent
 * @throws {SnapshotVersionError} for a version that is not known
 */
export function readActor(value: unknown): SavedActor {
  const isOther = isRecord(value) && 'version' in value && value['version'] !== version
  if (isOther && value['format'] === 'agentchart/actor') {
    throw new SnapshotVersionError(value['version'], version)
  }
  const { format, version: _, ...rest } = document.read(value, new Place())
  return { format, version, ...rest }
}
