import { describe, expect, it } from 'vitest'
import { createActor, toPromise } from 'xstate'
import { z } from 'zod'
import { type Desk, type TriageInput, triageMachine } from '../../../machines/gallery/index.ts'
import { Agent, type ModelMessage, SlotMissingError } from '../../../src/index.ts'
import { FunctionModel } from '../../../src/testing/index.ts'
import { Coverage } from '../coverage.ts'
import { deciding, Journey, promptIn } from './play.ts'

const coverage = new Coverage(triageMachine)
type Actors = NonNullable<Parameters<typeof triageMachine.provide>[0]['actors']>

async function play(actors: Actors, more: Partial<TriageInput> = {}) {
  const { states, inspect } = new Journey(coverage)
  const machine = coverage.watch(triageMachine.provide({ actors }))
  const actor = createActor(machine, { input: { prompt: 'Help!', ...more }, inspect })
  return { output: await toPromise(actor.start()), states }
}

const HandOff = z.object({ to: z.enum(['billing', 'orders', 'technical']), note: z.string() })
const Reply = z.union([z.object({ answer: z.string() }), HandOff])

const sorting = (to: Desk) => deciding(HandOff, { to, note: 'please' }).machine
const answering = (answer: string) => deciding(Reply, { answer }).machine
const handing = (to: Desk, times = 1) =>
  deciding(Reply, ...Array.from({ length: times }, () => ({ to, note: 'not mine' }))).machine

describe('the triage', () => {
  it.each([
    { desk: 'billing', state: 'Billing' },
    { desk: 'orders', state: 'Orders' },
    { desk: 'technical', state: 'Technical' },
  ] as const)('sends a request to $desk, and no other agent is asked', async ({ desk, state }) => {
    const { output, states } = await play({ triage: sorting(desk), [desk]: answering('Here.') })
    expect(states).toEqual(['Triage', 'Routing', state, 'Answered'])
    expect(output).toMatchObject({ answer: 'Here.', desk, error: null })
  })

  it.each([
    { from: 'billing', to: 'orders', way: ['Billing', 'Routing', 'Orders'] },
    { from: 'orders', to: 'technical', way: ['Orders', 'Routing', 'Technical'] },
    { from: 'technical', to: 'billing', way: ['Technical', 'Routing', 'Billing'] },
  ] as const)('$from can hand on to $to', async ({ from, to, way }) => {
    const { output, states } = await play({
      triage: sorting(from),
      [from]: handing(to),
      [to]: answering('Here.'),
    })
    expect(states).toEqual(['Triage', 'Routing', ...way, 'Answered'])
    expect(output.handOffs).toEqual([
      { to: from, note: 'please' },
      { to, note: 'not mine' },
    ])
  })

  const before = [
    { kind: 'request', parts: [{ partKind: 'user-prompt', content: 'Hello' }] },
    { kind: 'response', parts: [{ partKind: 'text', content: 'Hello, Ada' }] },
  ] as const

  it('hands the conversation on with the notes, and gives it back with the answer', async () => {
    const heard: (readonly ModelMessage[])[] = []
    const orders = new Agent({
      output: Reply,
      model: new FunctionModel((messages) => {
        heard.push(messages)
        const args = { response: { answer: 'On Friday.' } }
        return { parts: [{ partKind: 'tool-call', toolName: 'final_result', args }] }
      }),
    })
    const { output } = await play(
      { triage: sorting('billing'), billing: handing('orders'), orders: orders.machine },
      { messageHistory: before },
    )
    expect(heard[0]).toMatchObject([...before, { kind: 'request' }])
    expect(promptIn(heard[0])).toBe('Help!\n[to billing: please]\n[to orders: not mine]')
    expect(output.messages).toEqual([
      ...before,
      { kind: 'request', parts: [{ partKind: 'user-prompt', content: 'Help!' }] },
      { kind: 'response', parts: [{ partKind: 'text', content: 'On Friday.' }] },
    ])

    const { output: next } = await play(
      { triage: sorting('orders'), orders: orders.machine },
      { messageHistory: output.messages },
    )
    expect(heard[1]).toHaveLength(5)
    expect(next.messages).toHaveLength(6)
  })

  it.each([
    { maxHandOffs: 0, passed: 2 },
    { maxHandOffs: 3, passed: 5 },
  ])('ends when desks hand on more than $maxHandOffs times', async ({ maxHandOffs, passed }) => {
    const { output, states } = await play(
      {
        triage: sorting('billing'),
        billing: handing('orders', 3),
        orders: handing('billing', 3),
      },
      { maxHandOffs, messageHistory: before },
    )
    expect(states.at(-1)).toBe('Stranded')
    expect(output).toMatchObject({ answer: null, messages: before })
    expect(output.handOffs).toHaveLength(passed)
  })

  const broken = new Error('offline')
  it.each(['triage', 'billing', 'orders', 'technical'] as const)(
    'keeps the very error when %s fails',
    async (who) => {
      const failing = deciding(Reply, broken).machine
      const { output, states } = await play(
        who === 'triage'
          ? { triage: deciding(HandOff, broken).machine }
          : { triage: sorting(who), [who]: failing },
      )
      expect(states.at(-1)).toBe('Failed')
      expect(output).toMatchObject({ answer: null, messages: [] })
      expect(output.error).toBe(broken)
    },
  )

  it('names the desk that nobody is at', async () => {
    const { output } = await play({ triage: sorting('orders') })
    expect(output.error).toBeInstanceOf(SlotMissingError)
    expect(output).toMatchObject({ error: { slot: 'orders' }, desk: 'orders' })
  })

  it('has no state and no transition that is not reached here', () => {
    expect(coverage.left()).toEqual([])
  })
})
