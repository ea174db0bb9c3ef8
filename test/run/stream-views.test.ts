import { describe, expect, it } from 'vitest'
import { Agent, type ModelResponse, ModelRetry, tool } from '../../src/index.ts'
import { ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { collect } from '../helpers/events.ts'
import { errorOf } from './scripts.ts'
import { live, readOne, settled, twoCalls } from './streams.ts'

const look = tool({ name: 'look', inputSchema: { type: 'object' }, execute: () => 'seen' })
const looking = () =>
  new Agent({ model: new ScriptedModel([twoCalls, ['All ', 'fine.']]), tools: [look] })

const shown = ({ parts, state }: ModelResponse) =>
  [...parts.map((part) => ('content' in part ? part.content : part.partKind)), state].join(' | ')

describe('the views of a stream', () => {
  it('text: as far as it has come, anew with each response', async () => {
    expect(await collect(looking().stream('Go.').text())).toEqual([
      'I will ',
      'I will look.',
      'All ',
      'All fine.',
    ])
  })

  it('textDeltas: what is added, of all responses', async () => {
    expect(await collect(looking().stream('Go.').textDeltas())).toEqual([
      'I will ',
      'look.',
      'All ',
      'fine.',
    ])
  })

  it('text puts a blank line between texts with something else between them', async () => {
    const model = new ScriptedModel([
      ['a', { kind: 'thinking', content: 'x' }, 'b', { kind: 'text', key: 'new', content: 'c' }],
    ])
    const stream = new Agent({ model }).stream('Go.')
    expect(await collect(stream.text())).toEqual(['a', 'a\n\nb', 'a\n\nbc'])
  })

  it('text follows a part that is announced again', async () => {
    const whole = (content: string) =>
      ({ kind: 'part', key: 'p', part: { partKind: 'text', content } }) as const
    const model = new ScriptedModel([
      [whole('draft'), { kind: 'text', key: 'q', content: '!' }, whole('final')],
    ])
    const stream = new Agent({ model }).stream('Go.')
    expect(await collect(stream.text())).toEqual(['draft', 'draft!', 'final!'])
  })

  it('textDeltas adds what a part that is announced again has more, all of it if it is another', async () => {
    const whole = (content: string) =>
      ({ kind: 'part', key: 'p', part: { partKind: 'text', content } }) as const
    const model = new ScriptedModel([
      [
        { kind: 'text', key: 'p', content: 'dra' },
        whole('draft'),
        whole('draft'),
        { kind: 'text', key: 'p', content: '!' },
        whole('final'),
      ],
    ])
    const stream = new Agent({ model }).stream('Go.')
    expect(await collect(stream.textDeltas())).toEqual(['dra', 'ft', '!', 'final'])
  })

  it('textDeltas: a response that begins like the one before is told whole', async () => {
    const model = new ScriptedModel([['No'], ['No', ' way']])
    const agent = new Agent({
      model,
      outputValidators: [
        (output: string) => {
          if (output === 'No') throw new ModelRetry('Say more.')
          return output
        },
      ],
    })
    expect(await collect(agent.stream('Go.').textDeltas())).toEqual(['No', 'No', ' way'])
  })

  it('a lossy view leaves to the others what came early', async () => {
    const stream = looking().stream('Go.')
    await stream.output
    const lossy = await collect(stream.events({ lossy: true }))
    const all = await collect(stream.events())
    expect(lossy.some(({ eventKind }) => eventKind === 'part_delta')).toBe(false)
    expect(all.some(({ eventKind }) => eventKind === 'part_delta')).toBe(true)
  })

  it('responses: as they grow, then whole, as the history has them', async () => {
    const stream = looking().stream('Go.')
    const responses = await collect(stream.responses())
    expect(responses.map(shown)).toEqual([
      'Let  | incomplete',
      'Let me see. | incomplete',
      'Let me see. | I will  | incomplete',
      'Let me see. | I will look. | incomplete',
      'Let me see. | I will look. | tool-call | incomplete',
      'Let me see. | I will look. | tool-call | incomplete',
      'Let me see. | I will look. | tool-call | tool-call | incomplete',
      'Let me see. | I will look. | tool-call | tool-call | complete',
      'All  | incomplete',
      'All fine. | incomplete',
      'All fine. | complete',
    ])
    const messages = stream.run.allMessages()
    expect(responses[7]).toBe(messages[1])
    expect(responses[10]).toBe(messages[3])
  })

  it('responses: the right one, also behind one that was empty or refused', async () => {
    const model = new ScriptedModel([{ parts: [] }, ['no'], ['yes']])
    let count = 0
    const agent = new Agent({
      model,
      retries: 5,
      outputValidators: [
        (output: string) => {
          count += 1
          if (output === 'no') throw new ModelRetry('Say yes.')
          return output
        },
      ],
    })
    const responses = await collect(agent.stream('Go.').responses())
    expect(responses.map(shown)).toEqual([
      'no | incomplete',
      'no | complete',
      'yes | incomplete',
      'yes | complete',
    ])
    expect(count).toBe(2)
  })

  it('may be many at once, each with all of it', async () => {
    const stream = looking().stream('Go.')
    const [events, text, deltas, responses, output] = await Promise.all([
      collect(stream),
      collect(stream.text()),
      collect(stream.textDeltas({ lossy: true })),
      collect(stream.responses()),
      stream.output,
    ])
    expect(events.at(-1)?.eventKind).toBe('agent_run_result')
    expect(text.at(-1)).toBe(output)
    expect(deltas.join('')).toBe('I will look.All fine.')
    expect(responses).toHaveLength(11)
  })

  it('can be left as generators are', async () => {
    const stream = looking().stream('Go.')
    const [thrown, disposed, unread] = [stream.text(), stream.textDeltas(), stream.text()]
    await Promise.all([thrown.next(), disposed.next()])
    const error = new Error('enough')
    expect(await errorOf(thrown.throw(error))).toBe(error)
    expect(await errorOf(unread.throw(error))).toBe(error)
    await disposed[Symbol.asyncDispose]()
    for (const view of [thrown, disposed, unread])
      expect(await view.next()).toEqual({ done: true, value: undefined })
    expect(await stream.output).toBe('All fine.')
  })

  it('all throw the very error, behind what has come', async () => {
    const cut = new Error('cut')
    const model = new ScriptedModel([
      async function* () {
        yield 'a'
        throw cut
      },
    ])
    const stream = new Agent({ model }).stream('Go.')
    const seen: unknown[] = []
    const views = [
      stream,
      stream.text(),
      stream.textDeltas(),
      stream.responses(),
      stream.text({ debounceMs: 10 }),
    ]
    const errors = views.map((view) =>
      errorOf(
        (async () => {
          for await (const item of view) seen.push(item)
        })(),
      ),
    )
    for (const error of errors) expect(await error).toBe(cut)
    expect(seen).toContain('a')
  })
})

describe('a debounced view', () => {
  function slow() {
    const { model, give, end } = live()
    const clock = new ManualClock()
    const stream = new Agent({ model }).stream('Go.', { clock })
    return { stream, clock, give, end }
  }

  /** What has been told up to now. */
  function reading<TItem>(view: AsyncIterable<TItem>) {
    const seen: TItem[] = []
    const done = (async () => {
      for await (const item of view) seen.push(item)
    })()
    return { seen, done }
  }

  it('tells of a stretch of time at its end, joined', async () => {
    const { stream, clock, give, end } = slow()
    const text = reading(stream.text({ debounceMs: 100 }))
    const deltas = reading(stream.textDeltas({ debounceMs: 100 }))
    give('a', 'b')
    await clock.advance(60)
    give('c')
    await clock.advance(39)
    expect([text.seen, deltas.seen]).toEqual([[], []])
    await clock.advance(1)
    expect([text.seen, deltas.seen]).toEqual([['abc'], ['abc']])
    await clock.advance(1_000)
    give('d')
    await clock.advance(0)
    expect(text.seen).toEqual(['abc'])
    end() // what comes last is told at once
    await clock.advance(0)
    expect([text.seen, deltas.seen]).toEqual([
      ['abc', 'abcd'],
      ['abc', 'd'],
    ])
    await Promise.all([text.done, deltas.done])
    expect(clock.pendingTimers).toBe(0)
  })

  it('tells of what came before a failure', async () => {
    const { stream, clock, give } = slow()
    const { seen, done } = reading(stream.responses({ debounceMs: 100 }))
    const outcome = errorOf(done)
    const cut = new Error('cut')
    give('a', 'b', cut)
    expect(await outcome).toBe(cut)
    expect(seen.map(shown)).toEqual(['ab | incomplete'])
    expect(clock.pendingTimers).toBe(0)
  })

  it('can be left while the model says nothing', async () => {
    const { stream, clock, give, end } = slow()
    const view = stream.text({ debounceMs: 100 })
    give('a')
    const first = view.next()
    await clock.advance(100)
    expect(await first).toMatchObject({ value: 'a' })
    let hasLeft = false
    const leaving = view.return().then(() => (hasLeft = true))
    await settled()
    expect(hasLeft).toBe(true)
    await leaving
    end()
    expect(await stream.output).toBe('a')
    expect(clock.pendingTimers).toBe(0)
  })

  it('that is left cancels at once, if that is what leaving means', async () => {
    const { model, give } = live()
    const clock = new ManualClock()
    const stream = new Agent({ model }).stream('Go.', { clock, onLeave: 'cancel' })
    const left = readOne(stream.text({ debounceMs: 100 }))
    give('a')
    await clock.advance(100)
    await left
    expect(await errorOf(stream.output)).toMatchObject({ name: 'RunCancelledError' })
    expect(clock.pendingTimers).toBe(0)
  })
})
