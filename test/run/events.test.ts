import { describe, expect, it } from 'vitest'
import { Agent, RunBusyError, RunDisposedError, tool } from '../../src/index.ts'
import type { AgentEvent } from '../../src/streaming/index.ts'
import { FunctionModel, ScriptedModel } from '../../src/testing/index.ts'
import { collect } from '../helpers/events.ts'
import { outlineOf } from '../streaming/outline.ts'
import { calls, errorOf, gate, outline, runTo } from './scripts.ts'
import { live, readOne, settled } from './streams.ts'

const look = tool({ name: 'look', execute: () => 'seen' })

const looking = () =>
  new Agent({ model: new ScriptedModel([calls('look'), ['All ', 'fine.']]), tools: [look] })

const request = [
  'start 0 tool-call look("{}") after null',
  'end 0 tool-call look("{}") before null',
]
const toolPhase = ['function_tool_call look true', 'function_tool_result look']
const answer = [
  'start 0 text "All " after null',
  'final null',
  'delta 0 "fine."',
  'end 0 text "All fine." before null',
]
const wholeAnswer = [
  'start 0 text "All fine." after null',
  'final null',
  'end 0 text "All fine." before null',
]

/** What a reader has been told, as far as it has read; it reads on by itself. */
function following(events: AsyncIterable<AgentEvent>) {
  const seen: string[] = []
  const done = (async () => {
    for await (const event of events) seen.push(...outlineOf([event]))
  })()
  return { seen, done }
}

describe('the events of a run that is driven by hand', () => {
  it('come as it goes, and end with it', async () => {
    const run = looking().iter('Go.')
    const { seen, done } = following(run.events())
    await settled()
    await run.next()
    expect(seen).toEqual([])
    await run.next()
    await settled()
    expect(seen).toEqual(request)
    await run.next()
    await settled()
    expect(seen).toEqual([...request, ...toolPhase])
    await run.next()
    await run.next()
    await done
    expect(seen).toEqual([...request, ...toolPhase, ...answer, 'agent_run_result'])
  })

  it('begin for a late reader with the step under way, what it missed in whole parts', async () => {
    const { model, give, end } = live()
    const run = new Agent({ model, tools: [look] }).iter('Go.')
    const first = following(run.events())
    await run.next()
    const step = run.next()
    give('All ', 'is ')
    await settled()
    const late = following(run.events())
    const all = following(run.events({ from: 'run' }))
    await settled()
    give('fine.')
    end()
    await step
    await run.next()
    await Promise.all([first.done, late.done, all.done])
    const expected = [
      'start 0 text "All is " after null',
      'final null',
      'delta 0 "fine."',
      'end 0 text "All is fine." before null',
      'agent_run_result',
    ]
    expect(late.seen).toEqual(expected)
    expect(all.seen).toEqual(expected)
    expect(first.seen).toHaveLength(6)
  })

  it('begin for a late reader with nothing between two steps, unless it asks for the run', async () => {
    const run = looking().iter('Go.')
    await runTo(run, 'call-tools')
    await run.next()
    const late = following(run.events())
    const all = following(run.events({ from: 'run' }))
    await settled()
    expect(late.seen).toEqual([])
    expect(all.seen).toEqual([...request, ...toolPhase])
    await run.finish()
    await Promise.all([late.done, all.done])
    expect(late.seen).toEqual([...answer, 'agent_run_result'])
    expect(all.seen).toEqual([...request, ...toolPhase, ...answer, 'agent_run_result'])
  })

  it('begin within a tool phase with the calls of that phase', async () => {
    const wait = gate<string>()
    const slow = tool({ name: 'slow', execute: wait.pass })
    const model = new ScriptedModel([calls('look', 'slow'), 'ok'])
    const run = new Agent({ model, tools: [look, slow] }).iter('Go.')
    await runTo(run, 'call-tools')
    const step = run.next()
    await wait.entered
    await settled()
    const { seen, done } = following(run.events())
    await settled()
    expect(seen).toEqual([
      'function_tool_call look true',
      'function_tool_call slow true',
      'function_tool_result look',
    ])
    wait.open('value')
    await step
    await run.finish()
    await done
    expect(seen[3]).toBe('function_tool_result slow')
  })

  it('tell a response whole that was asked for before anybody read', async () => {
    const wait = gate<string>()
    const run = new Agent({ model: new FunctionModel(() => wait.pass()) }).iter('Go.')
    await run.next()
    const step = run.next()
    await wait.entered
    const { seen, done } = following(run.events())
    await settled()
    wait.open('All fine.')
    await step
    await run.next()
    await done
    expect(seen).toEqual([...wholeAnswer, 'agent_run_result'])
  })

  it('lose nothing of a response while its price is looked up', async () => {
    const scripted = new ScriptedModel([['All ', 'fine.']])
    const priced = {
      modelName: 'gpt-4o',
      system: 'openai',
      isRemote: true,
      profile: scripted.profile,
      request: scripted.request.bind(scripted),
      stream: scripted.stream.bind(scripted),
    }
    const run = new Agent({ model: priced }).iter('Go.')
    const readers: ReturnType<typeof following>[] = []
    const reading = (async () => {
      for await (const event of run.events()) {
        if (event.eventKind !== 'part_end') continue
        for (let turns = 0; run.nextNode.kind === 'model-request'; turns += 1) {
          readers.push(following(run.events()))
          await (turns < 10 ? undefined : settled())
        }
      }
    })()
    await settled()
    await run.finish()
    await reading
    expect(readers.length).toBeGreaterThan(2)
    for (const { seen, done } of readers) {
      await done
      expect(seen).toEqual([...wholeAnswer, 'agent_run_result'])
    }
  })

  it('after the end are the result, and with `from` all of it', async () => {
    const run = looking().iter('Go.')
    await run.finish()
    expect(outlineOf(await collect(run.events()))).toEqual(['agent_run_result'])
    expect(outlineOf(await collect(run.events({ from: 'run' })))).toEqual([
      ...request,
      ...toolPhase,
      ...wholeAnswer,
      'agent_run_result',
    ])
  })

  it('end with what a step fails with; new ones tell of the next try, once', async () => {
    const offline = new Error('offline')
    const model = new ScriptedModel([
      async function* () {
        yield 'Hal'
        throw offline
      },
      ['All ', 'fine.'],
    ])
    const run = new Agent({ model }).iter('Go.')
    await run.next()
    const first = following(run.events())
    const ended = errorOf(first.done)
    expect(await errorOf(run.next())).toBe(offline)
    expect(await ended).toBe(offline)
    expect(first.seen).toEqual(['start 0 text "Hal" after null', 'final null'])
    const second = following(run.events())
    const all = following(run.events({ from: 'run' }))
    await run.finish()
    await Promise.all([second.done, all.done])
    expect(second.seen).toEqual([...answer, 'agent_run_result'])
    expect(all.seen).toEqual([...answer, 'agent_run_result'])
  })

  it('wait through what is no step: an enqueue, a cancel, a step tried in vain', async () => {
    const model = new ScriptedModel([new Error('offline'), ['All ', 'fine.'], 'more'])
    const run = new Agent({ model }).iter('Go.')
    await run.next()
    await errorOf(run.next())
    const { seen, done } = following(run.events())
    await settled()
    run.enqueue('And more.', { priority: 'when_idle' })
    await settled()
    await run.finish()
    await done
    expect(seen.slice(0, 4)).toEqual(answer)
    expect(seen.at(-1)).toBe('agent_run_result')
  })

  it('of a run that is disposed of throw, whenever one begins to read', async () => {
    const run = looking().iter('Go.')
    await run.next()
    const early = errorOf(collect(run.events()))
    await settled()
    await run.dispose()
    expect(await early).toBeInstanceOf(RunDisposedError)
    expect(await errorOf(collect(run.events()))).toBeInstanceOf(RunDisposedError)
    expect(await errorOf(collect(run.stream()))).toBeInstanceOf(RunDisposedError)
  })

  it('of a run whose actor is stopped by its owner throw', async () => {
    const run = looking().iter('Go.')
    const early = errorOf(collect(run.events()))
    await settled()
    Reflect.apply(Reflect.get(run.actor, 'stop'), run.actor, [])
    expect(await early).toBeInstanceOf(RunDisposedError)
  })

  it('cost a run that nobody follows no stream', async () => {
    const asked: string[] = []
    const scripted = new ScriptedModel(['one', 'two'])
    const model = {
      modelName: 'm',
      system: 's',
      isRemote: false,
      profile: scripted.profile,
      request: (...call: Parameters<typeof scripted.request>) => {
        asked.push('request')
        return scripted.request(...call)
      },
      stream: (...call: Parameters<typeof scripted.stream>) => {
        asked.push('stream')
        return scripted.stream(...call)
      },
    }
    await new Agent({ model }).run('Go.')
    const run = new Agent({ model }).iter('Go.')
    run.events() // nobody pulls
    const left = run.events()
    const pull = left.next()
    await left.return?.()
    await pull
    await run.finish()
    expect(asked).toEqual(['request', 'request'])
  })
})

describe('the events of one step', () => {
  it('are those of the step, and `nextNode` tells what follows', async () => {
    const run = looking().iter('Go.')
    const steps: string[][] = []
    while (run.nextNode.kind !== 'end') steps.push(outlineOf(await collect(run.stream())))
    expect(steps).toEqual([[], request, toolPhase, answer, []])
    expect(run.result?.output).toBe('All fine.')
  })

  it('run nothing before the first pull', async () => {
    const run = looking().iter('Go.')
    const events = run.stream()
    await settled()
    expect(run.nextNode.kind).toBe('user-prompt')
    await events.next()
    expect(run.nextNode.kind).toBe('model-request')
  })

  it('are those of an edited node, or of a skip', async () => {
    const model = new FunctionModel((messages) => {
      const last = messages.at(-1)?.parts.at(-1)
      return `You said: ${last?.partKind === 'user-prompt' ? JSON.stringify(last.content) : ''}`
    })
    const run = new Agent({ model }).iter('Go.')
    const node = await run.next()
    if (node.kind !== 'model-request') throw new Error('A request comes first')
    const parts = [{ ...node.request.parts[0], content: 'Stop.' }] as typeof node.request.parts
    const events = await collect(run.stream({ ...node, request: { ...node.request, parts } }))
    expect(outlineOf(events)[0]).toBe('start 0 text "You said: \\"Stop.\\"" after null')
  })

  it('of an old visit are none', async () => {
    const run = looking().iter('Go.')
    const node = run.nextNode
    await run.next()
    expect(await collect(run.stream(node))).toEqual([])
    expect(run.nextNode.kind).toBe('model-request')
  })

  it('throw what the step fails with, and the step can be repeated', async () => {
    const offline = new Error('offline')
    const model = new ScriptedModel([offline, 'answer'])
    const run = new Agent({ model }).iter('Go.')
    await run.next()
    expect(await errorOf(collect(run.stream()))).toBe(offline)
    expect(outlineOf(await collect(run.stream()))).toHaveLength(3)
    expect(run.nextNode.kind).toBe('call-tools')
  })

  it('tell a response again, in whole parts, that was kept because of a limit', async () => {
    const usage = { inputTokens: 100 }
    const model = new ScriptedModel([['All ', 'fine.', { kind: 'response', usage }]])
    const run = new Agent({ model }).iter('Go.', { usageLimits: { inputTokensLimit: 50 } })
    await run.next()
    expect(await errorOf(collect(run.stream()))).toMatchObject({ name: 'UsageLimitExceeded' })
    const usageLimits = { inputTokensLimit: 500 }
    expect(outlineOf(await collect(run.stream(undefined, { usageLimits })))).toEqual(wholeAnswer)
    expect(run.usage).toMatchObject({ requests: 1, inputTokens: 100 })
  })

  it('throw when somebody else drives, and disturb nothing', async () => {
    const wait = gate<string>()
    const run = new Agent({ model: new FunctionModel(() => wait.pass()) }).iter('Go.')
    await run.next()
    const step = run.next()
    await wait.entered
    expect(await errorOf(collect(run.stream()))).toBeInstanceOf(RunBusyError)
    wait.open('answer')
    expect((await step).kind).toBe('call-tools')
  })

  it('may be left early: the step goes on', async () => {
    const { model, give, end } = live()
    const run = new Agent({ model }).iter('Go.')
    await run.next()
    give('a')
    await readOne(run.stream())
    give('b')
    end()
    await settled()
    expect(run.nextNode.kind).toBe('call-tools')
    expect(outline(run.allMessages())).toEqual([['user-prompt'], ['text']])
  })

  it('and those of the run are told side by side', async () => {
    const run = looking().iter('Go.')
    const { seen, done } = following(run.events())
    const steps: string[] = []
    while (run.nextNode.kind !== 'end') steps.push(...outlineOf(await collect(run.stream())))
    await done
    expect(seen).toEqual([...steps, 'agent_run_result'])
  })
})

describe('what a tool tells', () => {
  it('comes between the events of its call, with its name and id', async () => {
    const tell = tool({
      name: 'tell',
      execute: async (_, ctx) => {
        await ctx.emit('progress', { percent: 50 })
        await ctx.emit('done')
        return 'told'
      },
    })
    const model = new ScriptedModel([calls('tell'), 'ok'])
    const events = await collect(new Agent({ model, tools: [tell] }).stream('Go.'))
    expect(outlineOf(events).slice(2, 6)).toEqual([
      'function_tool_call tell true',
      'custom progress {"percent":50}',
      'custom done null',
      'function_tool_result tell',
    ])
    expect(events[3]).toMatchObject({ toolName: 'tell', toolCallId: 'tell' })
  })

  it('after its step is dropped', async () => {
    let late: (() => Promise<void>) | undefined
    const tell = tool({
      name: 'tell',
      execute: (_, ctx) => {
        late = () => ctx.emit('late')
      },
    })
    const model = new ScriptedModel([calls('tell'), () => late?.().then(() => 'ok') ?? 'ok'])
    const events = await collect(new Agent({ model, tools: [tell] }).stream('Go.'))
    expect(events.some(({ eventKind }) => eventKind === 'custom')).toBe(false)
  })
})
