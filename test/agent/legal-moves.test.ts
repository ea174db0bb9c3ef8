import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent, actorToolset, AgentRun, deferredToolRequests, text } from '../../src/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import {
  codeSchema,
  doorOptions,
  guarded,
  startedDoor,
  told,
  toolCall,
  worker,
} from '../helpers/charts.ts'

describe('a run with an actor’s toolset', () => {
  it('is shown what is accepted at each request, whoever moved the chart', async () => {
    const actor = startedDoor()
    const model = new ScriptedModel([
      { parts: [toolCall('knock')] },
      () => {
        actor.send({ type: 'enter.code', code: 7 }) // somebody else
        return { parts: [toolCall('knock')] }
      },
      'Open.',
    ])
    await new Agent({ model, toolsets: [actorToolset(actor, doorOptions)] }).run('Go in.')
    const offered = model.calls.map(({ parameters }) =>
      parameters.functionTools.map(({ name }) => name),
    )
    expect(offered).toEqual([
      ['lock', 'knock', 'enter_code'],
      ['lock', 'knock', 'enter_code'],
      ['close'],
    ])
    expect(told(model)).toEqual([
      `'door' is in state "open" and does not accept 'knock'. It accepts now: 'close'.`,
    ])
  })

  it('is shown what is accepted when a request that failed is made again', async () => {
    const actor = startedDoor()
    const model = new ScriptedModel([new Error('No network'), 'Open.'])
    const run = new Agent({ model, toolsets: [actorToolset(actor, doorOptions)] }).iter('Go in.')
    await run.next()
    await expect(run.next()).rejects.toThrow('No network')
    actor.send({ type: 'enter.code', code: 7 })
    await run.finish()
    const [first, again] = model.calls.map(({ parameters }) => parameters.functionTools)
    expect(first?.map(({ name }) => name)).toEqual(['lock', 'knock', 'enter_code'])
    expect(again?.map(({ name }) => name)).toEqual(['close'])
  })

  it('sends the events of one response one after the other, each asked about anew', async () => {
    const actor = startedDoor()
    const calls = [toolCall('enter_code', { code: 7 }), toolCall('knock'), toolCall('lock')]
    const model = new ScriptedModel([{ parts: calls }, 'Open.'])
    await new Agent({ model, toolsets: [actorToolset(actor, doorOptions)] }).run('Go in.')
    expect(told(model)).toEqual([
      { state: 'open', accepts: ['close'] },
      `'door' is in state "open" and does not accept 'knock'. It accepts now: 'close'.`,
      `'door' is in state "open" and does not accept 'lock'. It accepts now: 'close'.`,
    ])
    expect(actor.getSnapshot().context.tries).toBe(0)
  })

  it('asks the chart once more when a person has approved the call', async () => {
    const actor = startedDoor()
    const model = new ScriptedModel([
      { parts: [toolCall('enter_code', { code: 7 })] },
      'Somebody locked it.',
    ])
    const asked: unknown[] = []
    const toolset = actorToolset(actor, {
      events: {
        'enter.code': {
          inputSchema: codeSchema,
          needsApproval: (event) => asked.push(event) > 0,
        },
      },
    })
    const run = new Agent({ model, toolsets: [toolset] }).iter('Go in.', { deferred: 'wait' })
    expect(await run.proceed()).toBe('waiting')
    expect(asked).toEqual([{ type: 'enter.code', code: 7 }])
    actor.send({ type: 'lock' })
    await run.approve(run.waitingFor[0]!.toolCallId)
    expect(await run.proceed()).toBe('ended')
    expect(actor.getSnapshot().value).toBe('locked')
    expect(told(model)).toEqual([expect.stringContaining("does not accept 'enter_code'")])
  })

  it('shares the actor with another run, and neither sends what it does not accept', async () => {
    const actor = startedDoor()
    const sent: unknown[] = []
    actor.subscribe(({ value }) => sent.push(value))
    const go = () => {
      const calls = [toolCall('enter_code', { code: 7 })]
      const model = new ScriptedModel([{ parts: calls }, 'Done.'])
      return new Agent({ model, toolsets: [actorToolset(actor, doorOptions)] }).run('Go in.')
    }
    await Promise.all([go(), go(), go()])
    expect(sent).toEqual(['open'])
  })

  it('that is put away goes on with the actor it is given, as that is then', async () => {
    const before = startedDoor()
    const script = [{ parts: [toolCall('enter_code', { code: 7 })] }]
    const agent = (actor: typeof before, model: ScriptedModel) =>
      new Agent({ name: 'porter', model, toolsets: [actorToolset(actor, doorOptions)] })
    const run = agent(before, new ScriptedModel(script)).iter('Go in.')
    await run.next()
    await run.next()
    const saved: unknown = JSON.parse(JSON.stringify(run.snapshot()))
    await run.dispose()

    const after = startedDoor()
    after.send({ type: 'lock' })
    const model = new ScriptedModel(['It is locked.'])
    const again = agent(after, model).resume(saved)
    expect((await again.finish()).output).toBe('It is locked.')
    expect(told(model)).toEqual(["Unknown tool name: 'enter_code'. No tools available."])
  })

  it('that breaks off in an event sends it again only if it is to, and the chart accepts it', async () => {
    const { actor } = worker()
    const agent = (given: typeof actor, model: ScriptedModel) =>
      new Agent({
        name: 'foreman',
        model,
        toolsets: [actorToolset(given, { waitFor: 'idle', onCrash: 'rerun' })],
      })
    const run = agent(actor, new ScriptedModel([{ parts: [toolCall('work')] }])).iter('Work.')
    await run.next()
    await run.next()
    void run.next().catch(() => {})
    await expect.poll(() => actor.getSnapshot().value).toBe('working')
    const saved: unknown = JSON.parse(JSON.stringify(run.snapshot()))
    await run.dispose()

    const model = new ScriptedModel(['It is at work.'])
    await agent(actor, model).resume(saved).finish()
    expect(told(model)).toEqual(["Unknown tool name: 'work'. No tools available."])

    const fresh = worker()
    fresh.finish()
    const again = new ScriptedModel(['It has worked.'])
    await agent(fresh.actor, again).resume(saved).finish()
    expect(told(again)).toEqual([{ state: 'resting', accepts: ['again'] }])
  })

  it('fails with a guard, and can go on when that is well', async () => {
    let isDown = true
    const actor = guarded((event) => {
      if (event.to !== undefined && isDown) throw new Error('no database')
      return event.to !== undefined
    })
    const go = { inputSchema: z.object({ to: z.object({ name: z.string() }) }) }
    const calls = [toolCall('go', { to: { name: 'Ada' } })]
    const agent = new Agent({
      model: new ScriptedModel([{ parts: calls }, 'Gone.']),
      toolsets: [actorToolset(actor, { events: { go } })],
    })
    const error: unknown = await agent.run('Go.').catch((thrown: unknown) => thrown)
    expect(String(error)).toContain('no database')
    isDown = false
    expect((await AgentRun.of(error)?.finish())?.output).toBe('Gone.')
  })

  it('ended for an approval is refused by the chart that moved on before the next run', async () => {
    const actor = startedDoor()
    const toolset = actorToolset(actor, {
      events: { 'enter.code': { inputSchema: codeSchema, needsApproval: true } },
    })
    const model = new ScriptedModel([
      { parts: [toolCall('enter_code', { code: 7 })] },
      'Somebody locked it.',
    ])
    const agent = new Agent({ model, toolsets: [toolset], output: [text, deferredToolRequests] })
    const asked = await agent.run('Go in.')
    if (typeof asked.output === 'string') throw new Error('Nothing was asked')
    actor.send({ type: 'lock' })
    const approvals = { [asked.output.approvals[0]!.toolCallId]: true }
    const done = await agent.run(null, {
      messageHistory: asked.allMessages(),
      deferredToolResults: { approvals },
    })
    expect(done.output).toBe('Somebody locked it.')
    expect(told(model)).toEqual(["Unknown tool name: 'enter_code'. No tools available."])
  })
})
