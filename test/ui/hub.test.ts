import { describe, expect, it } from 'vitest'
import { Hub } from '../../src/ui/hub.ts'
import type { ServerMessage, SessionSummary, Transition } from '../../src/ui/protocol.ts'
import { all, latest } from './visitor.ts'

const summary = (id: string, status: SessionSummary['status'] = 'running'): SessionSummary => ({
  id,
  kind: 'run',
  title: id,
  agentName: null,
  runId: id,
  conversationId: null,
  status,
  startedAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  forkedFrom: null,
  can: [],
})

const transition = (number: number, text = ''): Transition => ({
  actorId: 'run',
  atMs: number,
  event: { type: 'next', text },
  from: null,
  taken: [],
  value: 'ready',
  status: 'active',
})

const opened = (id = 'a'): Hub => {
  const hub = new Hub({ agents: [], hasStore: false })
  hub.tell({ type: 'session', session: summary(id) })
  return hub
}

function told(hub: Hub): readonly ServerMessage[] {
  const messages: ServerMessage[] = []
  hub.join((message) => messages.push(message))()
  return messages
}

const delta = (index: number, contentDelta: string): ServerMessage & { type: 'event' } => ({
  type: 'event',
  session: 'a',
  atMs: 0,
  event: {
    eventKind: 'part_delta',
    index,
    delta: { partDeltaKind: 'text', contentDelta, providerName: null, providerDetails: null },
  },
})

describe('what is remembered for pages that come late', () => {
  it.each([
    { why: 'many transitions', count: 20_000, text: '' },
    { why: 'large ones', count: 3_000, text: 'x'.repeat(8_000) },
  ])('is the latest of $why', ({ count, text }) => {
    const hub = opened()
    for (let number = 0; number < count; number += 1)
      hub.tell({ type: 'transition', session: 'a', transition: transition(number, text) })
    const kept = all(told(hub), 'transition')
    expect(kept.at(-1)?.transition.atMs).toBe(count - 1)
    expect(kept.length).toBeLessThanOrEqual(4_000)
    expect(kept.length).toBeGreaterThan(100)
    expect(JSON.stringify(kept).length).toBeLessThan(10_000_000)
  })

  it('has a streamed part in one piece, and nothing of visits before', () => {
    const hub = opened()
    for (const word of ['One ', 'two ', 'three']) hub.tell(delta(0, word))
    hub.tell(delta(1, 'Other'))
    const deltas = all(told(hub), 'event').map(({ event }) => event['delta'])
    expect(deltas).toMatchObject([{ contentDelta: 'One two three' }, { contentDelta: 'Other' }])
    const visit = { visit: 2, kind: 'call-tools', messageCount: 2 }
    hub.tell({ type: 'visit', session: 'a', visit })
    expect(all(told(hub), 'event')).toEqual([])
  })

  it('has messages as they count now', () => {
    const hub = opened()
    hub.tell({ type: 'messages', session: 'a', from: 0, messages: ['a', 'b', 'partial'] })
    hub.tell({ type: 'messages', session: 'a', from: 2, messages: ['c'] })
    expect(latest(told(hub), 'messages')).toMatchObject({ from: 0, messages: ['a', 'b', 'c'] })
  })

  it('makes room for new sessions with the oldest that is over', () => {
    const gone: string[] = []
    const hub = new Hub({ agents: [], hasStore: false }, (id) => gone.push(id))
    for (let number = 0; number < 105; number += 1) {
      const status = number % 2 === 0 ? 'running' : 'done'
      hub.tell({ type: 'session', session: summary(`run-${number}`, status) })
    }
    expect(gone).toEqual(['run-1', 'run-3', 'run-5', 'run-7', 'run-9'])
    expect(hub.sessions).toHaveLength(100)
  })

  it('tells machines of one name apart', () => {
    const hub = opened()
    const ids = [
      { id: 'm', states: { a: {} } },
      { id: 'm', states: { b: {} } },
    ].map((graph) => hub.machine('m', graph))
    expect(ids).toEqual(['m', 'm#2'])
    expect(hub.machine('m', { id: 'm', states: { a: {} } })).toBe('m')
    expect(all(told(hub), 'machine')).toHaveLength(2)
  })
})
