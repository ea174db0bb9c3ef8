export type { DirectModelOptions } from '../direct-model.ts'
export {
  type GoogleCloudServiceTier,
  GoogleModel,
  type GoogleModelOptions,
  type GoogleSettings,
} from './model.ts'
