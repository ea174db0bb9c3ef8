import { describe, expect, it } from 'vitest'
import { assign, createActor, fromPromise, setup } from 'xstate'
import { z } from 'zod'
import { Agent, IllegalEventError, tool, UnexpectedModelBehavior } from '../../src/index.ts'
import { ScriptedModel, type ScriptedResponse } from '../../src/testing/index.ts'

const letter = setup({
  types: {
    context: {} as { stamps: number },
    events: {} as
      | { type: 'stamp'; cents: number }
      | { type: 'send.off' }
      | { type: 'peel' }
      | { type: 'tear' }
      | { type: 'human.read' },
  },
  actors: { post: fromPromise<void>(async () => {}) },
}).createMachine({
  id: 'letter',
  description: 'A letter to a customer.',
  initial: 'written',
  context: { stamps: 0 },
  states: {
    written: {
      description: 'It lies on the desk.',
      on: {
        stamp: {
          guard: ({ event }) => event.cents >= 95,
          actions: assign({ stamps: ({ event }) => event.cents }),
        },
        'send.off': { guard: ({ context }) => context.stamps > 0, target: 'travelling' },
        peel: { guard: ({ context }) => context.stamps > 0, actions: assign({ stamps: 0 }) },
        tear: { description: 'Tears it up.', target: 'torn' },
      },
    },
    travelling: { invoke: { id: 'post', src: 'post', onDone: 'arrived' } },
    arrived: { on: { 'human.read': 'torn' } },
    torn: { type: 'final' },
  },
})
const events = { stamp: { inputSchema: z.object({ cents: z.number() }) } }

function onDesk() {
  return createActor(letter).start()
}

const choose = (toolName: string, args: Readonly<Record<string, unknown>> = {}) => ({
  parts: [{ partKind: 'tool-call', toolName, args } as const],
})

function asked(...responses: ScriptedResponse[]) {
  const model = new ScriptedModel(responses)
  return { model, agent: new Agent({ name: 'clerk', model }) }
}

describe('a decision', () => {
  it('is one of the events that the chart accepts now, and is sent', async () => {
    const actor = onDesk()
    const { agent, model } = asked(choose('stamp', { cents: 95 }))
    const { event, snapshot, result } = await agent.decide(actor, { events })
    expect(event).toEqual({ type: 'stamp', cents: 95 })
    expect(snapshot.context.stamps).toBe(95)
    expect(result.usage.requests).toBe(1)
    const [{ parameters }] = model.calls as [(typeof model.calls)[0]]
    expect(parameters.outputTools.map(({ name, description }) => [name, description])).toEqual([
      ['stamp', 'stamp'],
      ['tear', 'Tears it up.'],
    ])
    expect(parameters.allowTextOutput).toBe(false)
  })

  it('is asked for with the state, what the chart says of it, and what is picked', async () => {
    const { agent } = asked(choose('tear'))
    const { result } = await agent.decide(onDesk(), { events, context: (all) => all })
    expect(result.allMessages()[0]?.parts[0]).toMatchObject({
      content: `'letter' is in state "written".
A letter to a customer.
It lies on the desk.
{"stamps":0}
Choose what happens next.`,
    })
  })

  it('is asked for with a prompt of one’s own', async () => {
    const { agent } = asked(choose('tear'))
    const { result } = await agent.decide(onDesk(), { prompt: 'Keep it or not?' })
    expect(result.allMessages()[0]?.parts[0]).toMatchObject({ content: 'Keep it or not?' })
  })

  it('is made anew when a guard refuses it', async () => {
    const actor = onDesk()
    const { agent, model } = asked(choose('stamp', { cents: 1 }), choose('stamp', { cents: 95 }))
    const { event } = await agent.decide(actor, { events })
    expect(event).toEqual({ type: 'stamp', cents: 95 })
    expect(model.calls[1]?.messages.at(-1)?.parts[0]).toMatchObject({
      partKind: 'retry-prompt',
      content: `'letter' is in state "written" and refuses 'stamp' with these arguments. It accepts now: 'stamp', 'tear'.`,
    })
  })

  it('fails when the retries are used up, and sends nothing', async () => {
    const actor = onDesk()
    const { agent } = asked(choose('stamp', { cents: 1 }), choose('stamp', { cents: 2 }))
    const attempt = agent.decide(actor, { events })
    await expect(attempt).rejects.toThrow(UnexpectedModelBehavior)
    expect(actor.getSnapshot()).toMatchObject({ value: 'written', context: { stamps: 0 } })
  })

  it.each(['early', 'graceful', 'exhaustive'] as const)(
    'is one, also when the model makes two: %s',
    async (endStrategy) => {
      const actor = onDesk()
      const sent: unknown[] = []
      actor.subscribe(({ value, context }) => sent.push([value, context.stamps]))
      const both = [...choose('stamp', { cents: 95 }).parts, ...choose('tear').parts]
      const { agent } = asked({ parts: both })
      const { event } = await agent.decide(actor, { events, endStrategy })
      expect(event.type).toBe('stamp')
      expect(sent).toEqual([['written', 95]])
    },
  )

  it('is not sent when a tool of the same response has to be called again', async () => {
    const actor = onDesk()
    const model = new ScriptedModel([
      { parts: [...choose('weigh', { grams: 'heavy' }).parts, ...choose('tear').parts] },
      choose('stamp', { cents: 95 }),
    ])
    const weigh = tool({
      name: 'weigh',
      inputSchema: z.object({ grams: z.number() }),
      execute: () => 1,
    })
    const { event } = await new Agent({ model, tools: [weigh] }).decide(actor, { events })
    expect(event.type).toBe('stamp')
    expect(actor.getSnapshot().value).toBe('written')
  })

  it('is not asked for again when the chart has moved on to where nothing of it is left', async () => {
    const actor = onDesk()
    const { agent, model } = asked(() => {
      actor.send({ type: 'tear' })
      return choose('stamp', { cents: 95 })
    })
    const error: unknown = await agent.decide(actor, { events }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(IllegalEventError)
    expect(error).toMatchObject({ state: 'torn', event: { type: 'stamp', cents: 95 } })
    model.assertDone()
  })

  it('is asked for again when the chart has moved on and something of it is left', async () => {
    const actor = onDesk()
    actor.send({ type: 'stamp', cents: 95 })
    const { agent } = asked(() => {
      actor.send({ type: 'stamp', cents: 100 })
      actor.send({ type: 'peel' })
      return choose('send_off')
    }, choose('tear'))
    const { event } = await agent.decide(actor, { only: ['send.off', 'tear'] })
    expect(event).toEqual({ type: 'tear' })
  })

  it('is not sent when the chart has moved on before the run was over', async () => {
    const actor = onDesk()
    const tear = tool({ name: 'lose', execute: () => actor.send({ type: 'tear' }) })
    const both = [...choose('stamp', { cents: 95 }).parts, ...choose('lose').parts]
    const agent = new Agent({ model: new ScriptedModel([{ parts: both }]), tools: [tear] })
    await expect(agent.decide(actor, { events })).rejects.toThrow(
      "The decision came too late: 'letter' in state \"torn\" does not accept 'stamp' any more",
    )
  })

  it('is not asked for when there is nothing to choose from', async () => {
    const actor = onDesk()
    actor.send({ type: 'tear' })
    const { agent, model } = asked()
    const attempt = agent.decide(actor)
    await expect(attempt).rejects.toThrow(
      `Nothing is to be decided: 'letter' in state "torn" accepts none of the events that are offered`,
    )
    await expect(attempt).rejects.toThrow(IllegalEventError)
    model.assertDone()
  })

  it('never offers what is left out', async () => {
    const actor = createActor(letter, {
      snapshot: letter.resolveState({ value: 'arrived', context: { stamps: 1 } }),
    }).start()
    const { agent } = asked()
    await expect(agent.decide(actor, { exclude: ['human.*'] })).rejects.toThrow(IllegalEventError)
    await expect(agent.decide(actor, { only: ['tear'] })).rejects.toThrow(IllegalEventError)
  })

  it('waits for the actor when it is to', async () => {
    const actor = onDesk()
    actor.send({ type: 'stamp', cents: 95 })
    const { agent } = asked(choose('send_off'))
    const { snapshot } = await agent.decide(actor, { events, waitFor: 'idle' })
    expect(snapshot.value).toBe('arrived')
  })

  it('takes the options of a run', async () => {
    const { agent, model } = asked(choose('tear'))
    const { result } = await agent.decide(onDesk(), {
      runId: 'run-1',
      modelSettings: { temperature: 0 },
      instructions: 'Be kind.',
    })
    expect(result.runId).toBe('run-1')
    expect(model.calls[0]?.settings).toMatchObject({ temperature: 0 })
  })
})
