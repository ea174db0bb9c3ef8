export {
  addUsage,
  cacheHitRatio,
  emptyRequestUsage,
  emptyRunUsage,
  RequestUsage,
  type RequestUsageInput,
  RunUsage,
  type RunUsageInput,
  totalTokens,
} from './usage.ts'
export { addDecimals, compareDecimals, decimalFromNumber, isDecimal } from './decimal.ts'
export {
  checkAfterResponse,
  checkBeforeRequest,
  checkBeforeTools,
  defaultLimits,
  type ResolvedLimits,
  resolveLimits,
  type UsageLimits,
} from './limits.ts'
export {
  type RequestReservation,
  type ToolCallsReservation,
  UsageMeter,
  type UsageMeterOptions,
} from './meter.ts'
export { loadPricing, type PricedRequest, priceOf } from './pricing.ts'
