import type { RunQuery, Store } from '../../store/index.ts'
import { awaited, type Check, mine, minute, names, newRun, refusal, same, saved } from './check.ts'

async function ids(store: Store, query: RunQuery): Promise<readonly string[]> {
  return (await store.list(query)).runs.map(({ runId }) => runId)
}

/** What is found, thrown away and carried elsewhere. */
export const listChecks: readonly Check[] = [
  {
    name: 'runs are found by what they are, the latest first',
    async body({ store, clock }) {
      const start = clock.time
      const runs = [
        newRun('one', { title: 'Ship 50% of ÄPFEL_x', agentName: 'clerk' }),
        newRun('two', { title: 'ship 500 of äpfel-x', status: 'waiting' }),
        newRun('three', { conversationId: 'other', status: 'done' }),
      ]
      for (const run of runs) {
        await store.create(run, mine)
        clock.time += minute
      }
      const time = (minutes: number) => new Date(start + minutes * minute).toISOString()
      const cases: readonly (readonly [RunQuery, readonly string[]])[] = [
        [{}, ['three', 'two', 'one']],
        [{ status: 'waiting' }, ['two']],
        [{ status: ['done', 'active'] }, ['three', 'one']],
        [{ status: [] }, []],
        [{ agentName: 'clerk' }, ['one']],
        [{ conversationId: 'other' }, ['three']],
        [{ search: 'SHIP' }, ['two', 'one']],
        [{ search: '50%' }, ['one']],
        [{ search: 'äpfel_X' }, ['one']],
        [{ search: 'THRE' }, ['three']],
        [{ search: '!' }, []],
        [{ updatedAfter: time(1) }, ['three', 'two']],
        [{ updatedBefore: time(1) }, ['two', 'one']],
        [{ updatedAfter: time(1), updatedBefore: time(1), search: 'ship' }, ['two']],
        [{ limit: 1 }, ['three']],
      ]
      for (const [query, found] of cases)
        same(await ids(store, query), found, JSON.stringify(query))
    },
  },
  {
    name: 'a run is found by the title that it has now',
    async body({ store }) {
      const lease = await store.create(newRun('one', { title: 'Apples' }), mine)
      for (const [i, title] of ['Apples', 'Pears', null, 'Plums'].entries()) {
        await store.save(lease, saved(i + 2, { title }))
        for (const search of ['apples', 'pears', 'plums']) {
          const isFound = title?.toLowerCase() === search
          same(await ids(store, { search }), isFound ? ['one'] : [], `${search} for ${title}`)
        }
      }
    },
  },
  {
    name: 'each run is on one page, also when runs come and change in between',
    async body({ store, clock }) {
      for (const runId of names(25)) {
        await store.create(newRun(runId), mine)
        if (runId.endsWith('5')) clock.time += 1
      }
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const list = await store.list({ limit: 4, ...(cursor !== null && { cursor }) })
        seen.push(...list.runs.map(({ runId }) => runId))
        clock.time += 1
        await store.create(newRun(`late ${seen.length}`), mine)
        await store.save(await store.acquire('run-1', mine), saved(seen.length / 4 + 1))
        cursor = list.cursor
      } while (cursor !== null && seen.length < 24)
      if (cursor !== null) seen.push(...(await ids(store, { cursor })))
      same(seen.toSorted(), names(25).toSorted(), 'seen')
      same((await store.list({ limit: 100 })).cursor, null, 'cursor of the last page')
    },
  },
  {
    name: 'a query that makes no sense is refused',
    async body({ store }) {
      const queries: readonly RunQuery[] = [
        { status: 'wating' as 'waiting' },
        { limit: 0 },
        { limit: 1_001 },
        { cursor: 'x' },
        { cursor: '[]' },
        { updatedAfter: 'yesterday' },
        { updatedBefore: '5' },
        { updatedBefore: '10/11/2026' },
        { updatedBefore: '2026-01-31T12:00' },
        { updatedBefore: '2026-13-01' },
      ]
      for (const query of queries) await refusal(store.list(query), 'ValidationError')
    },
  },
  {
    name: 'a deleted run is gone with all that was its own',
    async body({ store }) {
      const lease = await store.create(newRun('a', { awaits: [awaited('x')] }), mine)
      await store.deliver('a', { type: 'enqueue', id: 'm', content: 'x' })
      same([await store.delete('a'), await store.delete('a')], [true, false], 'deleted')
      await refusal(store.load('a'), 'RunNotFoundError')
      await refusal(store.save(lease, saved(2)), 'LeaseLostError')
      const again = await store.create(newRun('a'), { owner: 'other' })
      await refusal(store.save(lease, saved(2)), 'LeaseLostError')
      same(await store.inbox('a'), [], 'inbox')
      same((await store.history('a')).length, 1, 'steps')
      const message = { type: 'enqueue', id: 'm', content: 'x' } as const
      same(await store.deliver('a', message), 'accepted', 'the same message')
      await refusal(
        store.deliver('a', { type: 'tool-call-approved', toolCallId: 'x' }),
        'UnknownCallError',
      )
      await store.save(again, saved(2))
    },
  },
  {
    name: 'old runs are pruned, but none that somebody drives',
    async body({ open, clock }) {
      const store = open({ retention: { doneForMs: 10 * minute } })
      const status = 'done'
      await store.release(await store.create(newRun('old', { status }), mine))
      await store.release(await store.create(newRun('rests', { status: 'failed' }), mine))
      clock.time += 9 * minute
      await store.release(await store.create(newRun('new', { status }), mine))
      await store.acquire('old', { ...mine, ttlMs: 2 * minute })
      clock.time += minute
      same(await store.prune(), 0, 'while it is driven')
      clock.time += minute
      same(await store.prune({ dryRun: true }), 1, 'counted')
      same(await store.prune(), 1, 'pruned')
      same(await ids(store, {}), ['new', 'rests'], 'left')
      const updatedBefore = new Date(clock.time).toISOString()
      same(await store.prune({ status: ['failed', 'done'], updatedBefore }), 2, 'pruned')
      await refusal(open().prune(), 'UserError')
      same(await open({ retention: { doneForMs: Infinity } }).prune(), 0, 'kept for ever')
    },
  },
  {
    name: 'a run can be carried to another store, with its steps and what waits for it',
    async body({ store, clock }) {
      const items = [{ text: 'a' }, { text: 'b' }]
      const awaits = [awaited('x', { args: { amount: 1 }, metadata: { why: 'much' } })]
      const run = newRun('a', { title: 'Carry', agentName: 'clerk', awaits })
      const lease = await store.create(run, mine)
      await store.save(lease, saved(2, { awaits, messages: { from: 0, items } }))
      clock.time += minute
      await store.save(lease, saved(3, { awaits, isStep: false, messages: { from: 1, items } }))
      await store.deliver('a', { type: 'enqueue', id: 'm', content: 'x' })
      await store.deliver('a', { type: 'tool-call-approved', toolCallId: 'x' })
      await store.release(lease)
      const document: unknown = JSON.parse(JSON.stringify(await store.export('a')))
      const before = await Promise.all([store.load('a'), store.history('a'), store.inbox('a')])
      await refusal(store.import(document), 'RunExistsError')
      await store.delete('a')
      await store.import(document)
      const after = await Promise.all([store.load('a'), store.history('a'), store.inbox('a')])
      same(after, before, 'run')
      same(await store.export('a'), document, 'document')
      same((await store.load('a', { seq: 1 })).messages, [{ text: 'first' }], 'first step')
      same((await store.load('a', { seq: 2 })).messages, items, 'second step')
      const repeated = { type: 'tool-call-approved', toolCallId: 'x' } as const
      same(await store.deliver('a', repeated), 'repeated', 'verdict')
      await store.save(await store.acquire('a', mine), saved(4))
    },
  },
  {
    name: 'what is no exported run is refused',
    async body({ store }) {
      await store.create(newRun('a', { awaits: [awaited('x')] }), mine)
      await store.deliver('a', { type: 'enqueue', id: 'm', content: 'x' })
      const document = await store.export('a')
      await store.delete('a')
      const twice = (key: string): object => {
        const list: unknown = document[key]
        const entries: readonly unknown[] = Array.isArray(list) ? list : []
        return { [key]: [...entries, ...entries] }
      }
      const changes: readonly object[] = [
        { format: 'other' },
        { version: 2 },
        { record: null },
        { messages: [] },
        { messageSeqs: [2] },
        { earlierMessages: [{ index: 0, seq: 1, message: null }] },
        { history: [{ seq: 1 }] },
        { record: Object.assign({}, document['record'], { seq: 2 ** 32 + 2 }) },
        twice('inbox'),
        twice('marks'),
      ]
      for (const change of [null, [], 7, ...changes]) {
        const broken = change !== null && typeof change === 'object' && !Array.isArray(change)
        const tried = broken ? { ...document, ...change } : change
        await refusal(store.import(tried), 'ValidationError')
      }
      same(await ids(store, {}), [], 'runs')
    },
  },
  {
    name: 'with encryption everything is read as without, and titles are found',
    async body({ open, clock }) {
      const turned = (text: string) => JSON.stringify(Array.from(text.toWellFormed()).toReversed())
      const back = (text: string) => {
        const list: unknown = JSON.parse(text)
        return Array.isArray(list) ? list.toReversed().join('') : ''
      }
      const store = open({
        encode: async (text) => turned(text),
        decode: async (text) => back(text),
      })
      const error = { name: 'Error', message: 'broken' }
      for (const runId of names(7)) {
        clock.time += 1
        const awaits = [awaited('x', { args: '{"amount":1}' })]
        await store.create(newRun(runId, { title: `Title of ${runId}`, awaits, error }), mine)
      }
      await store.deliver('run-1', { type: 'tool-call-approved', toolCallId: 'x', by: 'ann' })
      const { record, messages, awaits, snapshot } = await store.load('run-1')
      same(record.error, error, 'error')
      same([messages, snapshot], [[{ text: 'first' }], { at: 1 }], 'run')
      same(awaits, [awaited('x', { args: '{"amount":1}' })], 'awaits')
      same((await store.inbox('run-1'))[0]?.event.type, 'tool-call-approved', 'event')
      const first = await store.list({ search: 'OF RUN', limit: 3 })
      same(first.runs.map(({ title }) => title).at(-1), 'Title of run-5', 'title')
      const cursor = first.cursor ?? ''
      same((await ids(store, { search: 'of run', cursor })).length, 4, 'rest')
      same(await ids(store, { search: 'of run-2' }), ['run-2'], 'found')
      await store.import({ ...(await store.export('run-1')), record: { ...record, runId: 'b' } })
      same((await store.load('b')).messages, messages, 'imported messages')
    },
  },
  {
    name: 'a store that is closed says so',
    async body({ store, open }) {
      await store.create(newRun('a'), mine)
      const other = open()
      await other.record('a')
      await other.close()
      await other.close()
      await refusal(other.record('a'), 'StoreClosedError')
    },
  },
]
