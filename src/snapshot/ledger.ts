import type {
  AwaitedCall,
  CallResult,
  CallWait,
  CallDecision,
  LedgerEntry,
  NestedRun,
  Verdict,
} from '../../machines/index.ts'
import {
  type Codec,
  data,
  jsonOf,
  list,
  object,
  oneOf,
  Place,
  record,
  recurring,
  text,
  variants,
} from '../codec/index.ts'
import { toolArguments } from './arguments.ts'
import { content, count, flag, number, orNull, requestPart } from './parts.ts'

const outputValue: Codec<readonly [unknown]> = {
  read(value, place) {
    const [only, ...others] = list(data).read(value, place)
    if (Array.isArray(value) && value.length === 1 && others.length === 0) return [only]
    throw place.refusal('Expected a list of one value')
  },
  write: list(data).write ?? ((value) => value),
}

const awaits = oneOf('approval', 'answer')

const callResult: Codec<CallResult> = object(
  {},
  { part: requestPart, content, output: outputValue, awaits, metadata: record },
)

const callWait: Codec<CallWait> = object({ awaits }, { metadata: record, deadline: number })

const said = { by: text, at: text }

const verdict: Codec<Verdict> = variants<Verdict>(
  { wire: 'kind', memory: 'kind' },
  {
    approved: tagged('approved', {}, { overrideArgs: record, ...said }),
    denied: tagged('denied', {}, { message: text, ...said }),
    answered: tagged('answered', { result: data }, said),
    expired: tagged('expired', {}, said),
  },
)

function tagged<
  const TKind extends string,
  TRequired extends Readonly<Record<string, Codec<unknown>>>,
  TOptional extends Readonly<Record<string, Codec<unknown>>>,
>(kind: TKind, required: TRequired, optional: TOptional) {
  const codec = object({ kind: oneOf(kind), ...required }, optional)
  return { ...codec, complete: codec.read }
}

const awaited: Codec<AwaitedCall> = object(
  {
    toolCallId: text,
    index: count,
    toolName: text,
    args: toolArguments,
    awaits,
    metadata: orNull(record),
    deadline: orNull(number),
    path: list(text),
    agentName: orNull(text),
  },
  {},
)

/** The calls as JSON has them. @throws {ValidationError} when what is attached to them cannot be written */
export function plainCalls(calls: readonly AwaitedCall[]): readonly AwaitedCall[] {
  if (calls.length === 0) return calls
  return list(awaited).write?.(calls, new Place()) as readonly AwaitedCall[] // written, it has the same keys
}

const nested: Codec<NestedRun> = object(
  {
    snapshot: record,
    awaits: list(awaited),
    isWaiting: flag,
    verdicts: list(
      object({ path: list(text), toolCallId: orNull(text), verdict }, { index: count }),
    ),
  },
  {},
)

const entry: Codec<Omit<LedgerEntry, 'index'>> = object(
  {
    toolCallId: text,
    toolName: recurring,
    kind: oneOf('function', 'output', 'external', 'unapproved', 'unknown'),
    state: oneOf(
      'requested',
      'waiting',
      'awaitingApproval',
      'awaitingAnswer',
      'executing',
      'interrupted',
      'returned',
      'retryAsked',
      'failed',
      'denied',
      'deferred',
      'skipped',
      'expired',
      'outcomeUnknown',
    ),
    attempt: count,
  },
  { onCrash: oneOf('rerun'), result: callResult, wait: callWait, verdict, nested },
)

const entries = list(entry)

/** Who decided about calls. */
export const decisions: Codec<readonly CallDecision[]> = list(
  object(
    {
      toolCallId: text,
      index: count,
      toolName: text,
      path: list(text),
      kind: oneOf('approved', 'denied', 'answered'),
    },
    said,
  ),
)

/** The calls of the response that is being handled; the place in the list is the index. */
export const ledger: Codec<readonly LedgerEntry[]> = {
  read: (value, place) => entries.read(value, place).map((read, index) => ({ ...read, index })),
  json: (value, place) => jsonOf(entries, value, place), // which leaves the index out
}
