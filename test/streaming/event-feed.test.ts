import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AgentEvent,
  EventFeed,
  type EventReader,
  type PartDeltaEvent,
} from '../../src/streaming/index.ts'
import { collect } from '../helpers/events.ts'

const bound = 256
const customBound = 1024

const provider = { providerName: null, providerDetails: null }

function delta(contentDelta: string, index = 0): PartDeltaEvent {
  return {
    eventKind: 'part_delta',
    index,
    delta: { partDeltaKind: 'text', contentDelta, ...provider },
  }
}

function argsDelta(args: string | object, index: number): PartDeltaEvent {
  const named = { toolNameDelta: null, toolCallId: 'c', ...provider }
  return {
    eventKind: 'part_delta',
    index,
    delta: { partDeltaKind: 'tool_call', argsDelta: args as string, ...named },
  }
}

function custom(data: unknown): AgentEvent {
  return { eventKind: 'custom', name: 'n', data, toolName: null, toolCallId: null }
}

const final: AgentEvent = { eventKind: 'final_result', toolName: null, toolCallId: null }

function push(feed: EventFeed, count: number, make = (i: number): AgentEvent => delta(`${i};`)) {
  for (let i = 0; i < count; i += 1) feed.push(make(i))
}

async function read(reader: EventReader, count: number): Promise<AgentEvent[]> {
  const events: AgentEvent[] = []
  while (events.length < count) {
    const { done, value } = await reader.next()
    if (done === true) break
    events.push(value)
  }
  return events
}

/** Whether a promise has settled, after all that can settle has. */
async function isSettled(promise: Promise<unknown> | undefined): Promise<boolean> {
  const pending = Symbol('pending')
  await new Promise(setImmediate)
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

const texts = (events: readonly AgentEvent[]) =>
  events.map((event) =>
    event.eventKind === 'part_delta' && 'contentDelta' in event.delta
      ? event.delta.contentDelta
      : event.eventKind,
  )

describe('a feed', () => {
  it('E1: tells every reader everything, in order, whoever reads faster', async () => {
    const feed = new EventFeed()
    const readers = [feed.join(), feed.join(), feed.join({ lossy: true })]
    const fast = read(readers[0] as EventReader, 3)
    push(feed, 3)
    feed.push(final)
    expect(texts(await fast)).toEqual(['0;', '1;', '2;'])
    feed.close()
    const [one, two, three] = await Promise.all(readers.map(collect))
    expect(texts(one ?? [])).toEqual(['final_result'])
    expect(texts(two ?? [])).toEqual(['0;', '1;', '2;', 'final_result'])
    expect(texts(three ?? [])).toEqual(['0;1;2;', 'final_result'])
  })

  it('E1: tells a late reader what is to come, behind what it is told first', async () => {
    const feed = new EventFeed()
    feed.push(delta('missed'))
    const late = feed.join({ backlog: [delta('retold')].values() })
    feed.push(delta('live'))
    expect(texts(await read(late, 2))).toEqual(['retold', 'live'])
  })

  it('serves pulls in their order, also when they wait', async () => {
    const feed = new EventFeed()
    const reader = feed.join()
    const pulls = [reader.next(), reader.next(), reader.next()]
    push(feed, 2)
    feed.close()
    const results = await Promise.all(pulls)
    expect(results.map(({ done, value }) => [done, value && texts([value])[0]])).toEqual([
      [false, '0;'],
      [false, '1;'],
      [true, undefined],
    ])
  })

  it('through a view tells what the view makes of events, waiting or not, and reads the others', async () => {
    const feed = new EventFeed()
    const reader = feed.join()
    const view = reader.through((event) =>
      event.eventKind === 'part_delta' ? event.index : undefined,
    )
    feed.push(final)
    feed.push(delta('a', 1))
    feed.push(final)
    expect(await view.next()).toEqual({ done: false, value: 1 })
    const pulls = [view.next(), view.next()]
    expect(await isSettled(pulls[0])).toBe(false)
    feed.push(final)
    expect(await isSettled(pulls[0])).toBe(false)
    feed.push(delta('b', 2))
    feed.push(delta('c', 3))
    expect(await Promise.all(pulls)).toEqual([
      { done: false, value: 2 },
      { done: false, value: 3 },
    ])
    push(feed, bound, () => final)
    const room = feed.room()
    const last = view.next()
    expect(await isSettled(room)).toBe(true) // what says nothing to the view was read all the same
    await view.return?.()
    expect(await last).toEqual({ done: true, value: undefined })
    expect(feed.hasReaders).toBe(false)
  })

  it('E2, E3: has no room while its slowest reader is behind', async () => {
    const feed = new EventFeed()
    const slow = feed.join()
    const fast = feed.join()
    push(feed, bound - 1)
    expect(feed.room()).toBeUndefined()
    await read(fast, bound - 1)
    push(feed, 1)
    const room = feed.room()
    expect(await isSettled(room)).toBe(false)
    await read(slow, 1)
    expect(await isSettled(room)).toBe(true)
    expect(feed.room()).toBeUndefined()
  })

  it('E3: waits for nobody when nobody reads', () => {
    const feed = new EventFeed()
    push(feed, 10_000)
    expect(feed.hasReaders).toBe(false)
    expect(feed.room()).toBeUndefined()
  })

  it('has room again when the slow reader leaves, or everybody is let go', async () => {
    const feed = new EventFeed()
    const slow = feed.join()
    push(feed, bound)
    const first = feed.room()
    await slow.return()
    expect(await isSettled(first)).toBe(true)
    feed.join()
    push(feed, bound)
    const second = feed.room()
    feed.release()
    expect(await isSettled(second)).toBe(true)
    const third = feed.room()
    feed.close()
    expect(await isSettled(third)).toBe(true)
    expect(feed.room()).toBeUndefined()
  })
})

describe('a lossy reader', () => {
  it('E3: holds nobody up', () => {
    const feed = new EventFeed()
    feed.join({ lossy: true })
    push(feed, 10 * bound, (i) => (i % 2 === 0 ? final : delta('x')))
    expect(feed.room()).toBeUndefined()
  })

  it('E4: keeps one delta a part, also when parts grow by turns', async () => {
    const feed = new EventFeed()
    const reader = feed.join({ lossy: true })
    push(feed, 10_000, (i) => argsDelta('x', i % 3))
    push(feed, 4, (i) => argsDelta({ [`key${i}`]: i }, 7))
    feed.close()
    const events = await collect(reader)
    expect(events).toHaveLength(4)
    expect(events.at(-1)).toMatchObject({
      index: 7,
      delta: { argsDelta: { key0: 0, key1: 1, key2: 2, key3: 3 } },
    })
  })

  it('gets deltas one by one as long as it keeps up', async () => {
    const feed = new EventFeed()
    const reader = feed.join({ lossy: true })
    const pulls = read(reader, 2)
    push(feed, 1)
    await Promise.resolve()
    await new Promise(setImmediate)
    push(feed, 1)
    expect(texts(await pulls)).toEqual(['0;', '0;'])
  })

  it('never joins deltas across another event, nor changes one that it has told', async () => {
    const feed = new EventFeed()
    const reader = feed.join({ lossy: true })
    const other = feed.join()
    feed.push(delta('a'))
    const [told] = await read(reader, 1)
    feed.push(delta('b'))
    feed.push(final)
    feed.push(delta('c'))
    feed.push(delta('d'))
    feed.close()
    expect(texts(await collect(reader))).toEqual(['b', 'final_result', 'cd'])
    expect(texts(told ? [told] : [])).toEqual(['a'])
    expect(texts(await collect(other))).toEqual(['a', 'b', 'final_result', 'c', 'd'])
  })

  it('E1: reads the same text as others, whenever it reads', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat(2), fc.constant('read' as const)), { maxLength: 60 }),
        async (acts) => {
          const feed = new EventFeed()
          const reader = feed.join({ lossy: true })
          const all = ['', '', '']
          const seen = ['', '', '']
          const take = (event: AgentEvent | undefined) => {
            if (event?.eventKind === 'part_delta') seen[event.index] += texts([event])[0] ?? ''
          }
          for (const [i, act] of acts.entries()) {
            if (act === 'read') {
              const pull = reader.next()
              feed.push(final) // so that the pull is answered
              take((await pull).value)
            } else {
              all[act] += `${i};`
              feed.push(delta(`${i};`, act))
            }
          }
          feed.close()
          for await (const event of reader) take(event)
          expect(seen).toEqual(all)
        },
      ),
    )
  })
})

describe('custom events', () => {
  it('E4: that nobody reads are dropped beyond a bound, and counted', async () => {
    const feed = new EventFeed()
    const reader = feed.join()
    push(feed, customBound + 5, custom)
    feed.close()
    const events = await collect(reader)
    expect(events).toHaveLength(customBound + 1)
    expect(events.at(-1)).toMatchObject({ name: 'agentchart:dropped', data: { count: 5 } })
  })

  it('get room again when they are read', async () => {
    const feed = new EventFeed()
    const reader = feed.join()
    push(feed, customBound + 2, custom)
    expect(await read(reader, customBound + 1)).toHaveLength(customBound + 1)
    push(feed, 3, custom)
    feed.close()
    expect((await collect(reader)).map((event) => 'data' in event && event.data)).toEqual([0, 1, 2])
  })

  it('leave room for what must not be lost', async () => {
    const feed = new EventFeed()
    const reader = feed.join()
    push(feed, customBound + 1, custom)
    feed.push(final)
    feed.close()
    expect((await collect(reader)).map(({ eventKind }) => eventKind)).toContain('final_result')
  })
})

describe('a reader that may never read', () => {
  it('holds nobody up, and leaves when it is too far behind', async () => {
    const feed = new EventFeed()
    let behind = 0
    const reader = feed.join({ onBehind: () => (behind += 1) })
    push(feed, bound)
    expect(feed.room()).toBeUndefined()
    expect([feed.hasReaders, behind]).toEqual([true, 0])
    push(feed, 10)
    expect([feed.hasReaders, behind]).toEqual([false, 1])
    expect(await collect(reader)).toEqual([])
  })

  it('is one like any other from its first pull on, and has missed nothing', async () => {
    const feed = new EventFeed()
    const reader = feed.join({ onBehind: () => expect.unreachable() })
    push(feed, bound)
    expect(texts(await read(reader, 1))).toEqual(['0;'])
    push(feed, 1)
    expect(feed.room()).toBeInstanceOf(Promise)
    feed.close()
    expect(await collect(reader)).toHaveLength(bound)
  })
})

describe('the end of a feed', () => {
  it('comes behind what is unread, with the very error, once', async () => {
    const feed = new EventFeed()
    const reader = feed.join()
    const error = new Error('no')
    push(feed, 1)
    feed.close({ error })
    push(feed, 1)
    expect(texts(await read(reader, 1))).toEqual(['0;'])
    await expect(reader.next()).rejects.toBe(error)
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  })

  it('leaves no pull waiting: the first gets the error, the others the end', async () => {
    const feed = new EventFeed()
    const reader = feed.join()
    const pulls = [reader.next(), reader.next()]
    const error = new Error('no')
    feed.close({ error })
    await expect(pulls[0]).rejects.toBe(error)
    expect(await pulls[1]).toEqual({ done: true, value: undefined })
    expect(feed.hasReaders).toBe(false)
  })

  it('may be an error of any kind, also none', async () => {
    const feed = new EventFeed()
    const reader = feed.join()
    feed.close({ error: undefined })
    await expect(reader.next()).rejects.toBeUndefined()
  })

  it('is not the end of a reader that joins later', async () => {
    const feed = new EventFeed()
    feed.join()
    feed.close()
    const reader = feed.join()
    push(feed, 1)
    expect(texts(await read(reader, 1))).toEqual(['0;'])
  })
})

describe('a reader that leaves', () => {
  it('says so once, forgets what it has, and its waiting pulls end', async () => {
    const feed = new EventFeed()
    let left = 0
    const reader = feed.join({ onLeave: () => (left += 1) })
    push(feed, 3)
    await read(reader, 3)
    const pull = reader.next()
    await reader.return()
    await reader.return()
    expect(await pull).toEqual({ done: true, value: undefined })
    expect(left).toBe(1)
    push(feed, 1)
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  })

  it('after the end does not leave early', async () => {
    const feed = new EventFeed()
    const reader = feed.join({ onLeave: () => expect.unreachable() })
    push(feed, 3)
    feed.close()
    await reader.return()
  })

  it('in the middle of what it is told first ends there', async () => {
    const feed = new EventFeed()
    const reader = feed.join({ backlog: [delta('a'), delta('b')].values() })
    expect(texts(await read(reader, 1))).toEqual(['a'])
    await reader.return()
    expect(await collect(reader)).toEqual([])
  })
})
