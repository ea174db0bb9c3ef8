import {
  type Check,
  mine,
  minute,
  names,
  newRun,
  refusal,
  same,
  saved,
  tells,
  theirs,
} from './check.ts'

const hour = 60 * minute

/** Who may write. */
export const leaseChecks: readonly Check[] = [
  {
    name: 'a run begins once',
    async body({ store, open }) {
      await store.create(newRun('a'), mine)
      await refusal(store.create(newRun('a'), mine), 'RunExistsError')
      await refusal(open().create(newRun('a', { creationId: 'x' }), theirs), 'RunExistsError')
    },
  },
  {
    name: 'of many that begin the same run at once one does',
    async body({ open }) {
      const creations = names(8).map((owner) => open().create(newRun('a'), { owner }))
      const results = await Promise.allSettled(creations)
      same(results.filter(({ status }) => status === 'fulfilled').length, 1, 'begun')
    },
  },
  {
    name: 'a creation that is sent again with its id gives the same lease',
    async body({ store }) {
      const run = newRun('a', { creationId: 'x' })
      const lease = await store.create(run, mine)
      same(await store.create(run, mine), lease, 'lease')
      await store.save(lease, saved(2))
      await refusal(store.create(run, mine), 'RunExistsError')
    },
  },
  {
    name: 'a run that nobody created cannot be leased',
    async body({ store }) {
      await refusal(store.acquire('a', mine), 'RunNotFoundError')
      await refusal(store.record('a'), 'RunNotFoundError')
    },
  },
  {
    name: 'while a lease holds, others are told who has it and until when',
    async body({ store, open, clock }) {
      const lease = await store.create(newRun('a'), { ...mine, ttlMs: minute })
      same(lease.until, clock.time + minute, 'end')
      const error = await refusal(open().acquire('a', theirs), 'RunLockedError')
      tells(error, { runId: 'a', owner: 'mine', until: lease.until })
      same((await store.record('a')).owner, 'mine', 'owner')
    },
  },
  {
    name: 'the same owner asking again gets a new lease, and the one before is void',
    async body({ store }) {
      const before = await store.create(newRun('a'), mine)
      const lease = await store.acquire('a', mine)
      same(lease.token > before.token, true, 'the token is higher')
      await refusal(store.save(before, saved(2)), 'LeaseLostError')
      await refusal(store.renew(before), 'LeaseLostError')
      await store.release(before)
      await store.save(lease, saved(2))
    },
  },
  {
    name: 'a lease that has run out can be taken over, and its owner then writes nothing any more',
    async body({ store, open, clock }) {
      const dead = await store.create(newRun('a'), { ...mine, ttlMs: minute })
      clock.time += minute
      same((await store.record('a')).owner, null, 'owner')
      const lease = await open().acquire('a', theirs)
      await refusal(store.save(dead, saved(2)), 'LeaseLostError')
      await store.save(lease, saved(2, { snapshot: 'theirs' }))
      same((await store.load('a')).snapshot, 'theirs', 'snapshot')
    },
  },
  {
    name: 'a lease that has run out still writes, and can be renewed, until somebody takes over',
    async body({ store, open, clock }) {
      const lease = await store.create(newRun('a'), { ...mine, ttlMs: minute })
      clock.time += hour
      await store.save(lease, saved(2))
      const renewed = await store.renew(lease, minute)
      same(renewed, { ...lease, until: clock.time + minute }, 'lease')
      await refusal(open().acquire('a', theirs), 'RunLockedError')
      await store.save(lease, saved(3))
    },
  },
  {
    name: 'a lease that was given back is void, and others have the run at once',
    async body({ store, open }) {
      const lease = await store.create(newRun('a'), mine)
      await store.release(lease)
      await store.release(lease)
      await refusal(store.save(lease, saved(2)), 'LeaseLostError')
      same((await open().acquire('a', theirs)).token, lease.token + 1, 'token')
    },
  },
  {
    name: 'of many that ask for a free run at once one gets it',
    async body({ store, open }) {
      await store.release(await store.create(newRun('a'), mine))
      const requests = names(8).map((owner) => open().acquire('a', { owner }))
      const results = await Promise.allSettled(requests)
      same(results.filter(({ status }) => status === 'fulfilled').length, 1, 'leased')
    },
  },
  {
    name: 'a clock that jumps ahead costs a lease, but no work',
    async body({ store, open, clock }) {
      const lease = await store.create(newRun('a'), mine)
      clock.time += 1_000 * hour
      const taken = await open().acquire('a', theirs)
      clock.time -= 1_000 * hour
      await refusal(store.save(lease, saved(2)), 'LeaseLostError')
      await store.save(taken, saved(2))
    },
  },
  {
    name: 'a clock that jumps back keeps nobody out for more than an hour',
    async body({ store, open, clock }) {
      await store.create(newRun('a'), mine)
      clock.time -= 1_000 * hour
      await open().acquire('a', theirs)
      clock.time -= hour / 2
      await refusal(store.acquire('a', mine), 'RunLockedError')
      clock.time += hour
      await store.acquire('a', mine)
    },
  },
  {
    name: 'a time that no lease can last is refused',
    async body({ store }) {
      for (const ttlMs of [0, -1, NaN, Infinity, 2 * hour]) {
        await refusal(store.create(newRun('a'), { ...mine, ttlMs }), 'UserError')
      }
    },
  },
  {
    name: 'a run that was put away is left alone by workers until it is put back',
    async body({ store }) {
      await store.release(await store.create(newRun('a'), mine), 'paused')
      same((await store.record('a')).status, 'paused', 'status')
      same(await store.claim(theirs), [], 'claimed')
      await store.requeue('a')
      same((await store.claim(theirs)).length, 1, 'claimed')
    },
  },
]
