import { UserError } from '../errors/index.ts'
import type { RawObject } from './raw.ts'

/**
 * Whether the model caches up to marks in the prompt; others cache as they see fit.
 *
 * @see https://developers.openai.com/api/docs/guides/prompt-caching
 */
export function takesCacheMarks(modelName: string): boolean {
  return /^gpt-(5\.6|6-astra)/.test(modelName)
}

/**
 * Marks what stands last, so that the provider caches up to there.
 *
 * @throws {UserError} when nothing stands there
 */
export function markForCache(blocks: RawObject[]): void {
  const last = blocks.pop()
  if (last === undefined) {
    throw new UserError('A CachePoint has nothing in front of it to cache', {
      hint: 'Put it behind the content that is to be cached',
    })
  }
  blocks.push({ ...last, prompt_cache_breakpoint: { mode: 'explicit' } })
}
