export type { WorkedRun, WorkEvent } from './events.ts'
export type { WorkAgent, WorkerOptions, WorkOptions } from './options.ts'
export { stepOrLetGo } from './step-or-let-go.ts'
export { work, type Worker } from './worker.ts'
