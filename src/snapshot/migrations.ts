import { isRecord, Place } from '../codec/index.ts'
import { SnapshotVersionError } from '../errors/index.ts'

/** The version that is written. */
export const currentVersion = 1

type Fields = Readonly<Record<string, unknown>>

/** What makes a snapshot of one version one of the next, by the version it starts from. Kept forever. */
const migrations: Readonly<Record<number, (snapshot: Fields) => Fields>> = {}

/** The snapshot in the current version. @throws {ValidationError} @throws {SnapshotVersionError} */
export function migrated(value: unknown): Fields {
  const place = new Place()
  if (typeof value === 'string')
    throw place.refusal('A snapshot is an object: parse the text first')
  if (!isRecord(value)) throw place.refusal('A snapshot is an object')
  if (value['format'] !== 'agentchart/run') {
    place.path.push('format')
    const isActor = value['format'] === 'agentchart/actor'
    const advice = isActor ? 'that of an actor has it under `run`' : "expected 'agentchart/run'"
    throw place.refusal(`This is no snapshot of a run: ${advice}`)
  }
  const { version } = value
  const isKnown = typeof version === 'number' && Number.isInteger(version) && version >= 1
  if (!isKnown || version > currentVersion) throw new SnapshotVersionError(version, currentVersion)
  let [snapshot, at]: [Fields, number] = [value, version]
  for (; at < currentVersion; at += 1) snapshot = { ...migrations[at]?.(snapshot), version: at + 1 }
  return snapshot
}
