import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { FallbackModel, limitConcurrency, model, retrying } from '../../src/models/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'

const local = new FunctionModel(() => 'ok')
const agent = new Agent({ model: local })

describe('what comes from a file, unseen by the compiler, is refused by its name', () => {
  it.each<[string, () => unknown, string]>([
    ['a model', () => model('openai:m', { baseURL: 'x' } as never), '`baseUrl`'],
    ['a fallback', () => new FallbackModel([local], { fallBackOn: [] } as never), '`fallbackOn`'],
    ['retries', () => retrying(local, { attempts: 3 } as never), '`attempts`'],
    [
      'a limit',
      () => limitConcurrency(local, { maxConcurrent: 1, maxQueue: 2 } as never),
      '`maxQueue`',
    ],
    ['a stream', () => agent.stream('Hi', { onLeave: 'stop' as never }), "'continue' or 'cancel'"],
    ['a view', () => agent.stream('Hi').text({ debounceMs: Number.NaN }), '`debounceMs`'],
    [
      'a message',
      () => agent.iter('Hi').enqueue('x', { priority: 'soon' as never }),
      "'when_idle'",
    ],
    ['a prompt', () => agent.stream(undefined as never), 'null to go on'],
  ])('%s', (_, make, hint) => {
    expect(make).toThrow(hint)
  })
})
