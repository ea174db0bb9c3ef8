export { Store } from './store.ts'
export { memoryStore } from './memory-store.ts'
export { memoryBackend } from './memory-backend.ts'
export type { ClaimRequest, PruneRequest, Retention, StoreOptions } from './store-options.ts'
export type { PayloadHook, PayloadInfo, PayloadKind, PayloadOptions } from './payloads.ts'
export type {
  HistoryEntry,
  Lease,
  LeaseRequest,
  NewRun,
  RunRecord,
  RunSave,
  RunStatus,
  StepBefore,
  StoredRun,
} from './stored-run.ts'
export type { DeliveryAddress, Delivery, InboxEntry, InboxEvent } from './inbox.ts'
export type { RunList, RunQuery } from './run-list.ts'
export { runStatuses } from './run-statuses.ts'
export type {
  BackendFailure,
  Change,
  ChangeReads,
  DueQuery,
  InboxRow,
  LoadedRows,
  MarkRow,
  MessageRow,
  RowQuery,
  RunDump,
  RunRow,
  RunRows,
  RunWrites,
  SaveRow,
  StepRow,
  StoreBackend,
} from './backend.ts'
export type { AwaitedCall } from '../snapshot/index.ts'
export {
  StepNotFoundError,
  StoreClosedError,
  StoreError,
  type StoreErrorOptions,
  StoreSizeError,
  StoreVersionError,
} from '../errors/index.ts'
