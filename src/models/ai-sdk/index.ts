export { AiSdkModel, type AiSdkModelOptions } from './ai-sdk-model.ts'
export type { AiSdkLanguageModel } from './protocol.ts'
export { retrievingFetch } from '../retrieve.ts'
