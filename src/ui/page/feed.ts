/**
 * Takes in what the server tells. Messages wait for the next frame and are taken in portions, so that a long run that
 * arrives at once does not stop the page; what they came to shows when none is left, or a second has passed.
 */
import { batch } from '@preact/signals'
import type { ServerMessage, SessionSummary } from '../protocol.ts'
import { readGraph } from './chart/graph.ts'
import { isObject } from './json.ts'
import { Session } from './session.ts'
import { comparedId, found, greeting, machines, sessions, shownId } from './state.ts'

/** Milliseconds of one frame that may go into taking in. */
const portionMs = 6
const mostDelayMs = 1_000

let waiting: unknown[] = []
let taken = 0
let isScheduled = false
let publishedAt = 0
const touched = new Set<Session>()

/** Takes a message in, soon; text is one as JSON. What is no message is passed over. */
export function receive(message: unknown): void {
  waiting.push(message)
  if (isScheduled) return
  isScheduled = true
  schedule()
}

/** A page in the background gets no frames, and still has to keep up. */
function schedule(): void {
  if (document.hidden) setTimeout(takePortion, 50)
  else requestAnimationFrame(takePortion)
}

function takePortion(): void {
  const start = performance.now()
  batch(() => {
    while (taken < waiting.length && performance.now() < start + portionMs) {
      const message = parsed(waiting[taken++])
      if (message !== null) take(message)
    }
    const isBehind = taken < waiting.length
    if (!isBehind || start - publishedAt > mostDelayMs) publish(start)
  })
  isScheduled = taken < waiting.length
  if (isScheduled) schedule()
  else {
    waiting = []
    taken = 0
  }
}

function publish(now: number): void {
  for (const session of touched) session.publish()
  touched.clear()
  publishedAt = now
}

function parsed(message: unknown): ServerMessage | null {
  const value: unknown = typeof message === 'string' ? JSON.parse(message) : message
  return isServerMessage(value) ? value : null
}

/** The server is this page's own: what it sends is of its protocol. */
function isServerMessage(value: unknown): value is ServerMessage {
  return isObject(value) && typeof value['type'] === 'string'
}

function take(message: ServerMessage): void {
  switch (message.type) {
    case 'hello':
      greeting.value = message
      sessions.value = new Map()
      machines.value = new Map()
      found.value = null
      touched.clear()
      return
    case 'machine':
      if (isObject(message.graph)) {
        const graph = readGraph(message.machineId, message.graph)
        machines.value = new Map(machines.value).set(message.machineId, graph)
      }
      return
    case 'session':
      return takeSession(message.session)
    case 'session-gone': {
      const left = new Map(sessions.value)
      left.delete(message.session)
      sessions.value = left
      if (comparedId.value === message.session) comparedId.value = null
      return
    }
    case 'actor':
    case 'event':
    case 'messages':
    case 'run':
    case 'span':
    case 'transition':
    case 'visit': {
      const session = sessions.value.get(message.session)
      session?.take(message, machines.value)
      if (session !== undefined) touched.add(session)
    }
  }
}

function takeSession(summary: SessionSummary): void {
  const known = sessions.value.get(summary.id)
  if (known !== undefined) {
    known.summary.value = summary
    return
  }
  sessions.value = new Map(sessions.value).set(summary.id, new Session(summary))
  shownId.value ??= summary.id
}
