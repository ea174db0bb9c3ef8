import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import {
  AmbiguousCallError,
  ApprovalRequired,
  UserError,
  ValidationError,
} from '../../src/errors/index.ts'
import type { ModelResponseInput } from '../../src/messages/index.ts'
import { deferredToolRequests, text } from '../../src/output/index.ts'
import { memoryBackend, memoryStore, Store } from '../../src/store/index.ts'
import {
  FailingBackend,
  FunctionModel,
  ManualClock,
  ScriptedModel,
} from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { calls, errorOf, gate } from './scripts.ts'

type Script = ConstructorParameters<typeof ScriptedModel>[0]

const ask: ModelResponseInput = {
  parts: [
    { partKind: 'tool-call', toolName: 'clerk', toolCallId: 'c1', args: '{"prompt":"Pay it."}' },
  ],
}

/** A boss who asks a clerk, who looks and pays; what was done is in `done`. */
function office(clerkSays: Script, bossSays: Script) {
  const done: string[] = []
  const look = tool({ name: 'look', execute: () => void done.push('look') })
  const pay = tool({
    name: 'pay',
    needsApproval: true,
    execute: () => {
      done.push('pay')
      return 'paid'
    },
  })
  const clerk = new Agent({
    name: 'clerk',
    description: 'Pays bills.',
    model: new ScriptedModel(clerkSays),
    tools: [look, pay],
  })
  const boss = new Agent({
    name: 'boss',
    model: new ScriptedModel(bossSays),
    tools: [clerk.asTool()],
  })
  return { boss, done }
}

const paid: Script = [calls('look', 'pay'), 'It is paid.']
const asked: Script = [ask, 'All done.']

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

describe('an agent as a tool of another one', () => {
  it('is described by its name, its description and a prompt', () => {
    const { definition } = new Agent({ name: 'clerk', description: 'Pays bills.' }).asTool()
    expect(definition).toMatchObject({ name: 'clerk', description: 'Pays bills.' })
    expect(definition.parametersJsonSchema).toMatchObject({ required: ['prompt'] })
    expect(() => new Agent({}).asTool()).toThrow(UserError)
  })

  it('is asked what its arguments say, with the deps of the run above', async () => {
    const prompts: unknown[] = []
    const clerk = new Agent({
      name: 'clerk',
      model: new FunctionModel((messages) => {
        prompts.push(messages[0]?.parts[0])
        return 'Yes.'
      }),
      instructions: ({ deps }) => `You work for ${String(deps)}.`,
    })
    const boss = new Agent({ model: new ScriptedModel(asked), tools: [clerk.asTool()] })
    const result = await boss.run('Go.', { deps: 'Ada' })
    expect(prompts).toMatchObject([{ content: 'Pay it.' }])
    expect(result.usage).toMatchObject({ requests: 3, toolCalls: 1 })
  })

  it('tells the run above what it waits for, with the way there, and is answered there', async () => {
    const { boss, done } = office(paid, asked)
    const run = boss.iter('Go.', { deferred: 'wait' })
    expect(await run.proceed()).toBe('waiting')
    expect(run.waitingFor).toMatchObject([
      { toolCallId: 'pay', path: ['c1'], agentName: 'clerk', awaits: 'approval' },
    ])
    await run.approve('pay')
    expect((await run.finish()).output).toBe('All done.')
    expect(done).toEqual(['look', 'pay'])
    expect(run.usage.requests).toBe(4)
  })

  it('waits on in another process, and takes there what was said in between', async () => {
    const first = office(paid, asked)
    const run = first.boss.iter('Go.', { deferred: 'wait' })
    await run.proceed()
    const second = office([], []).boss.resume(throughJson(run.snapshot()))
    await second.approve('pay', { by: 'Ada' })
    await second.approve('pay', { by: 'Bob' }) // harmless
    expect(second.waitingFor).toEqual([])
    const { boss, done } = office(['It is paid.'], ['All done.'])
    const third = boss.resume(throughJson(second.snapshot()))
    expect((await third.finish()).output).toBe('All done.')
    expect(done).toEqual(['pay'])
    expect(third.usage).toMatchObject({ requests: 4, toolCalls: 3 })
  })

  it('is saved with the run above, and answered through the store', async () => {
    const store = memoryStore()
    const first = office(paid, asked)
    const run = first.boss.iter('Go.', { deferred: 'wait', store })
    await run.proceed()
    await run.dispose()
    expect(await store.record(run.runId)).toMatchObject({ status: 'waiting', owner: null })
    const said = { type: 'tool-call-approved', toolCallId: 'pay', path: ['c1'] } as const
    expect(await store.deliver(run.runId, said)).toBe('accepted')
    const { boss, done } = office(['It is paid.'], ['All done.'])
    const again = await boss.load(run.runId, { store })
    expect((await again.finish()).output).toBe('All done.')
    expect([first.done, done]).toEqual([['look'], ['pay']])
  })

  it('takes what was said while only the store knew of its question', async () => {
    const clock = new ManualClock()
    const backend = new FailingBackend(memoryBackend())
    const store = new Store(backend, { clock })
    const asks = gate()
    const clerk = new Agent({
      name: 'clerk',
      model: new ScriptedModel([calls('first', 'second'), 'Done.']),
      tools: [
        tool({ name: 'first', needsApproval: true, execute: () => 1 }),
        tool({
          name: 'second',
          execute: async (_, ctx) => {
            if (ctx.toolCallApproved) return 2
            await asks.pass()
            throw new ApprovalRequired()
          },
        }),
      ],
    })
    const boss = new Agent({ model: new ScriptedModel(asked), tools: [clerk.asTool()] })
    const run = boss.iter('Go.', { deferred: 'wait', clock, store })
    const finished = run.finish()
    await asks.entered
    while (run.waitingFor.length === 0) await new Promise(setImmediate)
    for (let i = 0; i < 10; i += 1) await new Promise(setImmediate)
    backend.failAfterCommit()
    asks.open()
    while ((await store.load(run.runId)).awaits.length < 2) await new Promise(setImmediate)
    expect(run.waitingFor.map(({ toolCallId }) => toolCallId)).toEqual(['first'])
    const said = { type: 'tool-call-approved', toolCallId: 'second' } as const
    expect(await store.deliver(run.runId, said)).toBe('accepted')
    await new Promise(setImmediate)
    await clock.advance(2_000)
    await run.approve('first')
    expect((await finished).output).toBe('All done.')
  })

  it('goes on from where a cancel has stopped it', async () => {
    const { entered, pass, open } = gate()
    const seen: string[] = []
    const slow = tool({
      name: 'slow',
      execute: async (_, { signal }) => {
        seen.push('slow')
        await Promise.race([
          pass(),
          new Promise((__, reject) => signal.addEventListener('abort', reject)),
        ])
      },
    })
    const quick = tool({ name: 'quick', execute: () => void seen.push('quick') })
    const clerk = new Agent({
      name: 'clerk',
      model: new ScriptedModel([calls('quick'), calls('slow'), 'Done.']),
      tools: [slow, quick],
    })
    const boss = new Agent({ model: new ScriptedModel(asked), tools: [clerk.asTool()] })
    const run = boss.iter('Go.')
    const failing = errorOf(run.finish())
    await entered
    run.cancel()
    await failing
    open()
    expect((await run.finish()).output).toBe('All done.')
    expect(seen).toEqual(['quick', 'slow', 'slow'])
    expect(run.usage.requests).toBe(5)
  })

  it('tells two calls of one id apart by their places in the path', async () => {
    const clerk = new Agent({
      name: 'clerk',
      model: new FunctionModel((messages) => (messages.length === 1 ? calls('pay') : 'Paid.')),
      tools: [tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })],
    })
    const twice = { parts: [...ask.parts, ...ask.parts] }
    const boss = new Agent({
      model: new ScriptedModel([twice, 'All done.']),
      tools: [clerk.asTool()],
    })
    const run = boss.iter('Go.', { deferred: 'wait' })
    await run.proceed()
    expect(run.waitingFor.map(({ path }) => path)).toEqual([['c1#0'], ['c1#1']])
    expect(await errorOf(run.approve('pay'))).toBeInstanceOf(AmbiguousCallError)
    await run.deny('pay', 'No.', { path: ['c1#1'] })
    expect(run.waitingFor.map(({ path }) => path)).toEqual([['c1#0']])
    await run.approve('pay')
    expect((await run.finish()).output).toBe('All done.')
  })

  it('takes a repeated or late decision about a call of it as said', async () => {
    const { boss, done } = office(paid, asked)
    const run = boss.iter('Go.', { deferred: 'wait' })
    await run.proceed()
    await run.approve('pay')
    await run.deny('pay')
    await run.finish()
    await run.deny('pay', undefined, { path: ['c1'] })
    expect(done).toEqual(['look', 'pay'])
  })

  it('waits no longer than the run above, unless it says so itself', async () => {
    const tools = [tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })]
    const made = (name: string, waitTimeoutMs?: number) =>
      new Agent({
        name,
        model: new ScriptedModel([calls('pay'), `${name} is done.`]),
        tools,
        ...(waitTimeoutMs !== undefined && { waitTimeoutMs }),
      }).asTool()
    const asksBoth = calls('clerk', 'patient').parts.map((part) => ({
      ...part,
      args: '{"prompt":"Go."}',
    }))
    const boss = new Agent({
      model: new ScriptedModel([{ parts: asksBoth }, 'All done.']),
      tools: [made('clerk'), made('patient', 9_000)],
    })
    const clock = new ManualClock()
    const run = boss.iter('Go.', { deferred: 'wait', clock, waitTimeoutMs: 1_000 })
    await run.proceed()
    expect(run.waitingFor.map(({ path, deadline }) => [path[0], deadline])).toEqual([
      ['clerk', clock.now() + 1_000],
      ['patient', clock.now() + 9_000],
    ])
    await clock.advance(1_000)
    await run.proceed()
    expect(run.waitingFor.map(({ path }) => path)).toEqual([['patient']])
    await clock.advance(8_000)
    expect((await run.finish()).output).toBe('All done.')
  })

  it('is heard although an earlier try of it ends late', async () => {
    const [late, again] = [gate(), gate()]
    const gates = [late, again]
    const deaf = new FunctionModel(async () => {
      const next = gates.shift()
      await next?.pass()
      return next === undefined ? 'It is paid.' : calls('pay')
    })
    const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
    const clerk = new Agent({ name: 'clerk', model: deaf, tools: [pay] })
    const boss = new Agent({ model: new ScriptedModel(asked), tools: [clerk.asTool()] })
    const run = boss.iter('Go.', { deferred: 'wait', cancelGraceMs: 1 })
    const failing = errorOf(run.finish())
    await late.entered
    run.cancel()
    await failing
    const finished = run.finish()
    await again.entered
    late.open() // the first try ends while the second one is under way
    for (let i = 0; i < 5; i += 1) await new Promise(setImmediate)
    again.open()
    expect(await run.proceed()).toBe('waiting')
    await run.approve('pay')
    expect((await finished).output).toBe('All done.')
  })

  it('ends the run above with its own deferred requests when nobody waits', async () => {
    const { boss } = office(paid, asked)
    const error = await errorOf(boss.run('Go.'))
    expect(error).toBeInstanceOf(UserError) // as if `clerk` ran by itself
    const clerk = new Agent({
      name: 'clerk',
      model: new ScriptedModel([calls('pay')]),
      tools: [tool({ name: 'pay', needsApproval: true, execute: () => 1 })],
      output: [text, deferredToolRequests],
    })
    const asking = new Agent({ model: new ScriptedModel(asked), tools: [clerk.asTool()] })
    expect((await asking.run('Go.')).output).toBe('All done.')
  })
})

describe('a question of a run below', () => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle

  /** A boss whose clerk asks with this attached. */
  function asking(metadata: Record<string, unknown>) {
    const pay = tool({
      name: 'pay',
      execute: (_, { toolCallApproved }) => {
        if (!toolCallApproved) throw new ApprovalRequired({ metadata })
        return 'paid'
      },
    })
    const clerk = new Agent({
      name: 'clerk',
      model: new ScriptedModel([calls('pay'), 'It is paid.']),
      tools: [pay],
    })
    const tools = [clerk.asTool()]
    return new Agent({ model: new ScriptedModel(asked), tools, deferred: 'wait' })
  }

  it.each([{ isStored: false }, { isStored: true }])(
    'may come with numbers that JSON does not know (stored: $isStored)',
    async ({ isStored }) => {
      const metadata = { euros: 10n }
      const run = asking(metadata).iter('Go.', isStored ? { store: memoryStore() } : {})
      expect(await run.proceed()).toBe('waiting')
      expect(run.waitingFor).toMatchObject([{ path: ['c1'], metadata }])
      await run.approve('pay', { path: ['c1'] })
      expect((await run.finish()).output).toBe('All done.')
    },
  )

  it.each([{ isStored: false }, { isStored: true }])(
    'that cannot be written down fails its call, and the run with it (stored: $isStored)',
    async ({ isStored }) => {
      const run = asking({ circle }).iter('Go.', isStored ? { store: memoryStore() } : {})
      expect(await errorOf(run.finish())).toBeInstanceOf(ValidationError)
      expect(run.nextNode.kind).toBe('call-tools')
    },
  )
})
