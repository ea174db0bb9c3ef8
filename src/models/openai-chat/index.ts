export type { DirectModelOptions } from '../direct-model.ts'
export { OpenAIChatModel } from './model.ts'
export type { OpenAIChatSettings } from './settings.ts'
