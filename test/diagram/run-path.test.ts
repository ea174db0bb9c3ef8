import { describe, expect, it } from 'vitest'
import { Agent, type AgentOptions } from '../../src/agent/index.ts'
import type { AgentRun } from '../../src/run/index.ts'
import { deferredToolRequests, textOutput } from '../../src/output/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { calls, errorOf, runTo } from '../run/scripts.ts'

type Script = ConstructorParameters<typeof ScriptedModel>[0]

const ping = tool({ name: 'ping', execute: () => 'pong' })
const ask = tool({ name: 'ask', needsApproval: true, execute: () => 'yes' })

function agentOf(script: Script, options: Partial<AgentOptions<unknown, undefined, string>> = {}) {
  return new Agent({ model: new ScriptedModel(script), tools: [ping, ask], ...options })
}

/** States and arrows that say how often, without the dress. */
function told(run: AgentRun): string[] {
  return run
    .toMermaid()
    .split('\n')
    .map((line) => line.trim())
    .flatMap((line) => {
      const [, title, from, to, count] =
        /^(?:state "(.+)" as \w+|(\w+) --> (\w+) : (\d+×))$/.exec(line) ?? []
      if (title !== undefined) return title.includes('(') ? [title] : []
      return from === undefined ? [] : [`${from} → ${to} ${count}`]
    })
}

describe('the path of a run', () => {
  it('begins with what it was asked', () => {
    expect(told(agentOf([]).iter('Go.'))).toEqual(['UserPrompt (1×, next)'])
  })

  it('counts states and arrows up to the end', async () => {
    const run = agentOf([calls('ping'), calls('ping'), 'Done.']).iter('Go.')
    await run.finish()
    expect(told(run)).toEqual([
      'UserPrompt (1×)',
      'ModelRequest (3×)',
      'CallTools (3×)',
      'End (1×)',
      'UserPrompt → ModelRequest 1×',
      'ModelRequest → CallTools 3×',
      'CallTools → ModelRequest 2×',
      'CallTools → s_End 1×',
    ])
    expect(run.toMermaid()).toMatch(/^ {2}class UserPrompt,ModelRequest,CallTools,s_End visited$/m)
  })

  it('is the same after each pause, and marks what is next', async () => {
    const script = [calls('ping'), calls('ping'), 'Done.']
    const whole = agentOf(script).iter('Go.')
    for (let i = 0; whole.nextNode.kind !== 'end'; i += 1) {
      const again = agentOf(script).resume(JSON.parse(JSON.stringify(whole.snapshot())))
      expect(again.toMermaid()).toBe(whole.toMermaid())
      expect(whole.toMermaid()).toContain(' pending\n')
      await whole.next()
      expect(i).toBeLessThan(9)
    }
    expect(whole.toMermaid()).not.toContain(' pending\n')
  })

  it('stays in a state that fails, and says with what', async () => {
    const run = agentOf([calls('ping'), new TypeError('sk-secret'), 'Done.']).iter('Go.')
    await errorOf(run.finish())
    expect(told(run)).toContain('ModelRequest (2×, failed)')
    expect(run.toMermaid()).toContain('ModelRequest : failed with TypeError\n')
    expect(run.toMermaid()).not.toContain('secret')
    await run.finish()
    expect(told(run)).toContain('ModelRequest (2×)')
  })

  it('leads straight to the calls when the run brings their results', async () => {
    const asking = new Agent({
      model: new ScriptedModel([calls('ask')]),
      tools: [ask],
      output: [textOutput((text) => text), deferredToolRequests],
    })
    const before = await asking.run('Go.')
    const run = agentOf(['Done.']).iter(null, {
      messageHistory: before.allMessages(),
      deferredToolResults: { approvals: { ask: true } },
    })
    await runTo(run, 'call-tools')
    expect(told(run)).toEqual([
      'UserPrompt (1×)',
      'CallTools (1×, next)',
      'UserPrompt → CallTools 1×',
    ])
    await run.next()
    expect(told(run)).toContain('ModelRequest (1×, next)')
    await run.finish()
    expect(told(run)).toEqual([
      'UserPrompt (1×)',
      'ModelRequest (1×)',
      'CallTools (2×)',
      'End (1×)',
      'UserPrompt → CallTools 1×',
      'ModelRequest → CallTools 1×',
      'CallTools → ModelRequest 1×',
      'CallTools → s_End 1×',
    ])
  })

  it('counts this run only, not the history it was given nor responses that were enqueued', async () => {
    const before = await agentOf(['Hello.']).iter('Hi.').finish()
    const run = agentOf(['Well.', 'Done.']).iter('Go.', { messageHistory: before.allMessages() })
    const said = { kind: 'response', parts: [{ partKind: 'text', content: 'As I said.' }] } as const
    const asked = {
      kind: 'request',
      parts: [{ partKind: 'user-prompt', content: 'Go on.' }],
    } as const
    run.enqueue([said, asked], { priority: 'when_idle' })
    await run.finish()
    expect(run.newMessages()).toHaveLength(5)
    expect(told(run)).toContain('ModelRequest (2×)')
  })
})
