import { createWebSocketInspector } from '@statelyai/inspect'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createActor, createMachine, sendTo } from 'xstate'
import { type ServedInspector, serveInspector } from '../../src/ui/index.ts'
import { all, latest, visit, type Visitor } from './visitor.ts'

const closing: (() => Promise<void>)[] = []
afterEach(() => Promise.all(closing.splice(0).map((close) => close())))

async function inspected(): Promise<{ page: Visitor; inspector: ServedInspector }> {
  const inspector = await serveInspector({})
  const page = await visit(inspector)
  closing.push(() => {
    page.leave()
    return inspector.close()
  })
  return { page, inspector }
}

const lamp = createMachine({
  id: 'lamp',
  initial: 'off',
  states: { off: { on: { press: 'on' } }, on: { on: { press: 'off' } } },
})
const room = createMachine({
  id: 'room',
  initial: 'empty',
  context: { password: 'of the room' },
  invoke: { id: 'ceiling', src: lamp },
  states: {
    empty: { on: { enter: { target: 'used', actions: sendTo('ceiling', { type: 'press' }) } } },
    used: {},
  },
})

describe('another XState app', () => {
  it('shows its actors, charts and transitions as they happen', async () => {
    const { page, inspector } = await inspected()
    const stately = createWebSocketInspector({ url: inspector.inspectUrl })
    const actor = createActor(room, { inspect: stately.inspect }).start()
    await page.until((told) => all(told, 'actor').length >= 2)
    actor.send({ type: 'enter' })
    await page.until((told) =>
      all(told, 'transition').some(({ transition }) => transition.event.type === 'press'),
    )
    const actors = all(page.told, 'actor').map((told) => told.actor)
    expect(actors).toMatchObject([
      { name: 'room', kind: 'machine', machineId: 'room', parentId: null },
      { name: 'ceiling', kind: 'machine', machineId: 'lamp', parentId: actors[0]?.actorId },
    ])
    const transitions = all(page.told, 'transition').map((told) => told.transition)
    const pressed = transitions.find(({ event }) => event.type === 'press')
    expect(pressed).toMatchObject({
      actorId: actors[1]?.actorId,
      from: actors[0]?.actorId,
      value: 'on',
      status: 'active',
    })
    expect(JSON.stringify(page.told)).not.toContain('of the room')
    expect(all(page.told, 'machine').map((told) => told.machineId)).toEqual(['room', 'lamp'])
    stately.stop()
    await page.until((told) => latest(told, 'session')?.session.status === 'stopped')
  })

  it('needs the token', async () => {
    const { inspector } = await inspected()
    const url = new URL(inspector.inspectUrl)
    url.searchParams.set('token', 'guessed')
    const socket = new WebSocket(url)
    const { promise, resolve } = Promise.withResolvers<Error>()
    socket.on('error', resolve)
    expect((await promise).message).toContain('403')
  })

  it('does no harm by what it says', async () => {
    const { page, inspector } = await inspected()
    const socket = new WebSocket(inspector.inspectUrl)
    const opened = Promise.withResolvers<void>()
    socket.on('open', opened.resolve)
    await opened.promise
    const actor = { type: '@xstate.actor', sessionId: 'x:0', name: 'n'.repeat(1e5) }
    for (const text of ['{', 'null', '[]', '{"type":"@xstate.snapshot","sessionId":"unknown"}'])
      socket.send(text)
    socket.send(JSON.stringify({ ...actor, definition: '{"id":7,"states":{"a":{}}}' }))
    await page.until((told) => all(told, 'actor').length > 0)
    expect(JSON.stringify(page.told).length).toBeLessThan(5_000)
    socket.send('x'.repeat(5e6))
    await page.until((told) => latest(told, 'session')?.session.status === 'stopped')
  })
})
