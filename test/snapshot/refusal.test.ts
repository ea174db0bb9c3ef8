/** What is no snapshot, or none of a run that could have been, is refused with the place that is wrong. */
import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { SnapshotVersionError, ValidationError } from '../../src/errors/index.ts'
import { readSnapshot } from '../../src/snapshot/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { mixedRun } from './mixed.ts'

type Path = readonly (string | number)[]

const mixed = JSON.stringify(await mixedRun())
const ended = await snapshotOfEnd()

async function snapshotOfEnd(): Promise<string> {
  const run = new Agent({ model: new ScriptedModel(['done']) }).iter('Go')
  await run.finish()
  return JSON.stringify(run.snapshot())
}

/** The snapshot with another value at a place; `undefined`: with none. */
function changed(path: Path, value: unknown, json: string = mixed): unknown {
  const document: unknown = JSON.parse(json)
  let holder: unknown = document
  for (const key of path.slice(0, -1)) holder = Reflect.get(objectOf(holder), key)
  const key = path.at(-1) ?? ''
  if (value === undefined) Reflect.deleteProperty(objectOf(holder), key)
  else {
    const flags = { configurable: true, enumerable: true, writable: true }
    Object.defineProperty(holder, key, { value, ...flags })
  }
  return document
}

function objectOf(value: unknown): object {
  if (typeof value === 'object' && value !== null) return value
  throw new Error('No object')
}

/** The place and the sentence of a refusal. */
function refusal(snapshot: unknown): readonly [path: Path, message: string] {
  try {
    readSnapshot(snapshot)
  } catch (error) {
    if (error instanceof ValidationError) return [error.path, error.message]
    throw error
  }
  throw new Error('It was not refused')
}

describe('a snapshot is refused', () => {
  it.each([null, undefined, 7, [], [{}]])('when it is %j', (value) => {
    expect(refusal(value)).toEqual([[], 'A snapshot is an object'])
  })

  it('when it is text, which somebody forgot to parse', () => {
    expect(refusal('{}')).toEqual([[], 'A snapshot is an object: parse the text first'])
  })

  it('when it is that of an actor, which holds one', () => {
    const actor = { format: 'agentchart/actor', version: 1, run: {} }
    expect(refusal(actor)[1]).toContain('that of an actor has it under `run`')
  })

  it('when it is something else', () => {
    expect(refusal({ format: 'other', version: 1 })[0]).toEqual(['format'])
    expect(refusal({})[0]).toEqual(['format'])
  })

  it.each([2, 1_000, 0, -1, 1.5, '1', null, undefined, [], { a: 1 }])(
    'in version %j',
    (version) => {
      const read = (): unknown => readSnapshot(changed(['version'], version))
      expect(read).toThrow(SnapshotVersionError)
      expect(read).toThrow(/reads 1 to 1: use the one that wrote it, or a newer one/)
    },
  )

  const places: readonly Path[] = [
    [],
    ['ids'],
    ['node'],
    ['node', 'response'],
    ['ledger', 0],
    ['ledger', 0, 'result'],
    ['ledger', 3, 'wait'],
    ['ledger', 4, 'verdict'],
    ['retries'],
    ['requires'],
    ['options'],
    ['log'],
  ]
  it.each(places)('with a field nobody knows at %j', (...path) => {
    for (const key of ['extra', '__proto__', 'constructor']) {
      const [at, message] = refusal(changed([...path, key], { a: 1 }))
      expect(at).toEqual(path)
      expect(message).toContain(`The field \`${key}\` is not known`)
    }
  })

  it.each([
    'agent',
    'state',
    'ids',
    'node',
    'visit',
    'step',
    'newMessageIndex',
    'ledger',
    'usage',
    'retries',
    'requires',
    'options',
    'log',
  ])('without `%s`', (key) => {
    expect(refusal(changed([key], undefined))).toEqual([[], `The field \`${key}\` is missing`])
  })

  const missing: readonly (readonly [...Path, string])[] = [
    ['ids', 'run'],
    ['ledger', 1, 'attempt'],
    ['ledger', 3, 'wait', 'awaits'],
    ['requires', 'tools'],
    ['log', 'length'],
  ]
  it.each(missing)('without what belongs at %j', (...path) => {
    expect(refusal(changed(path, undefined))[0]).toEqual(path.slice(0, -1))
  })

  it.each([
    { at: ['visit'], value: -1 },
    { at: ['step'], value: 1.5 },
    { at: ['step'], value: 2 ** 60 },
    { at: ['ledger', 2, 'state'], value: 'done' },
    { at: ['ledger', 2, 'onCrash'], value: 'unknown' },
    { at: ['ledger', 4, 'verdict', 'kind'], value: 'perhaps' },
    { at: ['options', 'deferred'], value: 'later' },
    { at: ['options', 'retries'], value: -1 },
    { at: ['options', 'usageLimits'], value: [] },
    { at: ['usage', 'requests'], value: 'many' },
    { at: ['messages', 1, 'parts', 0, 'part_kind'], value: 'other' },
    { at: ['messages', 0, 'parts'], value: {} },
    { at: ['metadata'], value: [] },
    { at: ['failure'], value: 'broken' },
    { at: ['pending'], value: {} },
    { at: ['deadline'], value: 7 },
  ] as const)('with $value at $at', ({ at, value }) => {
    expect(refusal(changed(at, value))[0].slice(0, at.length)).toEqual(at)
  })

  it.each([600, 50_000])('with data that is nested %i levels deep', (levels) => {
    let deep: unknown = []
    for (let level = 0; level < levels; level += 1) deep = level % 2 === 0 ? [deep] : { a: deep }
    for (const path of [
      ['metadata', 'deep'],
      ['node', 'kind'],
      ['ledger', 0, 'result', 'part'],
    ]) {
      expect(refusal(changed(path, deep))[0].slice(0, path.length)).toEqual(path)
    }
    expect(() => readSnapshot(changed(['version'], deep))).toThrow(SnapshotVersionError)
  })
})

describe('a run that no chart could have come to is refused', () => {
  const response = { logIndex: 1 }
  const over = { part: JSON.parse(mixed).ledger[0].result.part }
  const request = { kind: 'model-request', request: JSON.parse(mixed).messages[0] }

  it.each([
    { why: 'messages are missing', at: ['messages'], value: [], place: ['messages'] },
    { why: 'there are none', at: ['messages'], value: undefined, place: ['messages'] },
    { why: 'the log is said to be longer', at: ['log', 'length'], value: 3, place: ['messages'] },
    {
      why: 'it begins beyond the log',
      at: ['newMessageIndex'],
      value: 3,
      place: ['newMessageIndex'],
    },
    { why: 'it has no id', at: ['ids', 'run'], value: '', place: ['ids', 'run'] },
    {
      why: 'its node is of another state',
      at: ['state'],
      value: 'ModelRequest',
      place: ['node', 'kind'],
    },
    { why: 'its node is of another kind', at: ['node'], value: request, place: ['node', 'kind'] },
    {
      why: 'its response is no response',
      at: ['node', 'response', 'logIndex'],
      value: 0,
      place: ['node', 'response', 'logIndex'],
    },
    {
      why: 'its response is not there',
      at: ['node', 'response', 'logIndex'],
      value: 7,
      place: ['node', 'response', 'logIndex'],
    },
    { why: 'calls are missing', at: ['ledger', 7], value: undefined, place: ['ledger', 7] },
    {
      why: 'a call has another id',
      at: ['ledger', 1, 'toolCallId'],
      value: 'x',
      place: ['ledger', 1],
    },
    {
      why: 'a call is of another tool',
      at: ['ledger', 1, 'toolName'],
      value: 'x',
      place: ['ledger', 1],
    },
    {
      why: 'a call that goes on has a result',
      at: ['ledger', 1, 'result'],
      value: over,
      place: ['ledger', 1],
    },
    {
      why: 'a call waits for nothing',
      at: ['ledger', 3, 'wait'],
      value: undefined,
      place: ['ledger', 3],
    },
    {
      why: 'a call goes on that waits',
      at: ['ledger', 3, 'state'],
      value: 'requested',
      place: ['ledger', 3],
    },
    {
      why: 'a call goes on without what was said',
      at: ['ledger', 4, 'verdict'],
      value: undefined,
      place: ['ledger', 4],
    },
    {
      why: 'a call waits for what is known',
      at: ['ledger', 3, 'verdict'],
      value: { kind: 'approved' },
      place: ['ledger', 3],
    },
    {
      why: 'what was said is not what was asked',
      at: ['ledger', 4, 'verdict'],
      value: { kind: 'answered', result: 1 },
      place: ['ledger', 4],
    },
    {
      why: 'something was said of a call that asked nobody',
      at: ['ledger', 1, 'verdict'],
      value: { kind: 'approved' },
      place: ['ledger', 1],
    },
    {
      why: 'a call waits for something else',
      at: ['ledger', 5, 'wait', 'awaits'],
      value: 'approval',
      place: ['ledger', 5],
    },
    {
      why: 'a call was put off for nobody',
      at: ['ledger', 0, 'state'],
      value: 'deferred',
      place: ['ledger', 0],
    },
    {
      why: 'a call that is over has no result',
      at: ['ledger', 0, 'result'],
      value: {},
      place: ['ledger', 0],
    },
    {
      why: 'a call has the result of another',
      at: ['ledger', 0, 'result', 'part', 'tool_call_id'],
      value: 'slow',
      place: ['ledger', 0],
    },
  ] as const)('when $why', ({ at, value, place }) => {
    expect(refusal(changed(at, value))[0]).toEqual(place)
  })

  it('when the list of calls has another length than the response', () => {
    const ledger: unknown = JSON.parse(mixed).ledger.slice(1)
    expect(refusal(changed(['ledger'], ledger))).toEqual([
      ['ledger'],
      'The response has 8 calls (at ledger)',
    ])
  })

  it('when a run that is over has failed, or has calls', () => {
    const failure = { name: 'Error', message: 'No', isFinal: false }
    expect(refusal(changed(['failure'], failure, ended))[0]).toEqual(['failure'])
    const { ledger } = JSON.parse(mixed)
    expect(refusal(changed(['ledger'], ledger, ended))[0]).toEqual(['ledger'])
    expect(refusal(changed(['node', 'response'], response, ended))[0]).toEqual(['node'])
  })
})

it('keeps `__proto__` in data of others as the key that it is', () => {
  const tainted: unknown = JSON.parse('{"__proto__": {"polluted": true}, "ok": 1}')
  const { context } = readSnapshot(changed(['metadata'], tainted))
  expect(Object.keys(context.metadata ?? {})).toEqual(['__proto__', 'ok'])
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
  expect(Reflect.get(context.metadata ?? {}, 'polluted')).toBeUndefined()
})
