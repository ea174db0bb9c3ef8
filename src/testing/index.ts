export {
  FunctionModel,
  type FunctionModelBody,
  type FunctionModelInfo,
  type FunctionModelOptions,
} from './function-model.ts'
export { TestModel, type TestModelOptions } from './test-model.ts'
export {
  ScriptedModel,
  type ScriptedModelOptions,
  type ScriptedResponse,
} from './scripted-model.ts'
export type { Answer, AnswerPiece, StreamedAnswer } from './answer.ts'
export { ManualClock } from './manual-clock.ts'
export { forbidModelRequests } from '../models/index.ts'
export { type ConformanceTest, storeConformance } from './store-conformance/store-conformance.ts'
export type { StorePlace } from './store-conformance/check.ts'
export { FailingBackend } from './failing-backend.ts'
