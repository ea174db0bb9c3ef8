import { styleText } from 'node:util'
import type { WorkEvent } from '../worker/index.ts'
import { failureFacts } from './failure.ts'
import { callLine } from './call-line.ts'
import { plain } from './plain.ts'
import { oneLine, visible } from './visible.ts'

/** Tells what a worker does. */
export interface WorkLog {
  event(event: WorkEvent): void
  /** What the worker itself does. */
  note(text: string): void
}

/** A line an event for a person to read, with the time. */
export function textLog(stream: NodeJS.WriteStream): WorkLog {
  const print = (text: string, isTrouble = false): void => {
    const time = styleText('dim', new Date().toTimeString().slice(0, 8), { stream })
    stream.write(`${time} ${isTrouble ? styleText('red', text, { stream }) : text}\n`)
  }
  return {
    note: (text) => print(text),
    event(event) {
      const isTrouble = ['failed', 'set-aside', 'store-failed'].includes(event.kind)
      print(visible(`${subject(event)} ${predicate(event)}`), isTrouble)
    },
  }
}

/** One JSON object a line; errors as what can be told about them, without secrets. */
export function jsonLog(write: (text: string) => void): WorkLog {
  const line = (value: object): void => write(`${JSON.stringify(value, plain)}\n`)
  const at = (): string => new Date().toISOString()
  return {
    note: (text) => line({ kind: 'note', at: at(), text }),
    event: (event) => {
      const error = 'error' in event ? { error: failureFacts(event.error, undefined) } : {}
      line({ at: at(), ...event, ...error })
    },
  }
}

function subject(event: WorkEvent): string {
  if (!('agentName' in event)) return event.runId === null ? 'The store' : `Run ${event.runId}`
  return `${oneLine(event.agentName, 40)} ${event.runId}`
}

function predicate(event: WorkEvent): string {
  switch (event.kind) {
    case 'taken-up':
      return event.attempt > 1 ? `goes on, attempt ${event.attempt}` : 'goes on'
    case 'ended':
      return 'has ended'
    case 'waiting':
      return `waits for ${event.waitingFor.map((call) => callLine(call, 60)).join(', ')}`
    case 'failed':
      return `has failed: ${errorLine(event.error)}${next(event.retryAt)}`
    case 'cancelled':
      return 'was cancelled'
    case 'given-back':
      return 'is given back'
    case 'lost':
      return 'was taken over, or deleted'
    case 'set-aside':
      return `is set aside: ${errorLine(event.error)}`
    case 'store-failed':
      return `could not be ${event.runId === null ? 'asked' : 'saved'}: ${errorLine(event.error)}`
  }
}

function next(retryAt: number | null): string {
  if (retryAt === null) return ''
  const seconds = Math.max(0, Math.round((retryAt - Date.now()) / 1_000))
  return `; tried again in ${seconds} s`
}

function errorLine(error: unknown): string {
  const { name, message, hint } = failureFacts(error, undefined)
  return oneLine(`${name}: ${message}${hint === null ? '' : ` ${hint}`}`, 500)
}
