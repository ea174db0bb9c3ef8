import type { AwaitedCall } from '../../snapshot/index.ts'
import type { InboxEvent, Lease, Store } from '../../store/index.ts'
import {
  awaited,
  type Check,
  mine,
  minute,
  names,
  newRun,
  refusal,
  same,
  saved,
  tells,
} from './check.ts'

const approved = (toolCallId: string, where: { index?: number; path?: string[] } = {}) =>
  ({ type: 'tool-call-approved', toolCallId, ...where }) as const

/** A run that waits for these calls. */
async function waiting(store: Store, ...awaits: readonly AwaitedCall[]): Promise<Lease> {
  const call = { part_kind: 'tool-call', tool_call_id: 'earlier', tool_name: 'pay' }
  const messages = { from: 0, items: [{ kind: 'response', parts: [call] }] }
  return store.create(newRun('a', { status: 'waiting', awaits, messages }), mine)
}

/** What a run is told from outside. */
export const deliveryChecks: readonly Check[] = [
  {
    name: 'what is delivered waits in order until a save takes it',
    async body({ store, open, clock }) {
      const lease = await waiting(store, awaited('x'))
      const events: readonly InboxEvent[] = [
        { ...approved('x'), by: 'ann', overrideArgs: { amount: 1 } },
        { type: 'enqueue', id: 'm', content: [{ text: 'more' }], priority: 'asap' },
        { type: 'cancel', reason: 'enough' },
      ]
      for (const event of events) same(await open().deliver('a', event), 'accepted', event.type)
      const at = new Date(clock.time).toISOString()
      const [verdict, ...rest] = events
      const expected = [{ ...verdict, index: 0, path: [] }, ...rest].map((event, i) => {
        return { id: i + 1, event, at }
      })
      same(await store.inbox(lease), expected, 'inbox')
      same(await store.save(lease, saved(2)), expected, 'waiting')
      same(await store.save(lease, saved(3, { taken: [1, 3] })), [expected[1]], 'waiting')
      same(await store.inbox('a'), [expected[1]], 'inbox')
    },
  },
  {
    name: 'the first verdict on a call counts, also once it was taken',
    async body({ store, open }) {
      const other = awaited('y', { awaits: 'answer' })
      const lease = await waiting(store, awaited('x'), other)
      same(await store.deliver('a', approved('x')), 'accepted', 'first')
      const denied = { type: 'tool-call-denied', toolCallId: 'x', message: 'no' } as const
      same(await open().deliver('a', denied), 'repeated', 'second')
      await store.save(lease, saved(2, { taken: [1], awaits: [other], isStep: false }))
      same(await open().deliver('a', denied), 'repeated', 'after it was taken')
      const answer = { type: 'tool-call-answered', toolCallId: 'y', result: null } as const
      same(await store.deliver('a', answer), 'accepted', 'other call')
      await store.save(lease, saved(3, { taken: [2], status: 'done' }))
      same(await store.deliver('a', denied), 'repeated', 'after the run')
    },
  },
  {
    name: 'a verdict that is not what the call waits for is refused, and the right one counts',
    async body({ store }) {
      await waiting(store, awaited('x'), awaited('y', { awaits: 'answer', path: ['outer'] }))
      const answer = { type: 'tool-call-answered', result: null } as const
      const error = await refusal(
        store.deliver('a', { ...answer, toolCallId: 'x' }),
        'VerdictMismatchError',
      )
      tells(error, { runId: 'a', toolCallId: 'x', awaits: 'approval' })
      await refusal(store.deliver('a', approved('y')), 'VerdictMismatchError')
      same(await store.inbox('a'), [], 'inbox')
      same(await store.deliver('a', approved('x')), 'accepted', 'approval')
      same(await store.deliver('a', { ...answer, toolCallId: 'y' }), 'accepted', 'answer')
    },
  },
  {
    name: 'of many verdicts at once one counts',
    async body({ store, open }) {
      await waiting(store, awaited('x'))
      const events = names(12).map((by) => open().deliver('a', { ...approved('x'), by }))
      const results = (await Promise.all(events)).toSorted()
      same(results, ['accepted', ...Array.from({ length: 11 }, () => 'repeated')], 'results')
      same((await store.inbox('a')).length, 1, 'inbox')
    },
  },
  {
    name: 'a verdict that comes too late is harmless',
    async body({ store }) {
      const lease = await waiting(store, awaited('x'))
      await store.save(lease, saved(2))
      same(await store.deliver('a', approved('x')), 'late', 'a call that waited before')
      same(await store.deliver('a', approved('earlier')), 'late', 'a call of the messages')
      await store.save(lease, saved(3, { status: 'done' }))
      same(await store.deliver('a', approved('unheard')), 'late', 'after the end')
      same(await store.deliver('a', { type: 'cancel' }), 'late', 'cancel')
      same(await store.deliver('a', { type: 'enqueue', content: 'x' }), 'late', 'enqueue')
      same(await store.inbox('a'), [], 'inbox')
    },
  },
  {
    name: 'a verdict on a call that the run never made lists the open ones',
    async body({ store }) {
      await waiting(store, awaited('x'), awaited('y', { index: 1, path: ['outer'] }))
      const error = await refusal(store.deliver('a', approved('z')), 'UnknownCallError')
      const open = [
        { toolCallId: 'x', index: 0, path: [] },
        { toolCallId: 'y', index: 1, path: ['outer'] },
      ]
      tells(error, { runId: 'a', toolCallId: 'z', open })
      same(error.message.includes(`'x' (index 0), 'y' (index 1 below 'outer')`), true, 'message')
      const elsewhere = approved('earlier', { path: ['outer'] })
      await refusal(store.deliver('a', elsewhere), 'UnknownCallError')
      await refusal(store.deliver('b', approved('x')), 'RunNotFoundError')
    },
  },
  {
    name: 'calls of one id are told apart by index and path',
    async body({ store }) {
      const calls = [
        awaited('x'),
        awaited('x', { index: 1 }),
        awaited('x', { path: ['outer'] }),
        awaited('x', { path: ['outer', 'inner'] }),
      ]
      await waiting(store, ...calls)
      await refusal(store.deliver('a', approved('x')), 'AmbiguousCallError')
      await refusal(store.deliver('a', approved('x', { index: 0 })), 'AmbiguousCallError')
      await refusal(store.deliver('a', approved('x', { path: [] })), 'AmbiguousCallError')
      await refusal(store.deliver('a', approved('x', { index: 7 })), 'UnknownCallError')
      same(await store.deliver('a', approved('x', { index: 1 })), 'accepted', 'by index')
      const inner = approved('x', { path: ['outer', 'inner'] })
      same(await store.deliver('a', inner), 'accepted', 'by path')
      const places = (await store.inbox('a')).map(({ event }) => event)
      const expected = [
        approved('x', { index: 1, path: [] }),
        approved('x', { index: 0, path: ['outer', 'inner'] }),
      ]
      same(places, expected, 'inbox')
    },
  },
  {
    name: 'ids may be odd, long, or the names of what objects have',
    async body({ store }) {
      const ids = ['__proto__', 'constructor', 'x'.repeat(5_000), '\0\uD800 🙂', 'toString']
      const path = ['y'.repeat(3_000), '__proto__']
      await waiting(store, ...ids.map((id) => awaited(id, { path })))
      await refusal(store.deliver('a', approved('valueOf')), 'UnknownCallError')
      for (const id of ids) same(await store.deliver('a', approved(id)), 'accepted', id)
      for (const id of ids) same(await store.deliver('a', approved(id)), 'repeated', id)
      const found = (await store.inbox('a')).map(({ event }) => event)
      same(
        found,
        ids.map((id) => approved(id, { index: 0, path })),
        'inbox',
      )
    },
  },
  {
    name: 'a call that is awaited again can be given another verdict',
    async body({ store }) {
      const lease = await waiting(store, awaited('x'))
      await store.deliver('a', approved('x'))
      const again = { awaits: [awaited('x')], isStep: false, status: 'waiting' } as const
      await store.save(lease, saved(2, { ...again, taken: [1] }))
      same(await store.deliver('a', approved('x')), 'accepted', 'after one that did not do')
      await store.save(lease, saved(3, { taken: [2] }))
      await store.save(lease, saved(4, again))
      same(await store.deliver('a', approved('x')), 'accepted', 'a later call of the same id')
      await store.save(lease, saved(5, again))
      same(await store.deliver('a', approved('x')), 'repeated', 'while it is not taken')
    },
  },
  {
    name: 'a message counts once for each id',
    async body({ store }) {
      const lease = await waiting(store)
      const message = { type: 'enqueue', id: 'm', content: 'hello' } as const
      same(await store.deliver('a', message), 'accepted', 'first')
      same(await store.deliver('a', message), 'repeated', 'second')
      await store.save(lease, saved(2, { taken: [1] }))
      same(await store.deliver('a', message), 'repeated', 'after it was taken')
      const nameless = { type: 'enqueue', content: 'hello' } as const
      same(await store.deliver('a', nameless), 'accepted', 'without an id')
      same(await store.deliver('a', nameless), 'accepted', 'again')
      same((await store.inbox('a')).length, 2, 'inbox')
    },
  },
  {
    name: 'a cancel waits once, and does not lie in wait for a run that is resumed later',
    async body({ store, clock }) {
      const lease = await waiting(store)
      same(await store.deliver('a', { type: 'cancel' }), 'accepted', 'first')
      same(await store.deliver('a', { type: 'cancel' }), 'repeated', 'second')
      await store.save(lease, saved(2, { taken: [1], status: 'cancelled' }))
      clock.time += minute
      same(await store.deliver('a', { type: 'cancel' }), 'late', 'at rest')
      await store.acquire('a', mine)
      same(await store.deliver('a', { type: 'cancel' }), 'accepted', 'when resumed')
    },
  },
  {
    name: 'what is no event is refused with the place',
    async body({ store }) {
      await waiting(store, awaited('x'))
      const events: readonly (readonly [place: string, event: unknown])[] = [
        ['', null],
        ['', 'cancel'],
        ['type', {}],
        ['type', { type: '__proto__' }],
        ['toolCallId', { type: 'tool-call-approved' }],
        ['toolCallId', { type: 'tool-call-denied', toolCallId: 7 }],
        ['index', { ...approved('x'), index: -1 }],
        ['path', { ...approved('x'), path: 'outer' }],
        ['path.0', { ...approved('x'), path: [7] }],
        ['by', { ...approved('x'), by: {} }],
        ['overrideArgs', { ...approved('x'), overrideArgs: 'all' }],
        ['overideArgs', { ...approved('x'), overideArgs: {} }],
        ['', { type: 'tool-call-answered', toolCallId: 'x' }],
        ['reason', { type: 'cancel', reason: 7 }],
        ['content', { type: 'enqueue' }],
        ['content', { type: 'enqueue', content: 7 }],
        ['priority', { type: 'enqueue', content: 'x', priority: 'now' }],
      ]
      for (const [place, event] of events) {
        const error = await refusal(store.deliver('a', event as InboxEvent), 'ValidationError') // it is none
        const path: unknown = 'path' in error ? error.path : undefined
        same(Array.isArray(path) ? path.join('.') : path, place, JSON.stringify(event))
      }
      same(await store.inbox('a'), [], 'inbox')
    },
  },
  {
    name: 'nothing that is delivered while a run is saved gets lost, or is taken twice',
    async body({ store, open }) {
      const lease = await waiting(store)
      const senders = names(4).map(async (name) => {
        const sender = open()
        for (let i = 0; i < 10; i += 1) {
          const event = { type: 'enqueue', id: `${name} ${i}`, content: 'x' } as const
          same(await sender.deliver('a', event), 'accepted', `${name} ${i}`)
        }
      })
      const taken: number[] = []
      let entries = await store.inbox('a')
      for (let seq = 2; taken.length < 40; seq += 1) {
        const ids = entries.map(({ id }) => id)
        entries = await store.save(lease, saved(seq, { taken: ids, isStep: seq % 2 === 0 }))
        taken.push(...ids)
        if (seq > 10_000) break
      }
      await Promise.all(senders)
      same(
        taken,
        Array.from({ length: 40 }, (_, i) => i + 1),
        'taken',
      )
      same(await store.inbox('a'), [], 'inbox')
    },
  },
  {
    name: 'whoever listens is told when something was accepted, until it stops',
    async body({ store }) {
      await waiting(store, awaited('x'))
      let count = 0
      const stop = store.onDelivered('a', () => {
        count += 1
      })
      await store.deliver('a', approved('x'))
      await store.deliver('a', approved('x'))
      same(count, 1, 'told')
      stop()
      await store.deliver('a', { type: 'cancel' })
      same(count, 1, 'told')
    },
  },
]
