import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors/index.ts'
import { toolContent } from '../../src/tools/index.ts'

const refusal = (value: unknown) => () => toolContent(value, 'look')

describe('the content of a tool', () => {
  it.each([
    ['an error', new TypeError('no'), 'TypeError', 'Throw it'],
    ['an error with fields', Object.assign(new Error('no'), { code: 1 }), 'Error', 'Throw it'],
    ['a response', new Response('x'), 'Response', 'plain data'],
    ['a stream', new ReadableStream(), 'ReadableStream', 'plain data'],
    ['a promise', Promise.resolve(1), 'Promise', 'Await it'],
    ['a weak map', new WeakMap(), 'WeakMap', 'plain data'],
    ['a weak set', new WeakSet(), 'WeakSet', 'plain data'],
  ])('refuses %s, which would be {} in JSON, and says where', (_, value, name, hint) => {
    expect(refusal({ list: [value] })).toThrow(UserError)
    expect(refusal({ list: [value] })).toThrow(
      `The return value of tool 'look' is an object that JSON cannot show (${name}) at list.0`,
    )
    expect(refusal(value)).toThrow(hint)
  })

  it('takes objects of a class that show something, and empty plain ones', () => {
    class Point {
      readonly x = 1
    }
    const problem = Object.assign(new Error('no'), { toJSON: () => 'told' })
    expect(toolContent([new Point(), {}, Object.create(null), problem], 'look')).toEqual([
      { x: 1 },
      {},
      {},
      'told',
    ])
  })

  it('names the bound that a result is beyond', () => {
    expect(refusal('x'.repeat(10 * 1024 * 1024 + 1))).toThrow('more than 10485760 characters')
    expect(refusal(Array(1_000_001).fill(0))).toThrow('more than 1000000 values')
    const pit = Array.from({ length: 300 }).reduce<object>((inner) => ({ inner }), {})
    expect(refusal(pit)).toThrow('deeper than 200 levels')
  })
})
