export { readActor, type SavedActor, writeActor } from './actor.ts'
export type { AwaitedCall } from '../../machines/index.ts'
export { errorFacts } from './failure.ts'
export { plainCalls } from './ledger.ts'
export {
  readSnapshot,
  type RunSnapshot,
  type RunState,
  type SavedRun,
  snapshotText,
  writeSnapshot,
} from './snapshot.ts'
export type { Requirements, RunTerms, SavedOptions } from './terms.ts'
