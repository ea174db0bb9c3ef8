import type { UsageMeter } from '../usage/index.ts'

/** A cost limit that could not be kept, because no price is known, is not kept in silence. */
export function warnOfMissingPrice({ limits, usage }: UsageMeter): void {
  if (limits.costLimit === null || usage.cost !== null || usage.requests === 0) return
  globalThis.process?.emitWarning?.(NO_PRICE, 'AgentWarning')
}

const NO_PRICE =
  'A cost limit is set, but no price was found for the model: nothing was held to the limit. Install @pydantic/genai-prices, or check the name of the model.'
