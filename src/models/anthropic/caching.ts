import { UserError } from '../../errors/index.ts'
import type { RawObject } from '../raw.ts'
import type { CacheSetting } from './settings.ts'

/** Most cache points in one request. */
const mostCachePoints = 4

/** Blocks that can be the end of what is cached. */
const cacheable = ['text', 'tool_use', 'server_tool_use', 'image', 'tool_result', 'document']

/** Nothing when it is off. */
export function cacheControl(setting: CacheSetting | undefined): RawObject | undefined {
  if (setting === undefined || setting === false) return undefined
  return { type: 'ephemeral', ttl: setting === true ? '5m' : setting }
}

/** Marks the last block: what stands up to there is cached. @throws {UserError} when there is nothing to mark */
export function markLast(blocks: RawObject[], ttl: '5m' | '1h'): void {
  const last = blocks.at(-1)
  if (last === undefined) {
    throw new UserError('A CachePoint has nothing in front of it to cache', {
      hint: 'Put it behind the content that is to be cached; for instructions and tools there are `anthropicCacheInstructions` and `anthropicCacheToolDefinitions`',
    })
  }
  if (!isCacheable(last)) {
    throw new UserError(`A block of type '${String(last['type'])}' cannot be cached`)
  }
  mark(blocks, blocks.length - 1, ttl)
}

/** Marks the last block that can be marked, unless it is already. */
export function markLastCacheable(blocks: RawObject[], setting: CacheSetting): void {
  const index = blocks.findLastIndex((block) => isMarked(block) || isCacheable(block))
  const block = blocks[index]
  if (block !== undefined && !isMarked(block)) mark(blocks, index, setting)
}

export function mark(blocks: RawObject[], index: number, setting: CacheSetting): void {
  blocks[index] = { ...blocks[index], cache_control: cacheControl(setting) }
}

/**
 * Takes cache points out of the messages, the oldest first, until there are no more than the provider allows.
 *
 * @throws {UserError} when system prompt and tools have too many already
 */
export function limitCachePoints(
  messages: readonly { readonly content: RawObject[] }[],
  fixed: readonly RawObject[],
  isAutomatic: boolean,
): void {
  const allowed = mostCachePoints - (isAutomatic ? 1 : 0)
  let left = allowed - fixed.filter(isMarked).length
  if (left < 0) {
    throw new UserError(`System prompt and tools have more than ${allowed} cache points`)
  }
  for (const { content } of messages.toReversed()) {
    for (let i = content.length - 1; i >= 0; i -= 1) {
      const { cache_control, ...block } = content[i] ?? {}
      if (cache_control === undefined) continue
      if (left > 0) left -= 1
      else content[i] = block
    }
  }
}

function isCacheable(block: RawObject): boolean {
  return cacheable.includes(String(block['type']))
}

function isMarked(block: RawObject): boolean {
  return block['cache_control'] !== undefined
}
