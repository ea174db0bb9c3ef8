export type { DirectModelOptions } from '../direct-model.ts'
export { AnthropicModel } from './model.ts'
export type { AnthropicSettings, CacheSetting } from './settings.ts'
