import { type Check, mine, newRun, refusal, same, saved, tells, turn } from './check.ts'

const words = (count: number, word = 'word'): readonly unknown[] =>
  Array.from({ length: count }, (_, i) => ({ text: `${word} ${i}` }))

/** What is written, and read again. */
export const saveChecks: readonly Check[] = [
  {
    name: 'a run is read as it was written',
    async body({ store, open, clock }) {
      const error = { name: 'Error', message: 'broken' }
      const forkedFrom = { runId: 'other', seq: 7 }
      const run = newRun('a', { conversationId: 'c', agentName: 'clerk', forkedFrom, title: 'Hi' })
      const lease = await store.create(run, mine)
      const wakeAt = clock.time + 5
      const change = { title: 'Hello', status: 'failed', step: 3, wakeAt, error } as const
      clock.time += 1
      await store.save(lease, saved(2, { ...change, messages: { from: 1, items: words(2) } }))
      const loaded = await open().load('a')
      same(loaded.snapshot, { at: 2 }, 'snapshot')
      same(loaded.messages, [{ text: 'first' }, ...words(2)], 'messages')
      same(
        loaded.record,
        {
          ...change,
          runId: 'a',
          conversationId: 'c',
          agentName: 'clerk',
          forkedFrom,
          owner: 'mine',
          seq: 2,
          messageCount: 3,
          attempts: 0,
          createdAt: new Date(clock.time - 1).toISOString(),
          updatedAt: new Date(clock.time).toISOString(),
        },
        'record',
      )
      same(await store.record('a'), loaded.record, 'record alone')
    },
  },
  {
    name: 'a save sent twice counts once',
    async body({ store }) {
      const lease = await store.create(newRun('a'), mine)
      await store.deliver('a', { type: 'enqueue', content: 'one' })
      await store.deliver('a', { type: 'enqueue', content: 'two' })
      const save = saved(2, { messages: { from: 1, items: words(3) }, taken: [1] })
      const [entry] = await store.save(lease, save)
      same(entry?.id, 2, 'waiting')
      same(
        (await store.save(lease, save)).map(({ id }) => id),
        [2],
        'waiting',
      )
      same((await store.load('a')).messages.length, 4, 'messages')
      same((await store.history('a')).length, 2, 'steps')
    },
  },
  {
    name: 'only the next save is taken, and none that leaves a hole in the log',
    async body({ store }) {
      const lease = await store.create(newRun('a'), mine)
      await refusal(store.save(lease, saved(3)), 'ValidationError')
      await refusal(store.save({ ...lease, runId: 'b' }, saved(2)), 'LeaseLostError')
      const beyond = { messages: { from: 2, items: words(1) } }
      await refusal(store.save(lease, saved(2, beyond)), 'ValidationError')
      await store.save(lease, saved(2))
      await store.save(lease, saved(3))
      await refusal(store.save(lease, saved(2)), 'ValidationError')
    },
  },
  {
    name: 'a step is written together with what came right after it',
    async body({ store }) {
      const lease = await store.create(newRun('a'), mine)
      await store.save(lease, saved(2, { isStep: false, messages: { from: 1, items: words(1) } }))
      const before = { snapshot: { at: 'step' }, awaits: [], state: 'CallTools', step: 1 }
      const stepBefore = { ...before, messageCount: 3 }
      const messages = { from: 1, items: words(3, 'new') }
      const both = saved(4, { isStep: false, messages, stepBefore })
      await refusal(store.save(lease, { ...both, seq: 3 }), 'ValidationError')
      await refusal(store.save(lease, { ...both, isStep: true }), 'ValidationError')
      const tooMany = { ...stepBefore, messageCount: 5 }
      await refusal(store.save(lease, { ...both, stepBefore: tooMany }), 'ValidationError')
      await store.save(lease, both)
      await store.save(lease, both) // counts once
      same((await store.load('a')).snapshot, { at: 4 }, 'snapshot')
      same((await store.load('a')).messages.length, 4, 'messages')
      const step = await store.load('a', { seq: 3 })
      same(step.snapshot, { at: 'step' }, 'snapshot of the step')
      same(step.messages, [{ text: 'first' }, ...words(2, 'new')], 'messages of the step')
      await store.save(lease, saved(5, { messages: { from: 3, items: [] } }))
      const steps = (await store.history('a')).map(({ seq }) => seq)
      same(steps, [1, 3, 5], 'steps')
      for (const seq of [4, 1.5, 2 ** 32 + 1, Number.NaN]) {
        await refusal(store.load('a', { seq }), 'StepNotFoundError')
      }
    },
  },
  {
    name: 'of one save sent many times at once nothing is doubled',
    async body({ store, open }) {
      const lease = await store.create(newRun('a'), mine)
      const save = saved(2, { messages: { from: 1, items: words(40) } })
      await Promise.all(Array.from({ length: 6 }, () => open().save(lease, save)))
      same((await store.load('a')).messages, [{ text: 'first' }, ...words(40)], 'messages')
    },
  },
  {
    name: 'an earlier step is read as it was, also when the log was cut and written anew',
    async body({ store }) {
      const lease = await store.create(newRun('a'), mine)
      await store.save(lease, saved(2, { messages: { from: 1, items: words(70, 'old') } }))
      await store.save(lease, saved(3, { messages: { from: 1, items: words(2, 'new') } }))
      await store.save(lease, saved(4, { messages: { from: 0, items: [] } }))
      await store.save(lease, saved(5, { messages: { from: 0, items: words(90, 'last') } }))
      const first = { text: 'first' }
      const expected = [
        [first],
        [first, ...words(70, 'old')],
        [first, ...words(2, 'new')],
        [],
        words(90, 'last'),
      ]
      for (const [i, messages] of expected.entries()) {
        const loaded = await store.load('a', { seq: i + 1 })
        same(loaded.messages, messages, `messages of ${i + 1}`)
        const { seq, messageCount } = loaded.record
        same([seq, messageCount], [i + 1, messages.length], `record of ${i + 1}`)
      }
      same((await store.load('a')).messages, words(90, 'last'), 'messages')
    },
  },
  {
    name: 'saves between two steps replace each other, and leave nothing behind',
    async body({ store }) {
      const lease = await store.create(newRun('a'), mine)
      const between = (seq: number) =>
        saved(seq, { isStep: false, messages: { from: 1, items: words(3, `${seq}`) } })
      await store.save(lease, between(2))
      await store.save(lease, between(3))
      same((await store.load('a', { seq: 3 })).messages.length, 4, 'messages of the latest')
      await store.save(lease, saved(4, { messages: { from: 2, items: words(1) } }))
      const kept = [{ text: 'first' }, ...words(1, '3'), ...words(1)]
      same((await store.load('a')).messages, kept, 'messages')
      same(
        (await store.history('a')).map(({ seq }) => seq),
        [1, 4],
        'steps',
      )
      for (const seq of [2, 3, 5]) await refusal(store.load('a', { seq }), 'StepNotFoundError')
      same((await store.load('a', { seq: 1 })).messages, [{ text: 'first' }], 'first step')
    },
  },
  {
    name: 'what a save between two steps said stays when the next one goes on from it',
    async body({ store }) {
      const lease = await store.create(newRun('a'), mine)
      const add = (seq: number, isStep: boolean) =>
        saved(seq, { isStep, messages: { from: seq - 1, items: words(1, `${seq}`) } })
      for (const seq of [2, 3]) await store.save(lease, add(seq, false))
      await store.save(lease, add(4, true))
      await store.save(lease, add(5, false))
      await store.save(lease, saved(6, { messages: { from: 3, items: words(1, '6') } }))
      const said = (seq: number) => words(1, `${seq}`)[0]
      const { messages } = await store.load('a', { seq: 4 })
      same(messages.slice(1), [said(2), said(3), said(4)], 'the step before')
      same((await store.load('a')).messages.slice(1), [said(2), said(3), said(6)], 'the latest')
    },
  },
  {
    name: 'steps are told with their state, first to last',
    async body({ store, clock }) {
      const lease = await store.create(newRun('a', { state: 'UserPrompt', step: 0 }), mine)
      const at = new Date(clock.time).toISOString()
      clock.time += 1_500
      await store.save(lease, saved(2, { state: 'CallTools', step: 1 }))
      const then = new Date(clock.time).toISOString()
      const expected = [
        { seq: 1, state: 'UserPrompt', step: 0, messageCount: 1, at },
        { seq: 2, state: 'CallTools', step: 1, messageCount: 1, at: then },
      ]
      same(await store.history('a'), expected, 'history')
      await refusal(store.history('b'), 'RunNotFoundError')
    },
  },
  {
    name: 'any text and any key comes back',
    async body({ store }) {
      const odd = ['\0', '\uD800', '🙂', `'";--`, '\u2028', 'ä\u0308', '\\u0000', '%_!']
      const strange: unknown = JSON.parse('{"__proto__":{"a":1},"constructor":[],"":0}')
      const title = `Odd \0 \uD800 🙂 ' %`
      const items = [odd, strange]
      const messages = { from: 0, items }
      await store.create(newRun('__proto__', { title, messages, snapshot: strange }), mine)
      const loaded = await store.load('__proto__')
      same(loaded.messages, items, 'messages')
      same(loaded.snapshot, strange, 'snapshot')
      same(loaded.record.title, "Odd \uFFFD \uFFFD 🙂 ' %", 'title')
      same((await store.list({ search: `🙂 ' %` })).runs.length, 1, 'found')
      await refusal(store.load('constructor'), 'RunNotFoundError')
    },
  },
  {
    name: 'an id that not every database takes is refused',
    async body({ store }) {
      for (const id of ['', 'a\0', '\uD800', 'x'.repeat(301)]) {
        await refusal(store.create(newRun(id), mine), 'ValidationError')
        await refusal(store.create(newRun('a'), { owner: id }), 'ValidationError')
        await refusal(store.load(id), 'RunNotFoundError')
        await refusal(store.deliver(id, { type: 'cancel' }), 'RunNotFoundError')
        same(await store.delete(id), false, 'deleted')
      }
    },
  },
  {
    name: 'what is too large is refused, and nothing of it is written',
    async body({ open }) {
      const store = open({ maxMessageBytes: 100, maxSnapshotBytes: 200 })
      const lease = await store.create(newRun('a'), mine)
      const large = { from: 1, items: [{ text: 'fits' }, 'ä'.repeat(50)] }
      const error = await refusal(
        store.save(lease, saved(2, { messages: large })),
        'StoreSizeError',
      )
      tells(error, { runId: 'a', bytes: 102, maxBytes: 100 })
      const snapshot = 'x'.repeat(199)
      await refusal(store.save(lease, saved(2, { snapshot })), 'StoreSizeError')
      await refusal(
        store.deliver('a', { type: 'enqueue', content: 'x'.repeat(100) }),
        'StoreSizeError',
      )
      same((await store.load('a')).record.messageCount, 1, 'messages')
      await store.save(lease, saved(2, { snapshot: 'x'.repeat(198) }))
    },
  },
  {
    name: 'only as many steps are kept as the retention says',
    async body({ open }) {
      const store = open({ retention: { keepSteps: 2 } })
      const lease = await store.create(newRun('a'), mine)
      for (let seq = 2; seq < 300; seq += 1) {
        const from = seq % 3 === 0 ? 0 : 1
        const isStep = seq % 5 !== 4
        await store.save(
          lease,
          saved(seq, { isStep, messages: { from, items: words(2, `${seq}`) } }),
        )
      }
      same(
        (await store.history('a')).map(({ seq }) => seq),
        [297, 298],
        'steps',
      )
      await refusal(store.load('a', { seq: 296 }), 'StepNotFoundError')
      const [first] = words(1, '297')
      same((await store.load('a', { seq: 297 })).messages, words(2, '297'), 'messages of 297')
      same((await store.load('a')).messages, [first, ...words(2, '299')], 'messages')
    },
  },
  {
    name: 'whoever loads while others save sees one save as a whole',
    async body({ store, open }) {
      const lease = await store.create(newRun('a', { messages: { from: 0, items: [1] } }), mine)
      const reader = open()
      const isOver = { value: false }
      const reading = (async () => {
        while (!isOver.value) {
          const { record, messages, snapshot } = await reader.load('a')
          same(
            messages,
            Array.from({ length: record.seq % 4 }, () => record.seq),
            'messages',
          )
          same(snapshot, { at: record.seq }, 'snapshot')
          await turn()
        }
      })()
      for (let seq = 2; seq < 40; seq += 1) {
        const items = Array.from({ length: seq % 4 }, () => seq)
        await store.save(lease, saved(seq, { isStep: seq % 2 === 0, messages: { from: 0, items } }))
        await turn()
      }
      isOver.value = true
      await reading
    },
  },
]
