import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, outline, script } from '../agent/script.ts'

/** Like a promise, but for what its `then` returns: nothing. */
function thenable(then: (resolve: (value: unknown) => void) => void) {
  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is about
  return { then: (resolve: (value: unknown) => void): void => then(resolve) }
}

describe('a tool', () => {
  it.each([
    { why: 'tells nobody what follows', value: thenable((resolve) => setImmediate(resolve, 'it')) },
    {
      why: 'is a function',
      value: Object.assign(
        () => {},
        thenable((resolve) => resolve('it')),
      ),
    },
    { why: 'gives a promise', value: thenable((resolve) => resolve(Promise.resolve('it'))) },
  ])('is waited for when it returns what is like a promise and $why', async ({ value }) => {
    const lazy = tool({ name: 'lazy', execute: () => value })
    const result = await new Agent({ model: script([call('lazy')], 'ok'), tools: [lazy] }).run('Go')
    expect(outline(result.allMessages())[2]).toEqual(['lazy returned: it'])
  })

  it('is waited for when its `needsApproval` is like a promise', async () => {
    const no = thenable((resolve) => setImmediate(resolve, false)) as unknown as Promise<boolean>
    const careful = tool({ name: 'careful', needsApproval: () => no, execute: () => 'it' })
    const agent = new Agent({ model: script([call('careful')], 'ok'), tools: [careful] })
    expect(outline((await agent.run('Go')).allMessages())[2]).toEqual(['careful returned: it'])
  })
})
