import { expectTypeOf, test } from 'vitest'
import { type ActorRefFrom, type AnyActorRef, createActor, setup } from 'xstate'
import { z } from 'zod'
import { actorToolset, Agent, type EventOf, type Toolset, withDeps } from '../../src/index.ts'

const machine = setup({
  types: {
    context: {} as { euros: number; secret: string },
    events: {} as { type: 'pay.out'; euros: number } | { type: 'cancel' },
    tags: {} as 'calm',
  },
}).createMachine({ context: { euros: 0, secret: '' } })
const actor = createActor(machine)
const paying = { 'pay.out': { inputSchema: z.object({ euros: z.number() }) } }

test('an actor’s toolset knows the events, the context and the snapshot of its actor', () => {
  const toolset = actorToolset(actor, {
    events: {
      'pay.out': {
        inputSchema: z.object({ euros: z.number() }),
        needsApproval: (event) => {
          expectTypeOf(event).toEqualTypeOf<{ type: 'pay.out'; euros: number }>()
          return event.euros > 100
        },
      },
    },
    only: ['pay.out', 'pay.*'],
    exclude: ['cancel'],
    context: (context) => {
      expectTypeOf(context).toEqualTypeOf<{ euros: number; secret: string }>()
      return context.euros
    },
    waitFor: (snapshot) => snapshot.hasTag('calm') && snapshot.context.euros > 0,
  })
  expectTypeOf(toolset).toEqualTypeOf<Toolset>()
})

test('an actor’s toolset takes a reference to an actor, and one that nothing is known of', () => {
  const known: ActorRefFrom<typeof machine> = actor
  const unknown: AnyActorRef = actor
  const context = ({ euros }: { euros: number }) => euros
  expectTypeOf(actorToolset(known, { events: paying, context })).toEqualTypeOf<Toolset>()
  expectTypeOf(actorToolset(unknown, { only: ['anything'] })).toEqualTypeOf<Toolset>()
})

test('an actor’s toolset refuses what the actor does not have', () => {
  expectTypeOf(actorToolset<typeof actor>)
    .parameter(0)
    .toEqualTypeOf<typeof actor>()
  // @ts-expect-error -- no such event
  actorToolset(actor, { events: { refund: {} } })
  // @ts-expect-error -- no such event
  actorToolset(actor, { only: ['refund'] })
  // @ts-expect-error -- no such event
  actorToolset(actor, { exclude: ['cancle'] })
  // @ts-expect-error -- the event holds a number
  actorToolset(actor, { events: { 'pay.out': { inputSchema: z.object({ euros: z.string() }) } } })
  // @ts-expect-error -- no such key
  actorToolset(actor, { context: ({ cents }) => cents })
  // @ts-expect-error -- 'busy' is no way to wait
  actorToolset(actor, { waitFor: 'busy' })
})

test('a decision is one of the actor’s events, with its snapshot', async () => {
  const { event, snapshot, result } = await new Agent({}).decide(actor, { events: paying })
  expectTypeOf(event).toEqualTypeOf<{ type: 'pay.out'; euros: number } | { type: 'cancel' }>()
  expectTypeOf(event).toEqualTypeOf<EventOf<typeof actor>>()
  expectTypeOf(snapshot.context.euros).toBeNumber()
  expectTypeOf(result.output).toEqualTypeOf<EventOf<typeof actor>>()
  if (event.type === 'pay.out') expectTypeOf(event.euros).toBeNumber()
})

test('a decision takes the options of a run, but for its output', async () => {
  const options = { usageLimits: { requestLimit: 1 }, prompt: null }
  const { result } = await new Agent({}).decide(actor, options)
  expectTypeOf(result.runId).toBeString()
  // @ts-expect-error -- the events are the output
  await new Agent({}).decide(actor, { output: z.string() })
  const deps = withDeps<{ db: string }>()
  await new deps.Agent({}).decide(actor, { deps: { db: '' } })
  // @ts-expect-error -- the agent needs deps
  await new deps.Agent({}).decide(actor)
  await new deps.Agent({}).with({ deps: { db: '' } }).decide(actor)
})
