import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type AnyActorRef, createActor, setup, type Snapshot, toPromise, waitFor } from 'xstate'
import {
  Agent,
  DepsMissingError,
  runOf,
  SnapshotMismatchError,
  tool,
  UserError,
  withDeps,
} from '../../src/index.ts'
import { FunctionModel, ScriptedModel } from '../../src/testing/index.ts'
import { calls, errorOf } from './scripts.ts'

const fixture = fileURLToPath(new URL('fixtures/two-agents.ts', import.meta.url))

/** The lines that the machine with two agents prints in a process of its own. */
function inProcess(mode: 'begin' | 'finish', input = ''): readonly string[] {
  const { stdout, stderr, status } = spawnSync(process.execPath, [fixture, mode], { input })
  if (status !== 0) throw new Error(stderr.toString())
  return stdout.toString().trim().split('\n')
}

/** Through JSON, as another process would get it. */
function onPaper(actor: Pick<AnyActorRef, 'getPersistedSnapshot'>): Snapshot<unknown> {
  return JSON.parse(JSON.stringify(actor.getPersistedSnapshot()))
}

/** Says what it has read, once its tool has run. */
const model = () =>
  new FunctionModel((messages) =>
    messages.length === 1
      ? calls('look')
      : { parts: [{ partKind: 'text', content: `read ${messages.length}` }] },
  )

/** An agent whose tool is at work until somebody opens the gate, and needs deps. */
function looker(log: string[], isOpen: Promise<void>) {
  const { Agent: CityAgent, tool: cityTool } = withDeps<{ readonly city: string }>()
  return new CityAgent({
    model: model(),
    tools: [
      cityTool({
        name: 'look',
        onCrash: 'rerun',
        execute: async (_, ctx) => {
          log.push(`looks at ${ctx.deps.city}`)
          await isOpen
          return ctx.deps.city
        },
      }),
    ],
  })
}

const never = new Promise<void>(() => {})

/** An actor that was put away while its tool was at work. */
async function putAway(log: string[]): Promise<Snapshot<unknown>> {
  const { machine } = looker(log, never)
  const actor = createActor(machine, { input: { prompt: 'Go.', deps: { city: 'Oslo' } } }).start()
  await expect.poll(() => log.length).toBe(1)
  return onPaper(actor)
}

describe('an agent in the persisted snapshot of a machine of your own', () => {
  it('goes on in another process; what is finished is not done again, and people are asked on', () => {
    const lines = inProcess('begin')
    const saved = lines.at(-1) ?? ''
    expect(lines.slice(0, -1).toSorted()).toEqual([
      'left quick in Oslo',
      'left slow begins',
      'right quick in Oslo',
      'right slow begins',
    ])
    const { children } = JSON.parse(saved) as { children: Record<string, { snapshot: object }> }
    for (const id of ['left', 'right']) {
      expect(children[id]?.snapshot).toMatchObject({
        format: 'agentchart/actor',
        version: 1,
        run: { format: 'agentchart/run', state: 'CallTools' },
      })
    }
    expect(saved).not.toContain('Oslo') // deps are no part of it

    const after = inProcess('finish', saved)
    expect(JSON.parse(after.at(-1) ?? '')).toEqual({ left: 'done', right: 'done' })
    expect(after.slice(0, -1).toSorted()).toEqual([
      'left slow begins',
      'left slow ends in Oslo, attempt 1',
      'left touched',
      'right slow begins',
      'right slow ends in Oslo, attempt 1',
      'right touched',
    ])
  })

  it('is the same run, with the same ids, counters and usage', async () => {
    const log: string[] = []
    const saved = await putAway(log)
    const agent = looker(log, Promise.resolve()).with({ deps: { city: 'Rome' } })
    const actor = createActor(agent.machine, { snapshot: saved }).start()
    const output = await toPromise(actor)
    expect(output).toMatchObject({ output: 'read 3', usage: { requests: 2 } })
    expect(JSON.stringify(saved)).toContain(output.runId)
    expect(log).toEqual(['looks at Oslo', 'looks at Rome'])
  })

  it('does nothing before its actor is started', async () => {
    const log: string[] = []
    const saved = await putAway(log)
    const agent = looker(log, Promise.resolve()).with({ deps: { city: 'Rome' } })
    const actor = createActor(agent.machine, { snapshot: saved })
    await Promise.resolve()
    expect(actor.getSnapshot().value).toEqual({ CallTools: 'ready' })
    expect(log).toEqual(['looks at Oslo'])
    expect(onPaper(actor)).toEqual({
      ...saved,
      run: expect.objectContaining({ state: 'CallTools' }),
    })
  })

  it('rests without the deps it had, whatever it is told, until it is given some', async () => {
    const log: string[] = []
    const saved = await putAway(log)
    const actor = createActor(looker(log, Promise.resolve()).machine, { snapshot: saved }).start()
    expect(actor.getSnapshot().context.failure?.error).toBeInstanceOf(DepsMissingError)
    expect(await errorOf(runOf(actor).next())).toBeInstanceOf(DepsMissingError)
    expect(log).toEqual(['looks at Oslo'])

    const again = onPaper(actor) // it can be put away once more, and still knows
    const later = createActor(looker(log, Promise.resolve()).machine, { snapshot: again }).start()
    expect(later.getSnapshot().context.failure?.error).toBeInstanceOf(DepsMissingError)
    later.send({ type: 'deps', deps: { city: 'Bern' } })
    expect(await toPromise(later)).toMatchObject({ output: 'read 3' })
    expect(log).toEqual(['looks at Oslo', 'looks at Bern'])
  })

  it('takes no deps while it is at work', async () => {
    const log: string[] = []
    const agent = looker(log, never)
    const actor = createActor(agent.machine, { input: { prompt: 'Go.', deps: { city: 'Oslo' } } })
    actor.start().send({ type: 'deps', deps: { city: 'Rome' } })
    await expect.poll(() => log.length).toBe(1)
    expect(log).toEqual(['looks at Oslo'])
  })

  it("fails with what does not fit, and the parent's `onError` gets it", async () => {
    const parentOf = (agent: Pick<Agent, 'machine'>) =>
      setup({ actors: { agent: agent.machine } }).createMachine({
        initial: 'asking',
        states: {
          asking: {
            invoke: { id: 'agent', src: 'agent', input: { prompt: 'Go.' }, onError: 'failed' },
          },
          failed: { type: 'final' },
        },
        output: ({ event }) => event,
      })
    const look = (execute: () => Promise<void>) => tool({ name: 'look', execute })
    const before = new Agent({ model: model(), tools: [look(() => never)] })
    const parent = createActor(parentOf(before)).start()
    const { agent } = parent.getSnapshot().children
    await waitFor(
      agent as never,
      ({ context }: { context: { ledger: readonly unknown[] } }) => context.ledger.length > 0,
    )
    const saved = onPaper(parent)

    const { machine } = new Agent({ model: model() }) // the tool is gone
    const errors: unknown[] = []
    const restored = createActor(parentOf({ machine }), {
      snapshot: saved,
      inspect: ({ type, ...event }) => {
        if (type === '@xstate.event' && 'event' in event && 'error' in event.event) {
          errors.push(event.event['error'])
        }
      },
    }).start()
    expect((await waitFor(restored, ({ status }) => status === 'done')).value).toBe('failed')
    expect(errors).toEqual([expect.any(SnapshotMismatchError)])
  })

  it('keeps how it was driven, and what it failed with', async () => {
    const failing = new Agent({ model: new ScriptedModel([new Error('offline')]) })
    const input = { prompt: 'Go.', onFailure: 'stay' } as const
    const actor = createActor(failing.machine, { input }).start()
    await waitFor(actor, ({ context }) => context.failure !== null)
    const working = new Agent({ model: new ScriptedModel(['answer']) })
    const restored = createActor(working.machine, { snapshot: onPaper(actor) }).start()
    expect(restored.getSnapshot()).toMatchObject({
      status: 'active',
      value: { ModelRequest: 'ready' },
      context: { onFailure: 'stay', drive: 'auto', failure: { error: { message: 'offline' } } },
    })
    restored.send({ type: 'next' })
    expect(await toPromise(restored)).toMatchObject({ output: 'answer' })
  })

  it('has ended as it had ended', async () => {
    const agent = new Agent({ model: new ScriptedModel(['answer']) })
    const done = createActor(agent.machine, { input: { prompt: 'Go.' } }).start()
    const output = await toPromise(done)
    const restored = createActor(agent.machine, { snapshot: onPaper(done) })
    const outcome = toPromise(restored)
    restored.start()
    expect(await outcome).toEqual(output)

    const failing = new Agent({ model: new ScriptedModel([new Error('offline')]) })
    const failed = createActor(failing.machine, { input: { prompt: 'Go.' } })
    await errorOf(toPromise(failed.start()))
    const saved = onPaper(failed)
    const again = createActor(failing.machine, { snapshot: saved })
    const failure = errorOf(toPromise(again))
    again.start()
    expect(await failure).toMatchObject({ message: 'offline' })
    const { run } = saved as unknown as { readonly run: unknown }
    const retried = new Agent({ model: new ScriptedModel(['answer']) }).resume(run)
    expect(await retried.finish()).toMatchObject({ output: 'answer' })
  })

  it('is refused with the place when it is not as it should be', () => {
    const { machine } = new Agent({ model: new ScriptedModel([]) })
    const restored = (snapshot: unknown) =>
      createActor(machine, { snapshot: snapshot as never }).getSnapshot()
    expect(restored({ status: 'active', value: 'UserPrompt', context: {} })).toMatchObject({
      status: 'error',
      error: { name: 'ValidationError', message: expect.stringContaining('format') },
    })
    expect(restored({ format: 'agentchart/actor', version: 2 })).toMatchObject({
      error: { name: 'SnapshotVersionError' },
    })
  })
})

describe('runOf(actor)', () => {
  it('is the run of an agent that a machine has invoked: messages, usage, events', async () => {
    const agent = new Agent({ model: new ScriptedModel(['answer'], { isStreamed: true } as never) })
    const machine = setup({
      types: { children: {} as { agent: 'agent' } },
      actors: { agent: agent.machine },
    }).createMachine({ invoke: { id: 'agent', src: 'agent', input: { prompt: 'Go.' } } })
    const actor = createActor(machine).start()
    const child = actor.getSnapshot().children['agent']
    if (child === undefined) throw new Error('It is invoked at the start')
    const run = runOf(child)
    expect(runOf(child)).toBe(run)
    const kinds: string[] = []
    for await (const event of run.events({ from: 'run' })) kinds.push(event.eventKind)
    expect(kinds).toEqual(['part_start', 'final_result', 'part_end', 'agent_run_result'])
    const output: string | undefined = run.result?.output
    expect(output).toBe('answer')
    expect(run.allMessages()).toHaveLength(2)
    expect(run.usage.requests).toBe(1)
  })

  it('can be disposed of, which the machine above learns as a cancel', async () => {
    const agent = new Agent({
      model: new FunctionModel(() => never as never),
      cancelGraceMs: 1,
    } as never)
    const machine = setup({ actors: { agent: agent.machine } }).createMachine({
      initial: 'asking',
      states: {
        asking: {
          invoke: { id: 'agent', src: 'agent', input: { prompt: 'Go.' }, onError: 'left' },
        },
        left: {},
      },
    })
    const actor = createActor(machine).start()
    const child = actor.getSnapshot().children['agent']
    if (child === undefined) throw new Error('It is invoked at the start')
    await runOf(child as never).dispose()
    expect(actor.getSnapshot()).toMatchObject({ status: 'active', value: 'left' })
  })

  it('refuses other actors', () => {
    const other = createActor(setup({}).createMachine({ id: 'other' }))
    expect(() => runOf(other as never)).toThrow(UserError)
  })
})
