import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { RunCancelledError, StoreError, ValidationError } from '../../src/errors/index.ts'
import {
  memoryBackend,
  type RunWrites,
  Store,
  type StoreBackend,
  type StoredRun,
} from '../../src/store/index.ts'
import { FailingBackend, ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { memberwise } from '../helpers/memberwise.ts'
import { calls, errorOf, gate } from './scripts.ts'

/** A backend that tells what each change has written, and takes its time for each if it is told so. */
function observed(backend: StoreBackend = memoryBackend(), takeTime?: () => Promise<void>) {
  const written: RunWrites[] = []
  const change: StoreBackend['change'] = async (runId, reads, decide) => {
    await takeTime?.()
    return backend.change(runId, reads, (rows) => {
      const decided = decide(rows)
      if (typeof decided.writes === 'object') written.push(decided.writes)
      return decided
    })
  }
  return { store: new Store({ ...memberwise(backend), change }), written }
}

const ping = tool({ name: 'ping', execute: () => 'pong' })
const rounds = (count: number) => [...Array.from({ length: count }, () => calls('ping')), 'Done.']

function agentOn(script: ConstructorParameters<typeof ScriptedModel>[0], tools = [ping]) {
  return new Agent({ model: new ScriptedModel(script), tools, usageLimits: { requestLimit: null } })
}

/** Until timers that are due have had their turn. */
const turn = () => new Promise<void>((resolve) => void setTimeout(resolve, 5))

const microtasks = async (count: number) => {
  for (let i = 0; i < count; i += 1) await Promise.resolve()
}

async function writesOf(
  count: number,
  takeTime?: () => Promise<void>,
): Promise<readonly RunWrites[]> {
  const { store, written } = observed(memoryBackend(), takeTime)
  await agentOn(rounds(count)).run('Hi.', { store: { store } })
  return written
}

describe('a run that drives itself', () => {
  it('writes twice in a round: a response with the start of its calls, and their results', async () => {
    const [few, more] = [await writesOf(3), await writesOf(13)]
    expect(more.length - few.length).toBe(20)
  })

  it('writes no more often when the store takes its time', async () => {
    const [few, more] = [await writesOf(3, turn), await writesOf(8, turn)]
    expect(more.length - few.length).toBe(10)
  })

  it('writes no more in a late round than in an early one', async () => {
    const written = await writesOf(300)
    const rows = ({ saves = [], messages = [] }: RunWrites) => [saves.length, messages.length]
    const bytes = (writes: RunWrites) => JSON.stringify(writes).length
    const [early, late] = [written.slice(4, 6), written.slice(-7, -5)]
    expect(late.map(rows)).toEqual(early.map(rows))
    for (const [i, writes] of early.entries()) {
      expect(bytes(late[i] ?? writes)).toBeLessThan(bytes(writes) + 100) // the numbers got longer
    }
  })

  it('has every step in its history, each as it was', async () => {
    const { store } = observed()
    const { runId } = await agentOn(rounds(2)).run('Hi.', { store: { store } })
    const history = await store.history(runId)
    const round = ['ModelRequest', 'CallTools']
    const states = ['UserPrompt', ...round, ...round, ...round, 'End']
    expect(history.map(({ state }) => state)).toEqual(states)
    const { seq = 0, messageCount } = history[2] ?? {}
    expect(await store.load(runId, { seq })).toMatchObject({
      record: { seq, step: 1, messageCount },
      snapshot: { state: 'CallTools', ledger: [] },
      messages: [{ kind: 'request' }, { kind: 'response' }],
    })
  })

  it('has its response in the store before a tool runs', async () => {
    const { store } = observed()
    const found: StoredRun[] = []
    const look = tool({
      name: 'look',
      execute: async (_, { runId }) => void found.push(await store.load(runId)),
    })
    await agentOn([calls('look'), 'Done.'], [look]).run('Hi.', { store: { store } })
    expect(found).toMatchObject([
      {
        snapshot: { state: 'CallTools', ledger: [{ state: 'executing' }] },
        messages: [{ kind: 'request' }, { kind: 'response' }],
      },
    ])
  })
})

describe('a response that leads to calls', () => {
  const states = async (store: Store, runId: string) =>
    (await store.history(runId)).map(({ state }) => state)

  it('is written without them when they take their time to start', async () => {
    const { store } = observed()
    const { entered, pass, open } = gate()
    const inputSchema = z.object({}).refine(async () => {
      await pass()
      return true
    })
    const slow = tool({ name: 'ping', inputSchema, execute: () => 'pong' })
    const run = agentOn(rounds(1), [slow]).iter('Hi.', { store })
    const ending = run.finish()
    await entered
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await states(store, run.runId)).toEqual(['UserPrompt', 'ModelRequest', 'CallTools'])
    open()
    expect((await ending).output).toBe('Done.')
  })

  it('is written at once for whoever goes step by step, or watches', async () => {
    const { store } = observed()
    const agent = agentOn(rounds(1))
    const run = agent.iter('Hi.', { store })
    await run.next()
    await run.next()
    expect(await states(store, run.runId)).toEqual(['UserPrompt', 'ModelRequest', 'CallTools'])
    const watched = agentOn(rounds(1)).iter('Hi.', { store })
    const told: Promise<readonly string[]>[] = []
    watched.actor.on('node', ({ node }) => {
      if (node.kind === 'call-tools') told.push(states(store, watched.runId))
    })
    await watched.finish()
    expect(await told[0]).toEqual(['UserPrompt', 'ModelRequest', 'CallTools'])
    const subscribed = agentOn(rounds(1)).iter('Hi.', { store })
    const seen: Promise<readonly string[]>[] = []
    subscribed.actor.subscribe(({ context }) => {
      if (context.node.kind === 'call-tools') seen.push(states(store, subscribed.runId))
    })
    await subscribed.finish()
    expect(await seen[0]).toEqual(['UserPrompt', 'ModelRequest', 'CallTools'])
  })

  it('starts none of them when the run was cancelled from elsewhere while it came', async () => {
    const backend = memoryBackend()
    const elsewhere = new Store(backend)
    const ran: string[] = []
    const charge = tool({ name: 'charge', execute: () => void ran.push('charge') })
    const answer = async () => {
      await elsewhere.deliver(run.runId, { type: 'cancel', reason: 'too dear' })
      return calls('charge')
    }
    const run = agentOn([answer, 'Done.'], [charge]).iter('Hi.', { store: new Store(backend) })
    expect(await errorOf(run.finish())).toBeInstanceOf(RunCancelledError)
    expect(ran).toEqual([])
    expect(await elsewhere.load(run.runId)).toMatchObject({
      record: { status: 'cancelled' },
      snapshot: { ledger: [{ state: 'interrupted' }] }, // it may run when somebody goes on
      messages: [{ kind: 'request' }, { kind: 'response' }],
    })
  })

  it.each(['dispose', 'cancel'] as const)(
    'is in the store when the driver is told that a %s ends the run, whenever that comes',
    async (how) => {
      for (let n = 0; n < 40; n += 1) {
        const { store } = observed()
        const answer = () => {
          void microtasks(n).then(async () => run[how]())
          return calls('ping')
        }
        const run = agentOn([answer, 'Done.']).iter('Hi.', { store })
        await errorOf(run.finish())
        const { visit = 0 } = run.nextNode
        const { messages } = await store.load(run.runId)
        expect(messages).toHaveLength(visit < 2 ? 0 : 2)
      }
    },
  )

  it('is held, and the driver told, when it cannot be put on paper', async () => {
    const { store } = observed()
    const metadata: { self?: unknown } = {}
    const answer = () => {
      metadata.self = metadata
      return calls('ping')
    }
    const run = agentOn([answer, 'Done.']).iter('Hi.', { store, metadata: { metadata } })
    expect(await errorOf(run.finish())).toBeInstanceOf(ValidationError)
    expect(run.actor.getSnapshot().value).toEqual({ ModelRequest: { saving: 'resting' } })
    delete metadata.self
    expect((await run.finish()).output).toBe('Done.')
  })

  it('takes nothing from outside with it that came later', async () => {
    const memory = memoryBackend()
    const backend = new FailingBackend(memory)
    const { store, written } = observed(backend)
    const { entered, pass, open } = gate()
    const inputSchema = z.object({}).refine(async () => {
      await pass()
      return false
    })
    const ask = { name: 'ping', inputSchema, needsApproval: true, execute: () => 'pong' }
    const answer = () => {
      backend.failNext(1, new Error('the disk is gone')) // what was put off cannot be written yet
      return calls('ping')
    }
    const model = new ScriptedModel([answer, 'Done.', 'Done.'])
    const run = new Agent({ model, tools: [tool(ask)], deferred: 'end' }).iter('Hi.', { store })
    const ending = run.finish()
    await entered
    await turn()
    await store.deliver(run.runId, { type: 'enqueue', content: 'And be quick.' })
    await turn()
    const before = written.length
    open()
    await ending
    const [response, prompt] = written.slice(before)
    expect(response?.removeInbox).toEqual([])
    expect(prompt?.removeInbox).toHaveLength(1)
  })

  it('is not asked for again when the start of its calls cannot be written', async () => {
    const backend = new FailingBackend(memoryBackend())
    const store = new Store(backend)
    let ran = 0
    const charge = tool({ name: 'charge', execute: () => `charged ${(ran += 1)}` })
    const model = new ScriptedModel([
      () => {
        backend.failNext(1, new Error('the disk is gone'))
        return calls('charge')
      },
      'Done.',
    ])
    const run = new Agent({ model, tools: [charge] }).iter('Hi.', { store })
    expect(await errorOf(run.finish())).toBeInstanceOf(StoreError)
    expect(ran).toBe(0)
    expect((await run.finish()).output).toBe('Done.')
    expect(ran).toBe(1)
    const round = ['ModelRequest', 'CallTools']
    expect(await states(store, run.runId)).toEqual(['UserPrompt', ...round, ...round, 'End'])
  })
})
