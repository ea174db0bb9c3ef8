import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { RunExistsError, StepNotFoundError } from '../../src/errors/index.ts'
import { memoryStore } from '../../src/store/index.ts'
import { ManualClock } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { gate } from '../run/scripts.ts'
import { call, outline, rejection, says, script } from './script.ts'
import { agentFor, finished, stepAt, whole } from './watcher.ts'

describe('a fork', () => {
  it('of any step comes to the same end when nothing is changed', async () => {
    const store = memoryStore()
    const original = await finished(store)
    const history = await store.history('original')
    expect(history.map(({ state }) => state)).toEqual(
      [
        'UserPrompt',
        ...Array.from({ length: 3 }, () => ['ModelRequest', 'CallTools']),
        'End',
      ].flat(),
    )
    for (const { seq, state } of history) {
      const fork = await agentFor().fork('original', { store, seq })
      expect(fork.nextNode.kind === 'end').toBe(state === 'End')
      const { output } = await fork.finish()
      expect(output).toBe(whole)
      expect(outline(fork.allMessages())).toEqual(outline(original.allMessages()))
      expect(outline(fork.newMessages())).toEqual(outline(original.newMessages()))
      expect({ ...fork.usage, cost: 0 }).toEqual({ ...original.usage, cost: 0 })
    }
  })

  it('begins at the latest save unless told otherwise', async () => {
    const store = memoryStore()
    const original = agentFor().iter('Hello', { store })
    await original.next()
    await original.next()
    const fork = await agentFor().fork(original.runId, { store })
    expect(fork.nextNode.kind).toBe('call-tools')
  })

  it('is a run of its own in the same conversation, and the store knows where it comes from', async () => {
    const store = memoryStore()
    const original = await finished(store)
    const seq = await stepAt(store, 'CallTools', 1)
    const fork = await agentFor().fork('original', { store, seq, runId: 'other' })
    expect([fork.runId, fork.conversationId]).toEqual(['other', original.conversationId])
    await fork.finish()
    const { forkedFrom, status, conversationId } = await store.record('other')
    expect(forkedFrom).toEqual({ runId: 'original', seq })
    expect([status, conversationId]).toEqual(['done', original.conversationId])
    const runIds = fork.allMessages().map(({ runId }) => runId)
    expect(runIds).toEqual(['original', 'original', 'other', 'other', 'other', 'other'])
  })

  it('leaves the original as it was, byte for byte', async () => {
    const store = memoryStore()
    await finished(store)
    const before = JSON.stringify(await store.export('original'))
    const seq = await stepAt(store, 'ModelRequest', 1)
    const edits = { toolResults: { sky: 'blue' } }
    const fork = await agentFor().fork('original', { store, seq, edits })
    await fork.finish()
    expect(JSON.stringify(await store.export('original'))).toBe(before)
  })

  it('of a run that somebody else drives needs no lease', async () => {
    const store = memoryStore()
    const original = agentFor().iter('Hello', { store, runId: 'original' })
    await original.next()
    await original.next()
    expect((await store.record('original')).owner).not.toBeNull()
    const fork = await agentFor().fork('original', { store })
    expect((await fork.finish()).output).toBe(whole)
    expect((await original.finish()).output).toBe(whole)
  })

  it('does not run a call again that is running, and takes a result for it', async () => {
    const store = memoryStore()
    const { pass, open, entered } = gate<string>()
    const slow = tool({ name: 'slow', execute: pass })
    const model = script([call('slow')], [says('Original')])
    const original = agentFor({ model, tools: [slow] }).iter('Hello', { store, runId: 'original' })
    const end = original.finish()
    await entered
    const rest = () => agentFor({ model: script([says('Forked')]), tools: [slow] })
    const fork = await rest().fork('original', { store })
    await fork.finish()
    expect(outline(fork.allMessages()).flat().join()).toContain('slow interrupted: The outcome')
    const edits = { toolResults: { slow: 'at last' } }
    const helped = await rest().fork('original', { store, edits })
    await helped.finish()
    expect(outline(helped.allMessages()).flat()).toContain('slow returned: at last')
    open('now')
    expect((await end).output).toBe('Original')
  })

  it.each([{ isBelow: false }, { isBelow: true }])(
    'waits for people anew, whenever the original gave up on them (a run below: $isBelow)',
    async ({ isBelow }) => {
      const clock = new ManualClock()
      const store = memoryStore({ clock })
      const pay = tool({
        name: 'pay',
        needsApproval: true,
        waitTimeoutMs: 1_000,
        execute: () => 'paid',
      })
      const inner = script([call('pay')], 'It is paid.')
      const clerk = new Agent({ name: 'clerk', model: inner, tools: [pay] })
      const outer = script([call('clerk', { prompt: 'Pay.' })], 'Done.')
      const agent = isBelow ? new Agent({ model: outer, tools: [clerk.asTool()] }) : clerk
      const original = agent.iter('Hello', { store, clock, deferred: 'wait' })
      expect(await original.proceed()).toBe('waiting')
      await original.dispose()
      await clock.advance(5_000)
      const fork = await agent.fork(original.runId, { store, into: null, clock })
      expect(fork.waitingFor).toMatchObject([{ toolCallId: 'pay', deadline: null }])
      expect(await fork.proceed()).toBe('waiting')
      await fork.approve('pay', { path: isBelow ? ['clerk'] : [] })
      await fork.finish()
      const told = outline(fork.allMessages()).flat()
      expect(told).toContain(isBelow ? 'clerk returned: It is paid.' : 'pay returned: paid')
    },
  )

  it('of a fork goes on from there', async () => {
    const store = memoryStore()
    await finished(store)
    const seq = await stepAt(store, 'ModelRequest', 1)
    const sky = { toolResults: { sky: 'blue' } }
    const first = await agentFor().fork('original', { store, seq, runId: 'first', edits: sky })
    await first.finish()
    const steps = await store.history('first')
    const again = steps.find(({ state, step }) => state === 'ModelRequest' && step === 2)
    const second = await agentFor().fork('first', {
      store,
      ...(again && { seq: again.seq }),
      edits: { toolResults: { sea: 'calm' } },
    })
    expect((await second.finish()).output).toContain('look returned: blue')
    expect(outline(second.allMessages()).flat()).toContain('look returned: calm')
    expect((await store.record(second.runId)).forkedFrom?.runId).toBe('first')
  })

  it('is saved in another store, or nowhere', async () => {
    const [store, other] = [memoryStore(), memoryStore()]
    await finished(store)
    const seq = await stepAt(store, 'ModelRequest', 1)
    const elsewhere = await agentFor().fork('original', { store, seq, into: other })
    await elsewhere.finish()
    expect((await other.record(elsewhere.runId)).status).toBe('done')
    const nowhere = await agentFor().fork('original', { store, seq, into: null })
    expect((await nowhere.finish()).output).toBe(whole)
    expect((await store.list()).runs.map(({ runId }) => runId)).toEqual(['original'])
  })

  it('starts with what the original had used, and limits hold', async () => {
    const store = memoryStore()
    await finished(store)
    const seq = await stepAt(store, 'ModelRequest', 2)
    const fork = await agentFor().fork('original', {
      store,
      seq,
      usageLimits: { requestLimit: 2 },
    })
    expect(fork.usage.requests).toBe(2)
    expect(await rejection(fork.finish())).toMatchObject({ name: 'UsageLimitExceeded' })
  })

  it('of a run that failed begins anew where it failed', async () => {
    const store = memoryStore()
    const flaky = script([call('look', { at: 'sky' })], new Error('Overloaded'))
    const original = agentFor({ model: flaky }).iter('Hello', { store, runId: 'original' })
    await rejection(original.finish())
    const fork = await agentFor({ model: script([says('Grey')]) }).fork('original', { store })
    expect((await fork.finish()).output).toBe('Grey')
  })

  it('answers with another model', async () => {
    const store = memoryStore()
    await finished(store)
    const seq = await stepAt(store, 'ModelRequest', 2)
    const fork = await agentFor().fork('original', { store, seq, model: script([says('Fine')]) })
    expect((await fork.finish()).output).toBe('Fine')
  })
})

describe('a fork is refused', () => {
  it('under the id of the original, or of any run that is there', async () => {
    const store = memoryStore()
    await finished(store)
    const same = await rejection(agentFor().fork('original', { store, runId: 'original' }))
    expect(String(same)).toContain('A fork has an id of its own')
    await agentFor().iter('Hello', { store, runId: 'taken' }).finish()
    const seq = await stepAt(store, 'ModelRequest', 1)
    const fork = await agentFor().fork('original', { store, seq, runId: 'taken' })
    expect(await rejection(fork.finish())).toBeInstanceOf(RunExistsError)
  })

  it('at a step that is not kept', async () => {
    const store = memoryStore({ retention: { keepSteps: 1 } })
    await finished(store)
    const error = await rejection(agentFor().fork('original', { store, seq: 2 }))
    expect(error).toBeInstanceOf(StepNotFoundError)
  })
})
