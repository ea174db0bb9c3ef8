import type { ModelResponse } from '../messages/index.ts'

/** Work in the background is asked about every second; anything else goes on at once. In milliseconds. */
export function pollDelayMs({ providerDetails }: ModelResponse): number {
  return providerDetails?.['background'] === true ? 1000 : 0
}
