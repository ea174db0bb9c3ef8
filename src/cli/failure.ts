import { AgentError } from '../errors/index.ts'
import type { NodeOrEnd } from '../nodes/index.ts'
import type { AgentRun } from '../run/index.ts'
import { placeOf } from './import-failure.ts'

/** What can be told about an error. Plain data, without secrets. */
export interface FailureFacts {
  readonly name: string
  readonly message: string
  /** What can be done about it; `null` when nobody knows. */
  readonly hint: string | null
  /** The node that was being run; `null` when the run had not started. */
  readonly node: NodeOrEnd['kind'] | null
  readonly runId: string | null
  /** Where it was thrown, for errors of the user's own code; `null` for ours. */
  readonly thrownAt: string | null
}

export function failureFacts(error: unknown, run: AgentRun | undefined): FailureFacts {
  const place = { node: run?.nextNode.kind ?? null, runId: run?.runId ?? null }
  if (!(error instanceof Error)) {
    return { name: 'Error', message: redact(String(error)), hint: null, thrownAt: null, ...place }
  }
  const { name, message } = error
  const hint = error instanceof AgentError ? (error.hint ?? null) : null
  const bare = hint !== null && message.endsWith(hint) ? message.slice(0, -hint.length) : message
  const thrownAt = error instanceof AgentError ? null : (placeOf(error) ?? frameOf(error))
  return { name, message: redact(bare.trimEnd()), hint, thrownAt, ...place }
}

/** The first line of the stack that is not Node's. */
function frameOf({ stack }: Error): string | null {
  const frames = stack?.match(/(?<=^ +at ).*$/gm) ?? []
  return frames.find((frame) => !frame.includes('node:')) ?? null
}

const secretName = /(KEY|TOKEN|SECRET|PASSWORD)$/i
const shortestSecret = 12

/** Providers like to repeat the key they refuse. */
function redact(text: string): string {
  const secrets = Object.entries(process.env).flatMap(([name, value = '']) =>
    secretName.test(name) && value.length >= shortestSecret ? [{ name, value }] : [],
  )
  return secrets.reduce((kept, { name, value }) => kept.replaceAll(value, `[${name}]`), text)
}
