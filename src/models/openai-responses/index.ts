export type { DirectModelOptions } from '../direct-model.ts'
export { OpenAIResponsesModel } from './model.ts'
export type { OpenAIResponsesOptions, OpenAIResponsesSettings } from './settings.ts'
