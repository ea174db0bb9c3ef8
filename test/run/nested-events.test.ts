import { describe, expect, it } from 'vitest'
import { Agent, tool } from '../../src/index.ts'
import type { AgentEvent } from '../../src/streaming/index.ts'
import { FunctionModel, ScriptedModel } from '../../src/testing/index.ts'
import { collect } from '../helpers/events.ts'
import { calls, errorOf, gate } from './scripts.ts'
import { live, settled } from './streams.ts'

const bound = 256

/** What was told of runs inside, as a path of agents' names and the kind of the event. */
function nested(events: readonly AgentEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.eventKind !== 'nested') return []
    const inner =
      event.event.eventKind === 'nested' ? nested([event.event]) : [event.event.eventKind]
    return inner.map((rest) => `${event.agentName} ${rest}`)
  })
}

/** An agent that asks another one by its only tool, and then says that all is fine. */
function asking(child: Agent, name = 'parent') {
  const ask = tool({
    name: 'ask',
    execute: async (_, ctx) => (await child.run('Inside.', { parent: ctx })).output,
  })
  const model = new ScriptedModel([calls('ask'), 'fine.'])
  return new Agent({ name, model, tools: [ask] })
}

describe('events of runs inside', () => {
  it('come with the name of each run on the way', async () => {
    const child = new Agent({ name: 'child', model: new ScriptedModel([['a', 'b']]) })
    const outermost = asking(asking(child, 'middle'))
    const told = nested(await collect(outermost.stream('Go.')))
    expect(told.filter((each) => each.includes('child'))).toEqual([
      'middle child part_start',
      'middle child final_result',
      'middle child part_delta',
      'middle child part_end',
    ])
  })

  it('a reader that joins late is told of the response that is coming inside, as a whole', async () => {
    const hold = gate<string>()
    const child = new Agent({ name: 'child', model: new FunctionModel(() => hold.pass()) })
    const run = asking(child).iter('Go.')
    const done = run.finish()
    await hold.entered
    const reading = collect(run.events())
    await settled()
    hold.open('late')
    await done
    expect(nested(await reading)).toEqual([
      'child part_start',
      'child final_result',
      'child part_end',
    ])
  })

  it('a reader that joins late has later responses inside streamed', async () => {
    const hold = gate()
    const wait = tool({ name: 'wait', execute: () => hold.pass() })
    const model = new ScriptedModel([calls('wait'), ['a', 'b']])
    const child = new Agent({ name: 'child', model, tools: [wait] })
    const run = asking(child).iter('Go.')
    const done = run.finish()
    await hold.entered
    const reading = collect(run.events())
    await settled()
    hold.open()
    await done
    expect(nested(await reading)).toContain('child part_delta')
  })

  it('readers of the outer run slow the provider of the inner one', async () => {
    let said = 0
    const model = new FunctionModel(async function* () {
      for (; said < 5_000; said += 1) yield 'word '
    })
    const child = new Agent({ name: 'child', model })
    const stream = asking(child).stream('Go.')
    const reader = stream.events()
    await reader.next()
    await settled()
    await settled()
    expect(said).toBeLessThanOrEqual(bound + 2)
    await reader.return?.()
    expect(await stream.output).toBe('fine.')
    expect(said).toBe(5_000)
  })

  it('a cancel of the outer run ends an inner one that waits for readers', async () => {
    const model = new FunctionModel(async function* () {
      for (;;) yield 'word '
    })
    const stream = asking(new Agent({ name: 'child', model })).stream('Go.')
    const reader = stream.events()
    await reader.next()
    await settled()
    stream.cancel()
    expect(await errorOf(stream.output)).toMatchObject({ name: 'RunCancelledError' })
    await reader.return?.()
  })

  it('a run that outlives the step it belongs to is told of no more, and waits for nobody', async () => {
    const inner = live()
    const child = new Agent({ name: 'child', model: inner.model })
    const left = Promise.withResolvers<string>()
    const leave = tool({
      name: 'leave',
      execute: (_, ctx) => {
        left.resolve(child.run('Inside.', { parent: ctx }).then(({ output }) => output))
        return 'left'
      },
    })
    const chatty = new FunctionModel(async function* (messages) {
      if (messages.length === 1) yield { kind: 'tool-call', toolName: 'leave', args: '{}' } as const
      else for (let i = 0; i < 1_000; i += 1) yield 'word '
    })
    const stream = new Agent({ name: 'parent', model: chatty, tools: [leave] }).stream('Go.')
    const reader = stream.events()
    await reader.next()
    while (inner.counts.requests === 0 || stream.run.nextNode.kind !== 'model-request') {
      await settled()
    }
    await settled()
    for (let i = 0; i < 400; i += 1) inner.give('x')
    inner.end()
    expect(await left.promise).toBe('x'.repeat(400)) // although the reader outside is behind
    const rest: AgentEvent[] = []
    for await (const event of reader) rest.push(event)
    expect(nested(rest)).toEqual([])
  })
})
