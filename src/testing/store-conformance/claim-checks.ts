import { awaited, type Check, mine, minute, names, newRun, refusal, same, saved } from './check.ts'

const worker = { owner: 'worker' }

/** What workers get. */
export const claimChecks: readonly Check[] = [
  {
    name: 'a worker gets runs that are ready, the ones that rested longest first',
    async body({ store, clock }) {
      const later = clock.time + minute
      const runs = [
        newRun('active'),
        newRun('waits for a verdict', { status: 'waiting', awaits: [awaited('x')] }),
        newRun('waits for later', { status: 'waiting', wakeAt: later }),
        newRun('waited', { status: 'waiting', wakeAt: clock.time }),
        newRun('told', { status: 'waiting' }),
        newRun('failed', { status: 'failed' }),
        newRun('tries again', { status: 'failed', wakeAt: clock.time }),
        newRun('tries later', { status: 'failed', wakeAt: later }),
        newRun('failed and told', { status: 'failed' }),
        newRun('paused', { status: 'paused' }),
        newRun('cancelled', { status: 'cancelled' }),
        newRun('done', { status: 'done' }),
      ]
      for (const run of runs) {
        clock.time += 1
        await store.release(await store.create(run, mine))
      }
      for (const runId of ['failed and told', 'told', 'paused', 'cancelled']) {
        clock.time += 1
        await store.deliver(runId, { type: 'enqueue', content: 'x' })
      }
      const ready = ['active', 'waited', 'tries again', 'failed and told', 'told']
      const ids = async () =>
        (await store.claim({ ...worker, limit: 100, ttlMs: 2 * minute })).map((l) => l.runId)
      same(await ids(), ready, 'claimed')
      same(await ids(), [], 'claimed again')
      clock.time = later
      same(await ids(), ['waits for later', 'tries later'], 'claimed later')
    },
  },
  {
    name: 'a run that somebody drives is left alone until the lease is over',
    async body({ store, clock }) {
      const lease = await store.create(newRun('a', { status: 'waiting' }), mine)
      await store.deliver('a', { type: 'enqueue', content: 'x' })
      same(await store.claim(worker), [], 'claimed')
      clock.time = lease.until
      const [claimed] = await store.claim({ ...worker, ttlMs: minute })
      const expected = { runId: 'a', ...worker, token: 2, until: clock.time + minute }
      same(claimed, expected, 'lease')
      await refusal(store.save(lease, saved(2)), 'LeaseLostError')
    },
  },
  {
    name: 'a worker gets as many as it asks for, and of the agents that it names',
    async body({ store }) {
      for (const [i, runId] of names(9).entries()) {
        const agentName = ['one', 'two', null][i % 3] ?? null
        await store.release(await store.create(newRun(runId, { agentName }), mine))
      }
      const claim = async (request: object) =>
        (await store.claim({ ...worker, ...request })).map(({ runId }) => runId)
      same(await claim({ agentNames: [] }), [], 'of none')
      same(await claim({ agentNames: ['two', 'three'], limit: 2 }), ['run-2', 'run-5'], 'of two')
      same(await claim({}), ['run-1'], 'of any')
      same((await claim({ limit: 100 })).length, 6, 'the rest')
    },
  },
  {
    name: 'eight workers that share fifty runs never get the same one',
    async body({ store, open }) {
      for (const runId of names(50)) {
        await store.release(await store.create(newRun(runId), mine))
      }
      const work = async (owner: string): Promise<readonly string[]> => {
        const own = open()
        const got: string[] = []
        for (let misses = 0; misses < 3;) {
          const leases = await own.claim({ owner, limit: 3 })
          got.push(...leases.map(({ runId }) => runId))
          misses = leases.length === 0 ? misses + 1 : 0
        }
        return got
      }
      const got = (await Promise.all(names(8).map(work))).flat()
      same(got.toSorted(), names(50).toSorted(), 'claimed')
    },
  },
  {
    name: 'a run that does not get on is set aside, and can be put back',
    async body({ store, clock }) {
      await store.release(await store.create(newRun('a'), mine))
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        same((await store.claim(worker)).length, 1, `claim ${attempt}`)
        same((await store.record('a')).attempts, attempt, 'attempts')
        clock.time += minute
      }
      same(await store.claim(worker), [], 'claimed')
      same((await store.record('a')).status, 'stuck', 'status')
      const { status, attempts } = await store.requeue('a')
      same([status, attempts], ['active', 0], 'put back')
      same((await store.claim(worker)).length, 1, 'claimed')
    },
  },
  {
    name: 'runs that are set aside do not take the place of others',
    async body({ store, clock }) {
      for (const runId of ['bad', 'worse', 'good']) {
        clock.time += 1
        await store.release(await store.create(newRun(runId), mine))
      }
      await store.claim({ ...worker, limit: 2 })
      clock.time += minute
      const leases = await store.claim({ ...worker, limit: 1, maxAttempts: 1 })
      same(
        leases.map(({ runId }) => runId),
        ['good'],
        'claimed',
      )
    },
  },
  {
    name: 'a run that gets on has its attempts back',
    async body({ store, clock }) {
      await store.create(newRun('a', { status: 'waiting', awaits: [awaited('x')] }), mine)
      await store.deliver('a', { type: 'enqueue', content: 'x' })
      clock.time += minute
      const [lease] = await store.claim(worker)
      if (lease === undefined) throw new Error('Expected a lease')
      const attempts = async (): Promise<number> => (await store.record('a')).attempts
      const between = { isStep: false, awaits: [awaited('x')] }
      await store.save(lease, saved(2, between))
      same(await attempts(), 1, 'when nothing happened')
      await store.save(lease, saved(3, { ...between, taken: [1] }))
      same(await attempts(), 0, 'when it took something')
    },
  },
  {
    name: 'a run that is given back as it was has not been tried',
    async body({ store }) {
      await store.release(await store.create(newRun('a'), mine))
      for (let i = 0; i < 4; i += 1) {
        const [lease] = await store.claim(worker)
        if (lease === undefined) throw new Error('Expected a lease')
        same((await store.record('a')).attempts, 1, 'attempts')
        await store.release(lease)
      }
      const [lease] = await store.claim(worker)
      if (lease === undefined) throw new Error('Expected a lease')
      await store.save(lease, saved(2, { isStep: false }))
      await store.release(lease)
      same((await store.record('a')).attempts, 1, 'attempts of one that was saved')
    },
  },
  {
    name: 'a failed run that is told something is tried again, however often it was',
    async body({ store, clock }) {
      await store.release(await store.create(newRun('a'), mine))
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        const [claimed] = await store.claim(worker)
        if (claimed === undefined) throw new Error('Expected a lease')
        const { seq } = await store.record('a')
        const rest = { status: 'failed' as const, isStep: false, wakeAt: clock.time }
        await store.save(claimed, saved(seq + 1, rest))
        await store.release(claimed)
      }
      await store.deliver('a', { type: 'enqueue', content: 'x' })
      same((await store.claim(worker)).length, 1, 'claimed')
    },
  },
  {
    name: 'a run that nobody can take up is set aside with the reason, unless somebody drives it',
    async body({ store }) {
      const error = { name: 'SnapshotMismatchError', message: 'no such tool' }
      const lease = await store.create(newRun('a'), mine)
      await refusal(store.setAside('a', error), 'RunLockedError')
      await store.release(lease)
      const { status, error: reason } = await store.setAside('a', error)
      same([status, reason], ['stuck', error], 'set aside')
      same(await store.claim(worker), [], 'claimed')
      await store.requeue('a')
      same((await store.claim(worker)).length, 1, 'claimed')
    },
  },
  {
    name: 'only what rests can be put back',
    async body({ store }) {
      await refusal(store.requeue('a'), 'RunNotFoundError')
      const error = { name: 'Error', message: 'broken' }
      await store.create(newRun('failed', { status: 'failed', error }), mine)
      const { status, error: left } = await store.requeue('failed')
      same([status, left], ['active', null], 'failed')
      await store.create(newRun('waiting', { status: 'waiting' }), mine)
      same((await store.requeue('waiting')).status, 'waiting', 'waiting')
      await store.create(newRun('done', { status: 'done' }), mine)
      await refusal(store.requeue('done'), 'UserError')
    },
  },
]
